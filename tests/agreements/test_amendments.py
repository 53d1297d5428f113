"""Amendments: numbered after their agreement, signed like it, and what they change. Rule 10 of the register."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django_scopes import scopes_disabled

from socle.agreements import actions, amendments, ending_rules, endings, gestures, proof, queries, rules, successions
from socle.agreements.changes import changes_of, latest_end
from socle.agreements.models import Agreement, Party, Status, Termination
from socle.deliberations.models import Approval, Article
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Role
from socle.programme.models import AgreementType
from socle.provisioning import actions as provisioning
from socle.provisioning.models import Right
from tests import factories as f

pytestmark = pytest.mark.django_db
# Concluded on 25 November 2026 for 36 months, which may be renewed once.
TERM, LATEST = date(2029, 11, 24), date(2032, 11, 24)
TEXT = (
    "# Avenant {{ amendment.number }}\n\n{{ amendment.purpose }}\n\n{{ changes }}\n\n{{ services }}\n\n"
    "{{ signatures }}\n"
)


@pytest.fixture
def kind(ground):
    return f.amendments(ground.programme, TEXT)


@pytest.fixture
def amendment(ground, kind, agreement):
    return amendments.draft(agreement, by=ground.officer, at=f.NOW)


def say(here, amendment, *, by=None, **said):
    said = {"purpose": "Ajouter la téléphonie.", "annual_price": Decimal("300.00"), "ends_on": TERM} | said
    return amendments.set_terms(amendment, **said, by=by or here.officer, at=f.NOW)


def add_telephony(here, amendment):
    return actions.choose_services(amendment, services=here.programme.services.all(), by=here.officer, at=f.NOW)


def printed(here, amendment, *, act_number="2026-40"):
    """Complete, printed for the committee, and approved by it."""
    act = f.act(here.place, act_number)
    actions.complete_party(amendment, kind=Party.Kind.BENEFICIARY, act=act, by=here.officer, at=f.NOW)
    amendment = actions.make_ready(amendment, for_the_committee=True, by=here.officer, at=f.NOW)
    decision = f.act(here.programme.lead(), f"C-{act_number}", body="comité syndical")
    actions.link_act(amendment, act=decision, article=1, text="Approuve l’avenant.", by=here.officer, at=f.NOW)
    return amendment


def signed(here, amendment, at=f.NOW):
    for person in here.signatories:
        amendment = actions.sign(amendment, by=person, at=at)
    return amendment


@pytest.mark.slow
@pytest.mark.both
def test_rule_10_an_amendment_takes_the_next_number_and_the_earlier_text_stays(ground, agreement, amendment):
    before = Agreement.objects.get(pk=agreement.pk).round.current.sha256
    add_telephony(ground, say(ground, amendment, ends_on=LATEST))
    amendment = signed(ground, printed(ground, amendment))
    agreement.refresh_from_db()
    assert amendment.number == f"{agreement.number}-A1"
    assert (agreement.annual_price, agreement.ends_on) == (Decimal("300.00"), LATEST)
    assert [choice.service.code for choice in agreement.choices.all()] == ["site-internet", "messagerie", "telephonie"]
    # The agreement keeps its own document, and the amendment says what it was.
    assert agreement.round.current.sha256 == before
    assert changes_of(amendment) == [
        ("Services", "Site internet\u00a0; Messagerie", "Site internet\u00a0; Messagerie\u00a0; Téléphonie"),
        ("Contribution annuelle", "240,00\u00a0€", "300,00\u00a0€"),
        ("Dernier jour", "24\u00a0novembre\u00a02029", "24\u00a0novembre\u00a02032"),
    ]
    second = amendments.draft(agreement, by=ground.officer, at=f.NOW)
    assert second.number == f"{agreement.number}-A2"
    assert (second.annual_price, second.ends_on, second.choices.count()) == (Decimal("300.00"), LATEST, 3)
    verbs = Entry.objects.about(amendment).values_list("verb", flat=True)
    assert "agreement.signed" not in verbs
    assert {"agreement.amendment_drafted", "agreement.amendment_set", "agreement.amendment_signed"} <= set(verbs)
    assert Entry.objects.about(agreement).get(verb="agreement.amended").facts["number"] == amendment.number


@pytest.mark.slow
@pytest.mark.both
def test_an_agreement_ends_and_its_amendment_stays_signed(ground, agreement, amendment):
    amendment = signed(ground, printed(ground, say(ground, amendment)))
    over = f.NOW + (TERM - f.TODAY) + timedelta(days=1)
    assert endings.end_due(by=ground.officer, at=over) == 1
    status = dict(Agreement.every.filter(pk__in=(agreement.pk, amendment.pk)).values_list("pk", "status"))
    assert status == {agreement.pk: Status.ENDED, amendment.pk: Status.SIGNED}


@pytest.mark.slow
@pytest.mark.both
def test_rule_10_an_amendment_that_a_model_covers_still_wants_an_act_beyond_the_longest_term(ground, kind, agreement):
    kind.approved_by = AgreementType.ApprovedBy.MODEL
    kind.save()
    # The price of an amendment is that of the type that it amends.
    AgreementType.objects.filter(pk=kind.amends_id).update(annual_price="300.00")
    f.approval(Article.objects.get(number=5), "a" * 64)
    assert latest_end(agreement) == LATEST
    amendment = say(ground, amendments.draft(agreement, by=ground.officer, at=f.NOW), ends_on=LATEST)
    assert rules.why_outside_delegation(amendment, on=f.TODAY) is None
    amendment = say(ground, amendment, ends_on=LATEST + timedelta(days=1))
    assert "au-delà de sa durée la plus longue" in (rules.why_outside_delegation(amendment, on=f.TODAY) or "")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({}, None),
        ({"status": Status.READY}, "Seule une convention en vigueur"),
        ({"status": Status.ENDED}, "Seule une convention en vigueur"),
    ],
)
@pytest.mark.slow
@pytest.mark.both
def test_an_agreement_in_force_is_amended(ground, kind, agreement, changed, sentence):
    for name, value in changed.items():
        setattr(agreement, name, value)
    said = amendments.why_not_amend(agreement, by=ground.officer, on=f.TODAY)
    assert said is None if sentence is None else sentence in (said or "")


@pytest.mark.slow
@pytest.mark.both
def test_one_amendment_at_a_time_by_those_who_write_agreements(ground, kind, agreement):
    why_not = amendments.why_not_amend
    assert "Seules les personnes chargées" in (why_not(agreement, by=ground.secretary, on=f.TODAY) or "")
    amendment = amendments.draft(agreement, by=ground.officer, at=f.NOW)
    assert f"{agreement.number}-A1 est en préparation" in (why_not(agreement, by=ground.officer, on=f.TODAY) or "")
    assert "ne s’amende pas" in (why_not(amendment, by=ground.officer, on=f.TODAY) or "")
    with pytest.raises(Refused, match="en préparation"):
        amendments.draft(agreement, by=ground.officer, at=f.NOW)
    actions.cancel(amendment, by=ground.officer, at=f.NOW)
    assert why_not(agreement, by=ground.officer, on=f.TODAY) is None
    # A number is never given twice.
    assert amendments.draft(agreement, by=ground.officer, at=f.NOW).number == f"{agreement.number}-A2"
    kind.amends = None
    kind.has_beneficiary = False
    kind.save()
    Agreement.every.filter(amends=agreement).update(status=Status.CANCELLED)
    assert "n’a pas de modèle d’avenant" in (why_not(agreement, by=ground.officer, on=f.TODAY) or "")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, None),
        ({"purpose": " "}, "Écrivez l’objet"),
        ({"annual_price": Decimal("-0.01")}, "ne peut pas être négative"),
        ({"annual_price": Decimal(0)}, None),
        ({"ends_on": f.TODAY}, None),
        ({"ends_on": f.TODAY - timedelta(days=1)}, "serait passé"),
    ],
)
@pytest.mark.slow
@pytest.mark.both
def test_what_an_amendment_may_say(ground, amendment, said, sentence):
    if sentence is not None:
        with pytest.raises(Refused, match=sentence):
            say(ground, amendment, **said)
        return
    made = say(ground, amendment, **said)
    assert made.purpose == "Ajouter la téléphonie."
    assert {name: getattr(made, name) for name in said} == said


@pytest.mark.slow
@pytest.mark.both
def test_terms_are_those_of_a_draft_amendment_and_of_those_who_write_it(ground, agreement, amendment):
    with pytest.raises(Refused, match="Seules les personnes chargées"):
        say(ground, amendment, by=ground.secretary)
    with pytest.raises(Refused, match="Seul le projet d’un avenant"):
        say(ground, agreement)
    say(ground, amendment)
    with pytest.raises(Refused, match="Seul le projet d’un avenant"):
        say(ground, printed(ground, amendment))


@pytest.mark.slow
@pytest.mark.both
def test_an_amendment_says_what_it_lacks(ground, amendment):
    said = [gap.sentence for gap in rules.gaps(amendment)]
    assert any("La délibération du conseil municipal manque" in one for one in said)
    assert any("L’objet de l’avenant est à écrire" in one for one in said)
    assert any("ne change rien encore" in one for one in said)
    amendment = say(ground, amendment)
    assert [gap.about for gap in rules.gaps(amendment)] == [rules.Gap.About.ACT]
    # The officers' parties keep the acts that they had; each person is whoever holds the office today.
    assert [party.act_id is not None for party in amendment.parties.all()] == [False, True, True]


@pytest.mark.slow
@pytest.mark.both
def test_the_committee_decides_on_an_amendment_that_no_model_covers(ground, amendment):
    say(ground, amendment)
    act = f.act(ground.place, "2026-40")
    actions.complete_party(amendment, kind=Party.Kind.BENEFICIARY, act=act, by=ground.officer, at=f.NOW)
    with pytest.raises(Refused, match="approuve lui-même chaque convention de ce type"):
        actions.make_ready(amendment, by=ground.officer, at=f.NOW)
    amendment = actions.make_ready(amendment, for_the_committee=True, by=ground.officer, at=f.NOW)
    assert "Avenant n°" in amendment.round.original.title
    for person in ground.signatories:
        with pytest.raises(Refused, match="une fois imprimée de nouveau"):
            actions.sign(amendment, by=person, at=f.NOW)
    assert Approval.objects.filter(subject=Approval.Subject.AGREEMENT).count() == 0


def _terminate(here, agreement):
    endings.terminate(
        agreement, ground=Termination.Ground.GENERAL_INTEREST, notified_on=f.TODAY,
        effective_on=date(2027, 7, 1), reason="", by=here.officer, at=f.NOW,
    )  # fmt: skip


def _end(here, agreement):
    Agreement.objects.filter(pk=agreement.pk).update(status=Status.ENDED)


def _change_price(here, agreement):
    Agreement.objects.filter(pk=agreement.pk).update(annual_price="250.00")


@pytest.mark.parametrize(
    ("meanwhile", "sentence"),
    [
        (_terminate, "La résiliation de la convention"),
        (_end, "n’est plus en vigueur"),
        (_change_price, "a changé depuis que cet avenant est imprimé"),
    ],
)
@pytest.mark.slow
@pytest.mark.both
def test_nothing_is_signed_of_what_an_amendment_can_change_no_more(ground, agreement, amendment, meanwhile, sentence):
    amendment = printed(ground, say(ground, amendment))
    meanwhile(ground, agreement)
    with pytest.raises(Refused, match=sentence):
        actions.sign(amendment, by=ground.mayor, at=f.NOW)


@pytest.mark.slow
@pytest.mark.both
def test_what_an_amendment_does_not_change_stays_as_it_is_when_it_is_concluded(ground, agreement, amendment):
    amendment = printed(ground, say(ground, amendment, annual_price=agreement.annual_price, ends_on=date(2028, 1, 1)))
    assert [clause for clause, _, _ in changes_of(amendment)] == ["Dernier jour"]
    agreement.choices.filter(service__code="messagerie").delete()
    signed(ground, amendment)
    agreement.refresh_from_db()
    assert (agreement.ends_on, agreement.annual_price) == (date(2028, 1, 1), Decimal("240.00"))
    assert [choice.service.code for choice in agreement.choices.all()] == ["site-internet"]


@pytest.mark.slow
@pytest.mark.both
def test_amendments_are_counted_nowhere_and_signed_with_the_rest(ground, agreement, amendment):
    assert list(Agreement.objects.all()) == [agreement]
    amendment = printed(ground, say(ground, amendment))
    for person in ground.signatories[:2]:
        actions.sign(amendment, by=person, at=f.NOW)
    with scopes_disabled():
        waiting = queries.awaiting(Agreement.every.all(), ground.president, on=f.TODAY)
        assert list(waiting) == [amendment]
    assert gestures.agreements_of([str(amendment.pk)]) == {str(amendment.pk): amendment}
    assert endings.end_due(by=ground.officer, at=f.NOW + timedelta(days=5000)) == 1


@pytest.mark.parametrize("act", ["terminate", "renew"])
@pytest.mark.slow
@pytest.mark.both
def test_an_amendment_ends_and_is_renewed_with_its_agreement(ground, amendment, act):
    amendment.status = Status.SIGNED
    by = {"by": ground.officer, "on": f.TODAY, "act": None, "notified_on": f.TODAY}
    said = (
        ending_rules.why_not_terminate(amendment, ground=Termination.Ground.GENERAL_INTEREST, effective_on=TERM, **by)
        if act == "terminate"
        else ending_rules.why_not_renew(amendment, **by)
    )
    assert said == ending_rules.AN_AMENDMENT


@pytest.mark.slow
@pytest.mark.both
def test_a_service_that_an_amendment_takes_away_closes_after_the_reversibility(ground, agreement, amendment):
    system = f.member(Role.TECHNICIAN, ground.programme.lead())
    provisioning.open_rights(agreement, by=system, at=f.NOW)
    only_the_site = ground.programme.services.filter(code="site-internet")
    actions.choose_services(amendment, services=only_the_site, by=ground.officer, at=f.NOW)
    signed(ground, printed(ground, say(ground, amendment)))
    for day, closed in ((90, 0), (92, 0), (93, 1)):
        # Signed on 25 November: three months go to 25 February, the 92nd day.
        assert provisioning.close_ended_rights(by=system, at=f.NOW + timedelta(days=day)) == closed
    assert list(Right.objects.filter(closed_at=None).values_list("service__code", flat=True)) == ["site-internet"]


@pytest.mark.slow
@pytest.mark.both
def test_a_service_that_an_amendment_adds_opens_even_when_the_message_is_lost(ground, agreement, amendment):
    system = f.member(Role.TECHNICIAN, ground.programme.lead())
    provisioning.open_rights(agreement, by=system, at=f.NOW)
    assert provisioning.open_missing_rights(by=system, at=f.NOW) == 0
    signed(ground, printed(ground, add_telephony(ground, say(ground, amendment))))
    assert provisioning.open_missing_rights(by=system, at=f.NOW + timedelta(hours=23)) == 1
    assert Right.objects.filter(service__code="telephonie", agreement=agreement).exists()


@pytest.mark.slow
@pytest.mark.both
def test_an_agreement_carried_to_a_successor_takes_its_amendments_with_it(ground, agreement, amendment):
    # Printed in the name of the commune that merges, it would be signed by another.
    said = successions.why_not_carry(agreement, None, by=ground.officer, on=f.TODAY)
    assert f"{amendment.number} est en préparation" in (said or "")
    actions.cancel(amendment, by=ground.officer, at=f.NOW)
    heir = f.beneficiary(f.commune("59006", "Amfroipret", 230))
    with scopes_disabled():
        made = successions.carry(agreement, successor=heir, effect_on=f.TODAY, by=ground.officer, at=f.NOW)
        assert made.amendment == f"{agreement.number}-A2"
        assert set(Agreement.every.values_list("beneficiary", flat=True)) == {heir.pk}
        successions.take_back(made, by=ground.officer, at=f.NOW)
        assert set(Agreement.every.values_list("beneficiary", flat=True)) == {ground.place.pk}
        assert successions.next_number(agreement) == f"{agreement.number}-A3"


@pytest.mark.slow
@pytest.mark.both
def test_the_proof_of_an_amendment_is_its_own(ground, amendment):
    amendment = signed(ground, printed(ground, say(ground, amendment)))
    assert proof.compose(amendment, at=f.NOW).startswith(b"%PDF")
