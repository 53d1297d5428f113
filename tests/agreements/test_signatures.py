"""From the printed draft to the last signature: the order, the persons, the days, and what can still be undone."""

import threading
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.db import connections
from django_scopes import scope, scopes_disabled

from socle.agreements import actions, rules
from socle.agreements.models import MOVES, Agreement, Status
from socle.documents import actions as documents
from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Membership, Role
from tests import factories as f
from tests.agreements.test_rules import says

pytestmark = [pytest.mark.django_db, pytest.mark.seals]


@pytest.mark.slow
@pytest.mark.both
def test_the_third_signature_concludes_and_the_agreement_takes_effect_that_day(ground):
    agreement = ground.ready()
    for signatory in (ground.mayor, ground.cdg_president):
        agreement = actions.sign(agreement, by=signatory, at=f.NOW)
        assert (agreement.status, agreement.signed_at) == (Status.READY, None)
    later = f.NOW + timedelta(days=3)
    agreement = actions.sign(agreement, by=ground.president, at=later)
    assert (agreement.status, agreement.signed_at) == (Status.SIGNED, later)
    assert (agreement.starts_on, agreement.ends_on) == (date(2026, 11, 28), date(2029, 11, 27))
    verbs = list(Entry.objects.about(agreement).order_by("id").values_list("verb", flat=True))
    assert verbs == [
        "agreement.drafted",
        "agreement.party_completed",
        "agreement.ready",
        "agreement.party_signed",
        "agreement.party_signed",
        "agreement.party_signed",
        "agreement.signed",
    ]


@pytest.mark.slow
@pytest.mark.both
def test_each_version_signed_is_another_document_and_the_journal_keeps_its_hash(ground):
    agreement = ground.signed()
    versions = [agreement.round.original, *(slot.result for slot in agreement.round.slots.select_related("result"))]
    assert len({version.sha256 for version in versions}) == 4
    contents = [documents.read(version) for version in versions]
    assert all(later.startswith(earlier) for earlier, later in pairwise(contents))
    last = Entry.objects.about(agreement).filter(verb="agreement.signed").get()
    assert last.facts == {"sha256": agreement.round.slots.get(rank=3).result.sha256}


@pytest.mark.slow
@pytest.mark.both
def test_rule_13_a_document_altered_after_the_signature_is_reported_and_never_served(ground):
    agreement = ground.signed()
    document = agreement.round.slots.get(rank=3).result
    with open(document.file.path, "r+b") as file:
        file.seek(document.size // 2)
        byte = file.read(1)
        file.seek(document.size // 2)
        file.write(bytes([byte[0] ^ 1]))
    with pytest.raises(documents.Altered, match="modifié"):
        documents.read(document)


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("mayor", None),
        ("cdg_president", "Signature attendue d’abord : Commune de Prisches"),
        ("president", "Signature attendue d’abord : Commune de Prisches"),
        ("secretary", "Vous n’êtes pas signataire"),
        ("officer", "Vous n’êtes pas signataire"),
    ],
)
def test_parties_sign_in_order_and_by_their_own_signatory(ground, who, words):
    agreement = ground.ready()
    assert says(rules.why_not_sign(agreement, by=getattr(ground, who), on=f.TODAY), words)
    if words is not None:
        with pytest.raises(Refused):
            actions.sign(agreement, by=getattr(ground, who), at=f.NOW)
        assert not agreement.round.slots.filter(signed_at__isnull=False).exists()
        assert not Entry.objects.about(agreement).filter(verb="agreement.party_signed").exists()


@pytest.mark.slow
@pytest.mark.both
def test_rule_06_the_president_signs_last(ground):
    agreement = actions.sign(ground.ready(), by=ground.mayor, at=f.NOW)
    with pytest.raises(Refused, match="Centre de gestion du Nord"):
        actions.sign(agreement, by=ground.president, at=f.NOW)


@pytest.mark.slow
@pytest.mark.both
def test_the_same_party_never_signs_twice(ground):
    agreement = actions.sign(ground.ready(), by=ground.mayor, at=f.NOW)
    with pytest.raises(Refused, match="déjà signée"):
        actions.sign(agreement, by=ground.mayor, at=f.NOW)
    assert agreement.round.slots.filter(signed_at__isnull=False).count() == 1


@pytest.mark.slow
@pytest.mark.both
def test_a_draft_and_a_concluded_agreement_are_not_signed(ground):
    agreement = ground.complete()
    with pytest.raises(Refused, match="encore un projet"):
        actions.sign(agreement, by=ground.mayor, at=f.NOW)
    agreement = actions.make_ready(agreement, by=ground.officer, at=f.NOW)
    for signatory in ground.signatories:
        agreement = actions.sign(agreement, by=signatory, at=f.NOW)
    with pytest.raises(Refused, match="déjà « signée »".replace("« ", "«\u00a0").replace(" »", "\u00a0»")):
        actions.sign(agreement, by=ground.mayor, at=f.NOW)


@pytest.mark.parametrize(
    ("act_fields", "words"),
    [
        ({"published_on": None}, "il manque sa date de publication"),
        ({"received_on": None}, "il manque sa réception en préfecture"),
        ({"published_on": date(2026, 11, 26)}, "n’est exécutoire que le 26 novembre 2026"),
        ({"received_on": date(2026, 11, 26)}, "n’est exécutoire que le 26 novembre 2026"),
        ({"received_on": None, "not_transmissible_because": "mission facultative"}, None),
        ({"published_on": f.TODAY, "received_on": f.TODAY}, None),
    ],
)
@pytest.mark.slow
def test_rule_05_no_signature_precedes_the_day_its_act_is_executory(ground, act_fields, words):
    agreement = ground.ready(**act_fields)
    assert says(rules.why_not_sign(agreement, by=ground.mayor, on=f.TODAY), words)


def test_a_mayor_whose_office_ended_no_longer_signs(ground):
    agreement = ground.ready()
    Membership.objects.filter(user=ground.mayor).update(ends_on=date(2026, 11, 24))
    with pytest.raises(Refused, match="pas signataire"):
        actions.sign(agreement, by=ground.mayor, at=f.NOW)


@pytest.mark.slow
def test_a_homonym_who_is_mayor_of_another_commune_does_not_sign(ground):
    agreement = ground.ready()
    other = f.member(Role.MAYOR, f.beneficiary(f.commune("62001", "Ablain", 300)))
    with pytest.raises(Refused, match="pas signataire"):
        actions.sign(agreement, by=other, at=f.NOW)


@pytest.mark.slow
@pytest.mark.both
def test_the_president_does_not_conclude_once_the_founding_act_no_longer_empowers(ground):
    agreement = ground.ready()
    for signatory in (ground.mayor, ground.cdg_president):
        agreement = actions.sign(agreement, by=signatory, at=f.NOW)
    founding = ground.programme.founding_act
    founding.published_on = None
    founding.save()
    with pytest.raises(Refused, match="publication"):
        actions.sign(agreement, by=ground.president, at=f.NOW)
    agreement.refresh_from_db()
    assert agreement.status == Status.READY


# --- Going back -------------------------------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.both
def test_while_nobody_has_signed_it_becomes_a_draft_again_and_the_printed_version_stays_kept(ground):
    agreement = ground.ready()
    printed = agreement.round.original
    agreement = actions.reopen(agreement, by=ground.officer, at=f.NOW)
    assert (agreement.status, agreement.round) == (Status.DRAFT, None)
    assert documents.read(printed)
    again = actions.make_ready(agreement, by=ground.officer, at=f.NOW)
    assert again.round.original != printed


@pytest.mark.parametrize("who", ["secretary", "mayor", "president"])
@pytest.mark.slow
def test_only_those_who_follow_the_programme_reopen_or_give_up(ground, who):
    agreement = ground.ready()
    for act in (actions.reopen, actions.cancel):
        with pytest.raises(Refused, match="personnes chargées du programme"):
            act(agreement, by=getattr(ground, who), at=f.NOW)


@pytest.mark.slow
@pytest.mark.both
def test_after_a_first_signature_it_is_given_up_but_not_changed(ground):
    agreement = actions.sign(ground.ready(), by=ground.mayor, at=f.NOW)
    with pytest.raises(Refused, match="a déjà signé"):
        actions.reopen(agreement, by=ground.officer, at=f.NOW)
    cancelled = actions.cancel(agreement, by=ground.officer, at=f.NOW)
    assert cancelled.status == Status.CANCELLED
    with pytest.raises(Refused, match="abandonnée"):
        actions.sign(cancelled, by=ground.cdg_president, at=f.NOW)


@pytest.mark.slow
@pytest.mark.both
def test_what_is_concluded_is_neither_reopened_nor_given_up(ground):
    agreement = ground.signed()
    for act in (actions.reopen, actions.cancel):
        with pytest.raises(Refused):
            act(agreement, by=ground.officer, at=f.NOW)
    agreement.refresh_from_db()
    assert agreement.status == Status.SIGNED


def test_a_draft_is_not_reopened(ground):
    with pytest.raises(Refused, match="Seule une convention à la signature"):
        actions.reopen(ground.draft(), by=ground.officer, at=f.NOW)


def test_a_draft_sent_twice_is_printed_once(ground):
    agreement = ground.ready()
    with pytest.raises(Refused, match="à la signature"):
        actions.make_ready(agreement, by=ground.officer, at=f.NOW)
    assert ground.place.documents.count() == 1


def test_the_table_of_moves_says_every_state():
    assert set(MOVES) == set(Status)
    assert MOVES[Status.SIGNED] == (Status.ENDED,)
    assert MOVES[Status.ENDED] == MOVES[Status.CANCELLED] == ()


# --- Two at once ------------------------------------------------------------------------------------------------------
def _at_once(*calls):
    """Run these calls in as many threads, each with its own connection; return what each returned or raised."""
    results: list[object] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(rank, call):
        start.wait(timeout=60)
        try:
            results[rank] = call()
        except Refused as refusal:
            results[rank] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(rank, call)) for rank, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.both
def test_two_drafts_at_once_take_two_numbers(ground):
    places = [f.beneficiary(f.commune(code, f"Commune {code}", 300)) for code in ("59003", "59004", "59006")]

    def draft(place):
        with scope(beneficiary=place):
            return actions.draft(place, programme=ground.programme, by=ground.officer, at=f.NOW)

    drafted = _at_once(*(lambda place=place: draft(place) for place in places))
    assert sorted(agreement.number for agreement in drafted) == [f"PMC-2026-000{rank}" for rank in (1, 2, 3)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.both
def test_of_two_drafts_at_once_for_one_commune_one_is_refused(ground):
    def draft():
        with scope(beneficiary=ground.place):
            return ground.draft()

    drafted = _at_once(draft, draft)
    assert sorted(type(result).__name__ for result in drafted) == ["Agreement", "Refused"]
    with scopes_disabled():
        assert Agreement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.both
def test_of_two_signatures_at_once_by_the_same_person_one_is_refused(ground):
    agreement = ground.ready()

    def sign():
        with scope(beneficiary=ground.place):
            return actions.sign(agreement, by=ground.mayor, at=f.NOW)

    results = _at_once(sign, sign)
    assert sorted(type(result).__name__ for result in results) == ["Agreement", "Refused"]
    assert agreement.round.slots.filter(signed_at__isnull=False).count() == 1


@pytest.mark.slow
def test_of_two_who_hold_the_office_only_the_one_named_signs(ground):
    agreement = ground.ready()
    other = f.member(Role.MAYOR, agreement.beneficiary, email="seconde@exemple.invalid", quality="Maire")
    assert rules.party_of(agreement, other, on=f.TODAY) is None
    assert rules.party_of(agreement, ground.mayor, on=f.TODAY) is not None
    Membership.objects.filter(user=ground.mayor).update(ends_on=f.TODAY - timedelta(days=1))
    assert rules.party_of(agreement, other, on=f.TODAY) is not None


@pytest.mark.parametrize(("days", "is_too_soon"), [(None, False), (0, True), (2, True), (3, False)])
def test_a_reminder_waits_three_days_after_the_last_message(days, is_too_soon):
    last = None if days is None else f.NOW - timedelta(days=days)
    said = rules.why_too_soon(last, on=f.TODAY)
    assert says(said, "laissez-lui 3 jours" if is_too_soon else None)


@pytest.mark.slow
def test_who_is_reminded_of_what_and_since_when(ground):
    agreement = ground.ready()
    other = f.signed_agreement(f.beneficiary(f.commune("62001", "Ablain", 300)))
    assert rules.why_not_remind(agreement, by=ground.officer, on=f.TODAY) is None
    assert says(rules.why_not_remind(agreement, by=ground.mayor, on=f.TODAY), "personnes chargées du programme")
    for thing, verb, at in (
        (agreement, "agreement.signatory_told", f.NOW - timedelta(days=9)),
        (agreement, "agreement.signatory_reminded", f.NOW),
        (agreement, "agreement.ready", f.NOW + timedelta(days=9)),
        (other, "agreement.signatory_told", f.NOW),
        (ground.place, "agreement.signatory_told", f.NOW + timedelta(days=9)),
    ):
        journal.record(verb, thing, by=ground.officer, at=at)
    assert rules.written_to([agreement.pk]) == {str(agreement.pk): f.NOW}
    assert says(rules.why_not_remind(agreement, by=ground.officer, on=f.TODAY), "laissez-lui 3 jours")
    cancelled = actions.cancel(agreement, by=ground.officer, at=f.NOW)
    assert says(rules.why_not_remind(cancelled, by=ground.officer, on=f.TODAY), "personne n’est à relancer")


@pytest.mark.parametrize("is_printed", [False, True])
def test_whoever_holds_the_office_now_is_named_and_what_was_printed_stays(ground, is_printed):
    agreement = ground.ready() if is_printed else ground.complete()
    party = agreement.parties.get(kind="beneficiary")
    Membership.objects.filter(user=ground.mayor).update(ends_on=f.TODAY - timedelta(days=1))
    change = {"role": Role.MAYOR, "by": ground.officer, "at": f.NOW}
    assert actions.change_signatory(party, to=None, **change) is not is_printed
    other = f.member(Role.MAYOR, ground.place, email="seconde@exemple.invalid")
    f.member(Role.MAYOR, f.beneficiary(f.commune("62001", "Ablain", 300)), email="loin@exemple.invalid")
    assert actions.change_signatory(party, to=ground.secretary, **change) is not is_printed
    party.refresh_from_db()
    assert (party.signatory, party.representative) == ((ground.mayor, ground.mayor.name) if is_printed else (None, ""))
    assert actions.change_signatory(party, to=other, **change)
    party.refresh_from_db()
    assert (party.signatory, party.quality) == (other, Role.MAYOR.label)
    assert party.representative == (ground.mayor.name if is_printed else other.name)
    told = Entry.objects.filter(verb="agreement.signatory_changed").order_by("pk").values_list("facts", flat=True)
    before = [] if is_printed else [{"party": "beneficiary", "successor": None}] * 2
    assert list(told) == [*before, {"party": "beneficiary", "successor": other.pk}]
    assert rules.signatory_of(party, on=f.TODAY) == other
    assert rules.signatory_of(party, on=f.TODAY - timedelta(days=1)) == other


@pytest.mark.slow
def test_every_gesture_on_an_agreement_writes_its_facts(ground):
    by = {"by": ground.officer, "at": f.NOW}
    agreement = ground.draft()
    assert (agreement.drafted_at, agreement.followed_by, agreement.vat_regime) == (
        f.NOW,
        ground.officer,
        "hors du champ de la TVA",
    )
    assert agreement.assessment is not None
    act = f.act(ground.place)
    held = Membership.objects.get(user=ground.mayor)
    actions.complete_party(agreement, kind="beneficiary", act=act, membership=held, **by)
    party = agreement.parties.get(kind="beneficiary")
    assert (party.act, party.seat, party.siret) == (act, ground.place.seat, ground.place.siret)
    for to in (ground.officer, None, None):
        assert actions.entrust(agreement, to=to, **by).followed_by == to
    agreement = actions.make_ready(agreement, **by)
    printed = agreement.round.original
    assert (printed.beneficiary, printed.kept_at) == (ground.place, f.NOW)
    assert [slot.label for slot in agreement.round.slots.all()] == [one.name for one in agreement.parties.all()]
    actions.reopen(agreement, **by)
    actions.cancel(agreement, **by)
    agreement.refresh_from_db()
    assert (agreement.status, agreement.round) == (Status.CANCELLED, None)
    facts = {"party": "beneficiary", "act": act.pk, "membership": held.pk}
    assert list(Entry.objects.about(agreement).order_by("pk").values_list("verb", "facts")) == [
        ("agreement.drafted", {"number": agreement.number}),
        ("agreement.party_completed", facts),
        ("agreement.entrusted", {"officer": None}),
        ("agreement.ready", {"sha256": printed.sha256}),
        ("agreement.reopened", {}),
        ("agreement.cancelled", {}),
    ]


def test_the_act_of_a_party_is_recorded_with_its_pdf_and_attached(ground, monkeypatch):
    monkeypatch.setattr("socle.documents.actions.why_not_keep_file", lambda head, **asked: None)
    facts = actions.ActFacts(
        body="conseil municipal", number="2026-9", subject="Adhésion", adopted_on=date(2026, 10, 1),
        received_on=date(2026, 10, 2), published_on=date(2026, 10, 3), content=b"%PDF-1.7 acte",
    )  # fmt: skip
    agreement = ground.draft()
    for kind, by, owner in (("beneficiary", ground.secretary, ground.place), ("cdg", ground.cdg_president, None)):
        if owner is None:
            with pytest.raises(Refused):
                actions.record_act_of_party(agreement, kind=kind, facts=facts, by=by, at=f.NOW)
            continue
        act = actions.record_act_of_party(agreement, kind=kind, facts=facts, by=by, at=f.NOW).act
        assert (act.beneficiary, act.number, act.body, act.subject) == (owner, "2026-9", facts.body, facts.subject)
        assert (act.adopted_on, act.received_on, act.published_on) == tuple(date(2026, 10, day) for day in (1, 2, 3))
        assert (act.document.beneficiary, act.document.title) == (owner, f"Délibération 2026-9, {owner.name}")


def test_who_follows_a_mairie_is_of_the_syndicate_or_of_its_centre(ground):
    near, far = (f.member(Role.CDG_ADVISOR, f.operator(code, "", 0)) for code in ("cdg59", "cdg62"))
    closed = f.member(Role.PROGRAMME_OFFICER, ground.programme.lead(), email="fermee@exemple.invalid")
    type(closed).objects.filter(pk=closed.pk).update(is_active=False)
    assert set(rules.followers_of(ground.place, ground.programme, on=f.TODAY)) == {ground.officer, near}
    draft = ground.draft()
    assert says(rules.why_not_entrust(draft, far, by=ground.officer, on=f.TODAY), "ne suit pas cette mairie")
    assert says(rules.why_not_entrust(draft, near, by=far, on=f.TODAY), "personnes chargées du programme")
    assert rules.why_not_entrust(draft, near, by=ground.officer, on=f.TODAY) is None
    draft.status = Status.SIGNED
    assert says(rules.why_not_entrust(draft, near, by=ground.officer, on=f.TODAY), "n’est plus en préparation")
