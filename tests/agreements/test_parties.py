"""Rules 1 and 2 of the register: who the parties to a tripartite agreement are."""

import pytest
from django_scopes import scope, scopes_disabled

from socle.agreements import actions, rules
from socle.agreements.models import Agreement
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Role
from socle.provisioning.access import access_of
from tests import factories as f

pytestmark = pytest.mark.django_db
REASON = "La commune dépend de l’intercommunalité du département voisin."


def says(reason: str | None, words: str | None) -> bool:
    return reason is None if words is None else reason is not None and words in reason.replace("\u00a0", " ")


def found(agreement: Agreement) -> list[str]:
    return rules.what_is_missing(Agreement.objects.get(pk=agreement.pk))


# --- Rule 1 -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["beneficiary", "cdg", "lead"])
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda siret: siret, None),
        (lambda siret: siret[:-1], "14 chiffres"),
        (lambda siret: f"{siret[:-1]}{(int(siret[-1]) + 1) % 10}", "clé de ce SIRET est fausse"),
        (lambda siret: "", "14 chiffres"),
    ],
)
def test_rule_01_each_of_the_three_parties_has_a_siret_with_a_right_key(ground, kind, spoil, words):
    agreement = ground.complete()
    party = agreement.parties.get(kind=kind)
    agreement.parties.filter(kind=kind).update(siret=spoil(party.siret))
    assert says(" ".join(found(agreement)) or None, words)


@pytest.mark.parametrize("kind", ["beneficiary", "cdg", "lead"])
def test_rule_01_a_draft_without_one_of_its_parties_does_not_leave(ground, kind):
    agreement = ground.complete()
    agreement.parties.filter(kind=kind).delete()
    assert says(rules.why_not_make_ready(agreement, by=ground.officer, on=f.TODAY), "toutes les parties de son type")


# --- Rule 2 -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("insee_code", "expected"), [("59474", "cdg59"), ("59350", "cdg59"), ("62001", "cdg62"), ("62041", "cdg62")]
)
def test_rule_02_the_centre_de_gestion_proposed_is_that_of_the_department(ground, insee_code, expected):
    place = ground.place if insee_code == "59474" else f.beneficiary(f.commune(insee_code, "Commune", 300))
    with scope(beneficiary=place):
        agreement = actions.draft(place, programme=ground.programme, by=ground.officer, at=f.NOW)
        assert agreement.parties.get(kind="cdg").operator.code == expected


@pytest.mark.parametrize(
    ("code", "reason", "who", "words"),
    [
        ("cdg59", "", "officer", None),
        ("cdg62", REASON, "officer", None),
        ("cdg62", "", "officer", "écrivez pourquoi"),
        ("cdg62", "  ", "officer", "écrivez pourquoi"),
        ("somme-numerique", REASON, "officer", "pas un centre de gestion du programme"),
        ("npdcn", REASON, "officer", "pas un centre de gestion du programme"),
        ("cdg62", REASON, "advisor", "au syndicat"),
        ("cdg62", REASON, "secretary", "au syndicat"),
    ],
)
def test_rule_02_another_is_refused_without_a_written_reason(ground, code, reason, who, words):
    agreement = ground.complete()
    cdg = f.operator(code, "", 0)
    by = f.member(Role.CDG_ADVISOR, f.operator("cdg59", "", 0)) if who == "advisor" else getattr(ground, who)
    assert says(rules.why_not_choose_cdg(agreement, cdg, reason=reason, by=by, on=f.TODAY), words)
    if words is not None:
        with pytest.raises(Refused):
            actions.choose_cdg(agreement, cdg=cdg, reason=reason, by=by, at=f.NOW)
        assert agreement.parties.get(kind="cdg").operator.code == "cdg59"


def test_rule_02_another_with_its_reason_is_a_party_named_as_it_is_and_may_be_taken_back(ground):
    agreement = ground.complete()
    other = f.operator("cdg62", "", 0)
    f.act(other, "2022-02")
    president = f.member(Role.CDG_PRESIDENT, other, quality="Président")
    party = actions.choose_cdg(agreement, cdg=other, reason=REASON, by=ground.officer, at=f.NOW)
    assert (party.name, party.siret, party.signatory, party.act.number) == (
        other.name, other.siret, president, "2022-02",
    )  # fmt: skip
    assert Agreement.objects.get(pk=agreement.pk).cdg_reason == REASON
    assert found(agreement) == []
    assert Entry.objects.about(agreement).get(verb="agreement.cdg_chosen").facts == {"operator": "cdg62"}
    actions.choose_cdg(agreement, cdg=f.operator("cdg59", "", 0), by=ground.officer, at=f.NOW)
    again = Agreement.objects.get(pk=agreement.pk)
    assert (again.cdg_reason, again.parties.get(kind="cdg").operator.code) == ("", "cdg59")


def test_rule_02_a_reason_that_nobody_wrote_stops_the_draft(ground):
    agreement = ground.complete()
    agreement.parties.filter(kind="cdg").update(operator=f.operator("cdg62", "", 0))
    assert found(agreement) == ["Le centre de gestion n’est pas celui du département du bénéficiaire."]


def test_rule_02_after_the_draft_the_parties_do_not_change(ground):
    agreement = ground.ready()
    with pytest.raises(Refused, match="n’est plus un projet"):
        actions.choose_cdg(agreement, cdg=f.operator("cdg62", "", 0), reason=REASON, by=ground.officer, at=f.NOW)


def test_rule_02_the_other_centre_de_gestion_reaches_the_agreement_to_which_it_is_a_party(ground):
    agreement = ground.complete()
    other = f.operator("cdg62", "", 0)
    access = access_of(f.member(Role.CDG_PRESIDENT, other), on=f.TODAY)
    assert ground.place not in access.beneficiaries()
    actions.choose_cdg(agreement, cdg=other, reason=REASON, by=ground.officer, at=f.NOW)
    assert ground.place in access.beneficiaries()
    with scopes_disabled():
        actions.cancel(agreement, by=ground.officer, at=f.NOW)
    assert ground.place not in access.beneficiaries()
