"""The rules of the register: what may be drafted, changed, printed, signed, and by whom."""

from datetime import date
from decimal import Decimal

import pytest
from django_scopes import scope
from django_scopes.exceptions import ScopeError

from socle.agreements import actions, ending_rules, rules
from socle.agreements.document import agreement_html, build, render_agreement
from socle.agreements.models import Agreement, Party, Status, Termination
from socle.deliberations.models import Act
from socle.documents.models import Text
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Beneficiary, Membership, Role, User
from socle.programme.models import Power, Service
from tests import factories as f

pytestmark = pytest.mark.django_db


def says(reason: str | None, words: str | None) -> bool:
    """Whether the rule answered nothing when nothing is expected, or a sentence with these words."""
    return reason is None if words is None else reason is not None and words in reason.replace("\u00a0", " ")


def test_a_draft_has_the_three_parties_the_essential_services_and_the_price_of_the_programme(ground):
    agreement = ground.draft()
    parties = list(agreement.parties.all())
    assert [party.kind for party in parties] == ["beneficiary", "cdg", "lead"]
    assert [party.name for party in parties] == [
        "Commune de Prisches",
        "Centre de gestion du Nord",
        "Syndicat mixte d’essai",
    ]
    assert [party.signatory for party in parties] == ground.signatories
    assert [party.quality for party in parties] == ["Maire", "Présidente", "Président"]
    assert [choice.service.code for choice in agreement.choices.all()] == ["site-internet", "messagerie"]
    assert (agreement.annual_price, agreement.term_months) == (Decimal("240.00"), 36)
    assert agreement.number == "PMC-2026-0001"


def test_nothing_tells_which_act_of_a_commune_decides_the_agreement_so_none_is_guessed(ground):
    f.act(ground.place, "2026-09", subject="Réfection de la toiture")
    parties = {party.kind: party.act for party in ground.draft().parties.select_related("act")}
    assert parties["beneficiary"] is None
    assert parties["cdg"].number == "2022-01"
    assert parties["lead"] == ground.programme.founding_act


@pytest.mark.parametrize(
    ("role", "where", "refused"),
    [
        (Role.PROGRAMME_OFFICER, "lead", None),
        (Role.CDG_ADVISOR, "cdg59", None),
        (Role.CDG_ADVISOR, "cdg62", "personnes chargées du programme"),
        (Role.PROGRAMME_OFFICER, "cdg59", "personnes chargées du programme"),
        (Role.TECHNICIAN, "lead", "personnes chargées du programme"),
        (Role.PRESIDENT, "lead", "personnes chargées du programme"),
        (Role.MAYOR, "place", "personnes chargées du programme"),
        (Role.SECRETARY, "place", "personnes chargées du programme"),
    ],
)
def test_those_who_follow_the_programme_draft_for_their_territory(ground, role, where, refused):
    operators = {"lead": ground.programme.lead()} | {code: f.operator(code, "", 0) for code in ("cdg59", "cdg62")}
    by = f.member(
        role, ground.place if where == "place" else operators[where], email="celle-qui-essaie@exemple.invalid"
    )
    assert says(rules.why_not_draft(ground.place, ground.programme, by=by, on=f.TODAY), refused)


def test_an_ended_function_gives_no_right(ground):
    Membership.objects.filter(user=ground.officer).update(ends_on=date(2026, 11, 24))
    assert says(rules.why_not_draft(ground.place, ground.programme, by=ground.officer, on=f.TODAY), "réservé") is False
    assert rules.why_not_draft(ground.place, ground.programme, by=ground.officer, on=f.TODAY)


def test_rule_07_size_is_a_rank_and_never_a_refusal(ground):
    big = f.beneficiary(f.commune("59350", "Lille", 238_695))
    with scope(beneficiary=big):
        assert actions.draft(big, programme=ground.programme, by=ground.officer, at=f.NOW).status == Status.DRAFT


def test_another_public_body_than_a_commune_is_a_beneficiary_too(ground):
    body = Beneficiary.objects.create(
        kind=Beneficiary.Kind.OTHER,
        name="Syndicat des eaux",
        siret=f.siret.complete(f.siren(77)),
        department=f.department(),
    )
    with scope(beneficiary=body):
        agreement = actions.draft(body, programme=ground.programme, by=ground.officer, at=f.NOW)
        assert any("de l’assemblée du bénéficiaire" in sentence for sentence in rules.what_is_missing(agreement))


def test_a_merged_commune_signs_nothing_and_its_heir_is_named(ground):
    heir = f.commune("59001", "Nouvelle-Commune", 2000)
    gone = f.commune("59002", "Ancienne-Commune", 400, merged_into=heir, gone_in=2026)
    old = f.beneficiary(gone)
    with scope(beneficiary=old), pytest.raises(Refused, match=r"fusionné.*Nouvelle-Commune \(59001\)"):
        actions.draft(old, programme=ground.programme, by=ground.officer, at=f.NOW)
    with scope(beneficiary=old):
        assert not Agreement.objects.exists()


def test_a_department_without_a_centre_de_gestion_is_refused(ground):
    far = f.beneficiary(f.commune("80021", "Amiens", 130_000))
    with scope(beneficiary=far), pytest.raises(Refused, match="ne couvre le département Somme"):
        actions.draft(far, programme=ground.programme, by=ground.officer, at=f.NOW)


def test_one_agreement_runs_at_a_time_and_another_follows_one_given_up(ground):
    first = ground.draft()
    with pytest.raises(Refused, match="PMC-2026-0001"):
        ground.draft()
    actions.cancel(first, by=ground.officer, at=f.NOW)
    assert ground.draft().number == "PMC-2026-0002"


# --- Rules 1, 2, 8 and 9: what a draft lacks --------------------------------------------------------------------------
def test_a_complete_draft_lacks_nothing(ground):
    assert rules.what_is_missing(ground.complete()) == []


@pytest.mark.parametrize(
    ("spoil", "about", "party", "words"),
    [
        (lambda a: a.parties.filter(kind="cdg").delete(), "parties", "", "toutes les parties de son type"),
        (lambda a: a.parties.filter(kind="cdg").update(siret=""), "siret", "cdg", "14 chiffres"),
        (lambda a: a.parties.filter(kind="lead").update(siret="20003938600039"), "siret", "lead", "clé de ce SIRET"),
        (lambda a: a.parties.filter(kind="beneficiary").update(siret="2159047490001"), "siret", "beneficiary", "14"),
        (
            lambda a: Beneficiary.objects.filter(pk=a.beneficiary_id).update(is_siret_confirmed=False),
            "siret",
            "beneficiary",
            "à confirmer",
        ),
        (lambda a: a.parties.filter(kind="lead").update(signatory=None), "signatory", "lead", "signera"),
        (lambda a: a.parties.filter(kind="cdg").update(representative=""), "signatory", "cdg", "signera"),
        (lambda a: a.parties.filter(kind="beneficiary").update(quality=""), "signatory", "beneficiary", "qualité"),
        (lambda a: a.parties.filter(kind="beneficiary").update(act=None), "act", "beneficiary", "du conseil municipal"),
        (lambda a: a.parties.filter(kind="cdg").update(act=None), "act", "cdg", "du conseil d’administration"),
        (
            lambda a: a.parties.filter(kind="cdg").update(operator=f.operator("cdg62", "", 0)),
            "cdg",
            "cdg",
            "département du bénéficiaire",
        ),
        (lambda a: a.choices.all().delete(), "services", "", "au moins un service"),
        (lambda a: Service.objects.filter(code="messagerie").update(purposes=""), "personal_data", "", "annexe RGPD"),
    ],
)
def test_rule_08_a_draft_does_not_leave_for_signature_while_something_is_missing(ground, spoil, about, party, words):
    agreement = ground.complete()
    spoil(agreement)
    agreement = Agreement.objects.get(pk=agreement.pk)
    found = rules.gaps(agreement)
    assert [(gap.about.value, gap.party) for gap in found] == [(about, party)]
    assert says(found[0].sentence, words)
    assert says(rules.why_not_make_ready(agreement, by=ground.officer, on=f.TODAY), words)


def test_a_siret_with_a_wrong_key_stops_the_printing_and_nothing_is_half_written(ground):
    agreement = ground.complete()
    right = ground.place.siret
    wrong = f"{right[:-1]}{(int(right[-1]) + 1) % 10}"
    Beneficiary.objects.filter(pk=ground.place.pk).update(siret=wrong)
    with pytest.raises(Refused, match="clé de ce SIRET"):
        actions.make_ready(agreement, by=ground.officer, at=f.NOW)
    agreement.refresh_from_db()
    assert (agreement.status, agreement.round) == (Status.DRAFT, None)
    assert ground.place.documents.count() == 0
    # The party printed is the one before: the whole act was undone.
    assert agreement.parties.get(kind="beneficiary").siret == right


def test_a_party_is_printed_as_it_is_since_the_draft(ground):
    agreement = ground.complete()
    today = {"name": "Ville", "siret": f.siret.complete(ground.place.commune.siren, "0027"), "seat": "1 place Neuve"}
    Beneficiary.objects.filter(pk=ground.place.pk).update(**today)
    actions.make_ready(agreement, by=ground.officer, at=f.NOW)
    assert agreement.parties.values(*today).get(kind="beneficiary") == today


def test_what_is_not_concluded_is_not_terminated_but_given_up(ground):
    asked = {"ground": Termination.Ground.GENERAL_INTEREST, "notified_on": f.TODAY, "effective_on": f.TODAY}
    said = ending_rules.why_not_terminate(ground.complete(), act=None, by=ground.officer, on=f.TODAY, **asked)
    assert "un projet s’abandonne" in (said or "")


@pytest.mark.parametrize("who", ["secretary", "mayor", "president", "cdg_president"])
def test_only_those_who_follow_the_programme_send_it_to_signature(ground, who):
    agreement = ground.complete()
    with pytest.raises(Refused, match="personnes chargées du programme"):
        actions.make_ready(agreement, by=getattr(ground, who), at=f.NOW)


# --- Rules 3 and 4: what the president's delegation covers ------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"annual_price": Decimal("200.00")}, "le prix"),
        ({"term_months": 48}, "la durée"),
        ({"vat_regime": "TVA 20 %"}, "TVA"),
        ({"text": "other"}, "n’est aucun de ceux que le comité syndical a approuvés"),
    ],
)
def test_what_departs_from_the_approved_model_is_outside_the_delegation(ground, change, words):
    agreement = ground.complete()
    if "text" in change:
        change = {
            "text": Text.objects.create(name="convention-tripartite", version="2026-01-01", body="#", sha256="1" * 64)
        }
    Agreement.objects.filter(pk=agreement.pk).update(**change)
    agreement = Agreement.objects.select_related("text", "programme", "type").get(pk=agreement.pk)
    assert says(rules.why_outside_delegation(agreement, on=f.TODAY), words)
    assert says(rules.why_not_make_ready(agreement, by=ground.officer, on=f.TODAY), "sort de la délégation")


@pytest.mark.parametrize(
    ("act_fields", "words"),
    [
        ({}, None),
        ({"published_on": None}, "sa date de publication"),
        ({"received_on": None}, "sa réception en préfecture"),
        ({"published_on": date(2026, 12, 1)}, "n’est exécutoire que le 1er décembre 2026"),
        ({"received_on": None, "not_transmissible_because": "motif écrit"}, None),
    ],
)
def test_the_founding_act_must_be_executory(ground, act_fields, words):
    founding = ground.programme.founding_act
    for name, value in act_fields.items():
        setattr(founding, name, value)
    founding.save()
    agreement = ground.complete()
    assert says(rules.why_outside_delegation(agreement, on=f.TODAY), words)


@pytest.mark.parametrize(
    ("power", "words"), [(Power.Kind.MODEL, None), (Power.Kind.DELEGATION, "noté comme déléguant la signature")]
)
def test_an_article_must_delegate_the_signature_and_an_approval_alone_approves_the_model(ground, power, words):
    agreement = ground.complete()
    ground.programme.powers.filter(power=power).delete()
    assert says(rules.why_outside_delegation(agreement, on=f.TODAY), words)


def test_a_model_that_nobody_approved_is_signed_in_a_demonstration_only(ground, settings):
    agreement = ground.complete()
    settings.DEMO = False
    assert says(rules.why_not_make_ready(agreement, by=ground.officer, on=f.TODAY), "modèle de démonstration")


# --- Changing a draft -------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_services_are_chosen_by_the_commune_while_it_is_a_draft(ground):
    agreement = ground.complete()
    services = ground.programme.services.filter(code__in=["site-internet", "telephonie"])
    actions.choose_services(agreement, services=services, by=ground.secretary, at=f.NOW)
    assert [choice.service.code for choice in agreement.choices.all()] == ["site-internet", "telephonie"]
    entry = Entry.objects.about(agreement).filter(verb="agreement.services_chosen").get()
    assert entry.facts == {"services": ["site-internet", "telephonie"]}
    actions.make_ready(agreement, by=ground.officer, at=f.NOW)
    with pytest.raises(Refused, match="n’est plus un projet"):
        actions.choose_services(agreement, services=services, by=ground.secretary, at=f.NOW)


def test_a_service_of_another_programme_is_refused(ground):
    agreement = ground.draft()
    foreign = Service(pk=999_999, programme_id=ground.programme.pk + 1, code="ailleurs")
    with pytest.raises(Refused, match="pas de ce programme"):
        actions.choose_services(agreement, services=[foreign], by=ground.secretary, at=f.NOW)
    assert agreement.choices.count() == 2


def test_people_of_another_commune_change_nothing(ground):
    agreement = ground.draft()
    stranger = f.member(Role.SECRETARY, f.beneficiary(f.commune("62001", "Ablain", 300)))
    with pytest.raises(Refused, match="personnes chargées du programme"):
        actions.choose_services(agreement, services=[], by=stranger, at=f.NOW)
    assert agreement.choices.count() == 2


@pytest.mark.parametrize(
    ("kind", "owner", "by", "words"),
    [
        ("beneficiary", "place", "secretary", None),
        ("beneficiary", "place", "officer", None),
        ("beneficiary", "minutes", "secretary", "n’autorise pas à signer"),
        ("beneficiary", "lead", "secretary", "pas celui de cette partie"),
        ("beneficiary", "other", "officer", "pas celui de cette partie"),
        ("cdg", "cdg", "officer", None),
        ("cdg", "cdg", "secretary", "personnes chargées du programme"),
        ("cdg", "lead", "officer", "pas celui de cette partie"),
        ("lead", "lead", "mayor", "personnes chargées du programme"),
    ],
)
def test_each_completes_its_own_party_with_its_own_act(ground, kind, owner, by, words):
    agreement = ground.draft()
    owners = {
        "place": ground.place,
        "minutes": ground.place,
        "lead": ground.programme.lead(),
        "cdg": f.operator("cdg59", "", 0),
        "other": f.beneficiary(f.commune("62001", "Ablain", 300)),
    }
    act = f.act(owners[owner], "2026-55", kind=Act.Kind.MINUTES if owner == "minutes" else Act.Kind.DELIBERATION)
    if words is None:
        assert actions.complete_party(agreement, kind=kind, act=act, by=getattr(ground, by), at=f.NOW).act == act
        return
    with pytest.raises(Refused) as refusal:
        actions.complete_party(agreement, kind=kind, act=act, by=getattr(ground, by), at=f.NOW)
    assert says(refusal.value.sentence, words)
    assert agreement.parties.get(kind=kind).act != act


@pytest.mark.parametrize(
    ("role", "where", "changes", "words"),
    [
        (Role.MAYOR, "place", {}, None),
        (Role.MAYOR, "place", {"quality": ""}, None),
        (Role.SECRETARY, "place", {}, "n’a pas qualité"),
        (Role.MAYOR, "other", {}, "n’a pas qualité"),
        (Role.MAYOR, "place", {"ends_on": date(2026, 11, 24)}, "n’exerce pas cette fonction aujourd’hui"),
        (Role.MAYOR, "place", {"starts_on": date(2026, 11, 26)}, "n’exerce pas cette fonction aujourd’hui"),
    ],
)
def test_a_signatory_holds_the_office_today(ground, role, where, changes, words):
    agreement = ground.draft()
    place = ground.place if where == "place" else f.beneficiary(f.commune("62001", "Ablain", 300))
    person = f.member(role, place, email="autre@exemple.invalid", **{"quality": "Premier adjoint"} | changes)
    membership = person.memberships.get()

    def complete() -> Party:
        return actions.complete_party(
            agreement, kind="beneficiary", membership=membership, by=ground.secretary, at=f.NOW
        )

    if words is None:
        party = complete()
        quality = membership.quality or "maire ou représentant légal"
        assert (party.signatory, party.representative, party.quality) == (person, person.name, quality)
        return
    with pytest.raises(Refused) as refusal:
        complete()
    assert says(refusal.value.sentence, words)


def test_numbers_follow_one_another_beyond_four_digits_and_start_again_each_year(ground):
    agreement = ground.draft()
    Agreement.objects.filter(pk=agreement.pk).update(number="PMC-2026-9999")
    for insee_code, expected in (("59003", "PMC-2026-10000"), ("59004", "PMC-2026-10001")):
        place = f.beneficiary(f.commune(insee_code, f"Commune {insee_code}", 300))
        made = actions.draft(place, programme=ground.programme, by=ground.officer, at=f.NOW)
        assert made.number == expected
    place = f.beneficiary(f.commune("59005", "Commune", 300))
    later = actions.draft(place, programme=ground.programme, by=ground.officer, at=f.NOW.replace(year=2027))
    assert later.number == "PMC-2027-0001"


def test_out_of_any_scope_no_agreement_can_be_read():
    with pytest.raises(ScopeError):
        Agreement.objects.count()


def test_in_the_scope_of_another_commune_this_agreement_does_not_exist(ground):
    ground.draft()
    with scope(beneficiary=f.beneficiary(f.commune("62001", "Ablain", 300))):
        assert not Agreement.objects.exists()


def test_the_system_follows_every_programme(ground):
    assert rules.why_not_follow(ground.place, ground.programme, by=User.objects.system(), on=f.TODAY) is None


def test_a_draft_reads_before_its_act_exists_and_is_never_printed_for_signature(ground):
    agreement = ground.draft()
    data = build(agreement, at=f.NOW, with_gaps=True)
    page = agreement_html(data, agreement.text.body)
    assert page.count("[à compléter]") >= 2
    assert "Commune de Prisches" in page
    with pytest.raises(Refused, match="se lit, et ne s’imprime pas"):
        render_agreement(data, agreement.text.body)
    with pytest.raises(Refused, match="qui habilite"):
        build(agreement, at=f.NOW)
