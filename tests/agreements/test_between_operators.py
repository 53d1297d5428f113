"""Agreements that bind operators among themselves: their parties alone read them, and no scope opens them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django_scopes import scope, scopes_disabled

from socle.agreements import actions, amendments, between_operators, ending_rules, endings, gestures, queries, rules
from socle.agreements.models import Agreement, Party, Status, Termination
from socle.deliberations.models import Article
from socle.documents.models import Text
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Operator, Role
from socle.programme.models import AgreementType, TypeParty
from socle.provisioning.models import Right
from tests import factories as f

pytestmark = pytest.mark.django_db
TEXT = "# Convention\n\n{{ parties }}\n\n{{ equipment? }}\n\n{{ basis }}\n\n{{ signatures }}\n"


def kind_of(here, *parties):
    """A type that binds these operators, in the order of signature."""
    text, _ = Text.objects.get_or_create(
        name="convention-operateurs", version="2026-11-29", defaults={"body": TEXT, "sha256": "b" * 64}
    )
    order = AgreementType.objects.count()
    made = AgreementType.objects.create(
        programme=here.programme, code=f"operateurs-{order}", name="Entre opérateurs", has_beneficiary=False,
        approved_by=AgreementType.ApprovedBy.EACH, text_name=text.name, text_version=text.version, term_months=36,
        annual_price="0.00", vat_regime="remboursement de coûts, hors du champ de la TVA", basis="Au coût unitaire.",
        order=order,
    )  # fmt: skip
    for rank, code in enumerate(parties, start=1):
        partner = here.programme.partners.get(operator__code=code)
        TypeParty.objects.create(type=made, rank=rank, part=partner.part, operator=partner.operator)
    return made


@pytest.fixture
def support(ground):
    """Somme Numérique can sign."""
    somme = Operator.objects.get(code="somme-numerique")
    f.act(somme, "2022-09", body="comité syndical")
    return f.member(Role.PRESIDENT, somme, quality="Président")


@pytest.fixture
def kind(ground):
    return kind_of(ground, "somme-numerique", "npdcn")


@pytest.fixture
def agreement(ground, support, kind):
    return between_operators.draft(kind, by=ground.officer, at=f.NOW)


def printed(here, agreement):
    agreement = actions.make_ready(agreement, for_the_committee=True, by=here.officer, at=f.NOW)
    Article.objects.create(act=here.programme.founding_act, number=2, text="Approuve la convention jointe.")
    actions.link_act(agreement, act=here.programme.founding_act, article=2, text="", by=here.officer, at=f.NOW)
    return agreement


@pytest.mark.slow
def test_operators_sign_what_an_article_of_the_founding_act_approves(ground, support, agreement):
    assert (agreement.number, str(agreement.type.basis)) == ("PMC-2026-0001", "Au coût unitaire.")
    assert [(party.kind, party.field, party.act is not None) for party in agreement.parties.all()] == [
        ("technical_support", "technical_support-1", True),
        ("lead", "lead-2", True),
    ]
    assert rules.gaps(agreement) == []
    with pytest.raises(Refused, match="approuve lui-même chaque convention"):
        actions.make_ready(agreement, by=ground.officer, at=f.NOW)
    agreement = printed(ground, agreement)
    assert "Somme Numérique" in agreement.round.original.title
    with pytest.raises(Refused, match="tour"):
        actions.sign(agreement, by=ground.president, at=f.NOW)
    for person in (support, ground.president):
        agreement = actions.sign(agreement, by=person, at=f.NOW)
    assert (agreement.status, agreement.ends_on) == (Status.SIGNED, date(2029, 11, 24))
    verbs = set(Entry.objects.about(agreement).values_list("verb", flat=True))
    assert "agreement.operators_signed" in verbs
    assert "agreement.signed" not in verbs
    assert not Right.objects.exists()


@pytest.mark.slow
def test_the_same_kind_of_operator_may_be_twice_a_party(ground, support):
    cdg62 = Operator.objects.get(code="cdg62")
    f.act(cdg62, "2022-62")
    other = f.member(Role.CDG_PRESIDENT, cdg62, quality="Présidente")
    kind = kind_of(ground, "somme-numerique", "cdg59", "cdg62", "npdcn")
    agreement = printed(ground, between_operators.draft(kind, by=ground.officer, at=f.NOW))
    fields = [slot.field_name for slot in agreement.round.slots.order_by("rank")]
    assert fields == ["technical_support-1", "cdg-2", "cdg-3", "lead-4"]
    for person in (support, ground.cdg_president, other, ground.president):
        agreement = actions.sign(agreement, by=person, at=f.NOW)
    assert agreement.status == Status.SIGNED


def test_a_party_of_the_type_that_is_missing_is_said(ground, agreement):
    agreement.parties.filter(kind="lead").delete()
    assert [gap.about for gap in rules.gaps(agreement)] == [rules.Gap.About.PARTIES]


def test_one_is_drafted_of_each_type_by_the_lead_s_officers(ground, support, kind):
    why_not = between_operators.why_not_draft
    assert "au syndicat" in (
        why_not(kind, by=f.member(Role.CDG_ADVISOR, support.memberships.get().operator), on=f.TODAY)
    )
    assert "Ce type de convention lie un bénéficiaire" in why_not(
        ground.programme.tripartite(), by=ground.officer, on=f.TODAY
    )
    agreement = between_operators.draft(kind, by=ground.officer, at=f.NOW)
    with pytest.raises(Refused, match=f"existe déjà, n°\u00a0{agreement.number}"):
        between_operators.draft(kind, by=ground.officer, at=f.NOW)
    actions.cancel(agreement, by=ground.officer, at=f.NOW)
    assert between_operators.draft(kind, by=ground.officer, at=f.NOW).number == "PMC-2026-0002"
    assert ground.draft().number == "PMC-2026-0003"


def test_only_parties_and_the_lead_read_it_and_no_scope_opens_it(ground, agreement):
    programme = ground.programme
    read = {
        one.operator.code: list(between_operators.of_party(one))
        for one in programme.partners.select_related("operator")
    }
    assert read == {"npdcn": [agreement], "somme-numerique": [agreement], "cdg59": [], "cdg62": []}
    for beneficiary in (ground.place, [ground.place.pk]):
        with scope(beneficiary=beneficiary):
            assert not Agreement.every.exists()
            assert not Agreement.objects.exists()
    with scopes_disabled():
        assert not Agreement.objects.exists()
        assert list(Agreement.every.all()) == [agreement]
    assert gestures.agreements_of([str(agreement.pk)]) == {}


def test_what_only_a_beneficiary_does_is_refused(ground, agreement):
    assert "au syndicat" in rules.why_not_change(agreement, by=ground.secretary, on=f.TODAY)
    assert "au syndicat" in rules.why_not_change(agreement, by=ground.mayor, on=f.TODAY)
    assert rules.why_not_change(agreement, by=ground.officer, on=f.TODAY) is None
    said = rules.why_not_choose_cdg(
        agreement, Operator.objects.get(code="cdg59"), reason="x", by=ground.officer, on=f.TODAY
    )
    assert "celui de son type" in said
    assert "n’a pas de modèle d’avenant" in _signed(agreement, amendments.why_not_amend, by=ground.officer)
    assert "ne se renouvelle pas" in _signed(
        agreement, ending_rules.why_not_renew, by=ground.officer, act=None, notified_on=f.TODAY
    )
    assert rules.followers_of(None, ground.programme, on=f.TODAY) == [ground.officer]


def _signed(agreement, why_not, **said):
    agreement.status = Status.SIGNED
    return why_not(agreement, on=f.TODAY, **said)


@pytest.mark.parametrize(
    ("ground_of", "sentence"),
    [(Termination.Ground.GENERAL_INTEREST, None), (Termination.Ground.BENEFICIARY, "ne lie aucun bénéficiaire")],
)
def test_it_ends_with_its_notice_then_by_itself(ground, support, agreement, ground_of, sentence):
    agreement = printed(ground, agreement)
    for person in (support, ground.president):
        agreement = actions.sign(agreement, by=person, at=f.NOW)
    last_day = date(2027, 5, 25)
    given = {"ground": ground_of, "notified_on": f.TODAY, "effective_on": last_day, "reason": "", "by": ground.officer}
    if sentence:
        with pytest.raises(Refused, match=sentence):
            endings.terminate(agreement, **given, at=f.NOW)
        return
    endings.terminate(agreement, **given, at=f.NOW)
    assert endings.end_due(by=ground.officer, at=f.NOW + (last_day - f.TODAY)) == 0
    assert endings.end_due(by=ground.officer, at=f.NOW + (last_day - f.TODAY) + timedelta(days=1)) == 1


def test_it_waits_with_the_others_for_its_signatory(ground, support, agreement):
    agreement = printed(ground, agreement)
    somme = ground.programme.partners.get(operator=support.memberships.get().operator)
    waiting = queries.awaiting(between_operators.of_party(somme), support, on=f.TODAY)
    assert list(waiting) == [agreement]
    # The right person is told, in words that name no beneficiary.
    party = agreement.parties.get(kind=Party.Kind.SUPPORT)
    assert rules.signatory_of(party, on=f.TODAY) == support
