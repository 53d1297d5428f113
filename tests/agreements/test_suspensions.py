"""An agreement suspended: for what, from when, until when; and the services that stop and come back."""

from datetime import date, datetime, time

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django_scopes import scope, scopes_disabled

from socle.agreements import emails, endings, handover, proof, suspensions, tasks
from socle.agreements.models import Agreement, Status, Suspension
from socle.journal.models import Entry
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.people.models import Role
from socle.programme.models import Service
from socle.provisioning import actions as provisioning
from socle.provisioning import suspensions as services
from socle.provisioning.models import Installation, Right
from tests import factories as f

pytestmark = pytest.mark.django_db
Ground = Suspension.Ground
# In force from 25 November 2026, for 36 months.
TERM = date(2029, 11, 24)
TODAY = date(2027, 6, 1)


def at(day: date = TODAY) -> datetime:
    return datetime.combine(day, time(12), dates.PARIS)


@pytest.fixture
def place():
    return f.beneficiary()


@pytest.fixture
def agreement(place):
    made = f.signed_agreement(place)
    with scope(beneficiary=place):
        yield made


@pytest.fixture
def officer(agreement):
    return f.member(Role.PROGRAMME_OFFICER, agreement.programme.lead())


def suspend(agreement, by, *, today=TODAY, **said):
    said = {
        "ground": Ground.SECURITY, "reason": "Boîte piratée", "conditions": "Mot de passe changé",
        "notified_on": TODAY, "effective_on": TODAY,
    } | said  # fmt: skip
    return suspensions.suspend(agreement, **said, by=by, at=at(today))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, None),
        ({"notified_on": date(2027, 6, 2), "effective_on": date(2027, 6, 2)}, "n’est pas encore venu"),
        ({"effective_on": date(2027, 5, 31)}, "Elle prend effet le 1er juin 2027 au plus tôt"),
        ({"effective_on": TERM}, None),
        ({"effective_on": date(2029, 11, 25)}, "prend fin d’elle-même le 24 novembre 2029"),
        ({"reason": "  "}, "Écrivez les motifs"),
        ({"conditions": ""}, "Écrivez les motifs"),
    ],
)
def test_it_is_suspended_without_notice_for_a_reason_told_that_day_or_before(agreement, officer, said, sentence):
    if sentence is None:
        suspend(agreement, officer, **said)
        facts = {"ground": "security", "notified_on": "2027-06-01",
                 "effective_on": said.get("effective_on", TODAY).isoformat()}  # fmt: skip
        assert Entry.objects.get(verb="agreement.suspended").facts == facts
        return
    with pytest.raises(Refused) as refused:
        suspend(agreement, officer, **said)
    assert sentence in refused.value.sentence.replace("\u00a0", " ")
    assert not Suspension.objects.exists()


@pytest.mark.parametrize("status", [Status.DRAFT, Status.READY, Status.ENDED, Status.CANCELLED])
def test_only_an_agreement_in_force_is_suspended(agreement, officer, status):
    Agreement.objects.update(status=status)
    with pytest.raises(Refused, match="en vigueur"):
        suspend(agreement, officer)


def test_neither_an_amendment_nor_what_binds_operators_alone_is_suspended(agreement, officer):
    said = {"reason": "R", "conditions": "C", "notified_on": TODAY, "effective_on": TODAY, "by": officer, "on": TODAY}
    amendment = Agreement(amends=agreement, beneficiary=agreement.beneficiary, programme=agreement.programme)
    assert "ses avenants la suivent" in suspensions.why_not_suspend(amendment, **said)
    between = Agreement(programme=agreement.programme, status=Status.SIGNED, ends_on=TERM)
    assert "entre opérateurs" in suspensions.why_not_suspend(between, **said)


def test_whoever_writes_agreements_suspends_once_at_a_time_and_lifts(agreement, officer, place):
    mayor = f.member(Role.MAYOR, place)
    with pytest.raises(Refused, match="personnes chargées du programme"):
        suspend(agreement, mayor)
    first = suspend(agreement, officer)
    with pytest.raises(Refused, match="déjà suspendue"):
        suspend(agreement, officer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Suspension.objects.create(agreement=agreement, notified_on=TODAY, effective_on=TODAY, recorded_at=f.NOW)
    with pytest.raises(Refused, match="personnes chargées du programme"):
        suspensions.lift(first, lifted_on=TODAY, by=mayor, at=at())
    for day, sentence in ((date(2027, 6, 2), "n’est pas encore venu"), (date(2027, 5, 31), "pas encore notifiée")):
        with pytest.raises(Refused, match=sentence):
            suspensions.lift(first, lifted_on=day, by=officer, at=at())
    suspensions.lift(first, lifted_on=TODAY, by=officer, at=at())
    assert Entry.objects.get(verb="agreement.suspension_lifted").facts == {"lifted_on": "2027-06-01"}
    with pytest.raises(Refused, match="déjà levée"):
        suspensions.lift(first, lifted_on=TODAY, by=officer, at=at())
    assert suspend(agreement, officer).lifted_on is None


def test_suspended_it_still_ends_at_its_term_and_may_still_be_given_back(agreement, officer):
    suspension = suspend(agreement, officer)
    endings.end_due(by=officer, at=at(date(2029, 11, 25)))
    agreement.refresh_from_db()
    assert (agreement.status, agreement.ends_on) == (Status.ENDED, TERM)
    suspensions.lift(suspension, lifted_on=date(2029, 12, 1), by=officer, at=at(date(2029, 12, 1)))


def test_a_termination_that_runs_does_not_forbid_it(agreement, officer):
    said = {"ground": "general_interest", "notified_on": TODAY, "effective_on": date(2027, 12, 1)}
    endings.terminate(agreement, reason="", act=None, **said, by=officer, at=at())
    suspend(agreement, officer)


@pytest.mark.parametrize(
    ("on", "since"), [(date(2027, 6, 9), None), (date(2027, 6, 10), date(2027, 6, 10)), (TERM, date(2027, 6, 10))]
)
def test_a_list_says_since_when_each_is_suspended(agreement, officer, on, since):
    suspension = suspend(agreement, officer, effective_on=date(2027, 6, 10))
    assert suspensions.with_suspension(Agreement.objects.all(), on=on).get().suspended_on == since
    suspensions.lift(suspension, lifted_on=TODAY, by=officer, at=at())
    assert suspensions.with_suspension(Agreement.objects.all(), on=on).get().suspended_on is None


def test_the_proof_and_the_handover_say_it(agreement, officer):
    suspension = suspend(agreement, officer)
    suspensions.lift(suspension, lifted_on=TODAY, by=officer, at=at())
    said = dict(proof._facts(agreement, at()))["Suspendue"].replace("\u00a0", " ")
    assert said == "du 1er juin 2027 au 1er juin 2027, sécurité des autres bénéficiaires en danger : Boîte piratée"
    (facts,) = handover._facts(agreement)["suspensions"]
    assert (facts["conditions"], facts["lifted_on"]) == ("Mot de passe changé", TODAY)


# --- What the mairie is told ------------------------------------------------------------------------------------------
def test_the_mairie_is_told_once_that_it_is_suspended_then_that_it_is_no_more(
    agreement, officer, place, settings, django_capture_on_commit_callbacks
):
    settings.SOCLE_REACTIONS = "socle.config.reactions.REACTIONS"
    secretary, gone = f.member(Role.SECRETARY, place), f.member(Role.SECRETARY, place, ends_on=date(2027, 5, 31))
    f.member(Role.SECRETARY, f.beneficiary(f.commune("59001", "Abancourt", 441)))

    def told(act):
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True), time_machine.travel(at(), tick=False):
            made = act()
            tasks.tell_suspension.func(str(agreement.pk))
        assert {tuple(one.to) for one in mail.outbox} <= {(secretary.email,)}
        assert gone.is_active
        return made, [(one.subject, one.body.replace("\u00a0", " ")) for one in mail.outbox]

    suspension, ((subject, words),) = told(lambda: suspend(agreement, officer, effective_on=date(2027, 6, 10)))
    assert subject == f"Convention {agreement.number} suspendue"
    said = ("à partir du 10 juin 2027", "Motif : sécurité des autres bénéficiaires en danger.", "Boîte piratée",
            "- Messagerie", "Mot de passe changé", f"/mairie/convention/{agreement.number}/")  # fmt: skip
    assert [one for one in said if one not in words] == []
    _, ((subject, words),) = told(lambda: suspensions.lift(suspension, lifted_on=TODAY, by=officer, at=at()))
    assert subject == f"Convention {agreement.number} rétablie"
    assert "est rétablie le 1er juin 2027. Sa suspension prenait effet le 10 juin 2027." in words
    assert "Boîte piratée" not in words
    assert told(lambda: None)[1] == []
    assert emails.tell_suspension(agreement, by=officer, at=at()) == []
    # Another one is told anew.
    assert len(told(lambda: suspend(agreement, officer))[1]) == 1


def test_nobody_is_told_of_an_agreement_never_suspended(agreement, officer):
    assert emails.tell_suspension(agreement, by=officer, at=at()) == []


# --- The services -----------------------------------------------------------------------------------------------------
@pytest.fixture
def installed(agreement, officer):
    """Two services: the messaging, that a technician had suspended already, and the site."""
    provisioning.open_rights(agreement, by=officer, at=f.NOW)
    mail = Installation.objects.get(service__code="messagerie")
    provisioning.suspend(mail, by=officer, at=f.NOW)
    return Installation.objects.order_by("service__order")


def wanted():
    with scopes_disabled():
        return list(Installation.objects.order_by("service__order", "pk").values_list("wanted_present", flat=True))


@pytest.mark.usefixtures("installed")
def test_its_services_stop_on_the_day_and_those_alone_come_back(agreement, officer):
    other = f.installation(f.beneficiary(f.commune("59001", "Abancourt", 441)))
    suspension = suspend(agreement, officer, effective_on=date(2027, 6, 10))
    assert services.follow(by=officer, at=at(date(2027, 6, 9))) == 0
    assert wanted() == [True, False, True]
    assert services.follow(by=officer, at=at(date(2027, 6, 10))) == 1
    assert services.follow(by=officer, at=at(date(2027, 6, 10))) == 0
    assert wanted() == [False, False, True]
    site = Installation.objects.get(service__code="site-internet")
    with pytest.raises(Refused, match="revient de lui-même"):
        provisioning.resume(site, by=officer, at=at(date(2027, 6, 11)))
    suspensions.lift(suspension, lifted_on=date(2027, 6, 12), by=officer, at=at(date(2027, 6, 12)))
    assert services.follow(by=officer, at=at(date(2027, 6, 12))) == 1
    assert services.follow(by=officer, at=at(date(2027, 6, 12))) == 0
    assert wanted() == [True, False, True]
    other.refresh_from_db()
    assert other.held_by_id is None


@pytest.mark.usefixtures("installed")
def test_two_workers_hold_a_service_once_and_give_it_back_once(agreement, officer):
    suspension = suspend(agreement, officer)
    site = Installation.objects.get(service__code="site-internet")
    for running, verb in (({agreement.pk: suspension}, "suspension"), ({}, "resumption")):
        assert [services._turn(site, running, by=officer, at=at()) for _ in range(2)] == [True, False]
        lines = Entry.objects.filter(verb=f"installation.{verb}_wanted", object_id=str(site.pk))
        assert lines.count() == 1


@pytest.mark.usefixtures("installed")
def test_what_was_wanted_again_by_other_means_is_let_go_and_not_resumed_twice(agreement, officer):
    suspension = suspend(agreement, officer)
    services.follow(by=officer, at=at())
    Installation.objects.filter(service__code="site-internet").update(wanted_present=True)
    suspensions.lift(suspension, lifted_on=TODAY, by=officer, at=at())
    assert services.follow(by=officer, at=at()) == 1
    assert not Entry.objects.filter(verb="installation.resumption_wanted").exists()
    assert not Installation.objects.filter(held_by__isnull=False).exists()


@pytest.mark.usefixtures("installed")
def test_a_right_that_closed_meanwhile_gives_nothing_back(agreement, officer):
    suspension = suspend(agreement, officer)
    services.follow(by=officer, at=at())
    site = Installation.objects.get(service__code="site-internet")
    provisioning.close_right(site.right, by=officer, at=at())
    suspensions.lift(suspension, lifted_on=TODAY, by=officer, at=at())
    assert services.follow(by=officer, at=at()) == 0
    assert wanted() == [False, False]


@pytest.fixture
def lines(agreement):
    """A telephone, which no engine provisions, and the site, which one does."""
    for service in Service.objects.filter(programme=agreement.programme, code__in=("telephonie", "site-internet")):
        Right.objects.create(beneficiary=agreement.beneficiary, service=service, agreement=agreement, opened_at=f.NOW)
    return Right.objects.get(service__code="telephonie")


def to_do(on=TODAY):
    """What waits for a hand: (service, whether it is to resume, since when to stop)."""
    found = services.by_hand(Right.objects.all(), on=on).values_list("service__code", "held_by", "suspended_on")
    return [(code, held_by is not None, since) for code, held_by, since in found]


def test_what_no_engine_provisions_waits_for_a_hand_to_stop_then_to_resume(agreement, officer, lines):
    assert to_do() == []
    other = f.signed_agreement(f.beneficiary(f.commune("59187", "Écluse")))
    with scope(beneficiary=other.beneficiary):
        # Of an agreement that is not this one.
        suspend(other, officer)
    suspension = suspend(agreement, officer, effective_on=date(2027, 6, 10))
    day = date(2027, 6, 10)
    assert (to_do(date(2027, 6, 9)), to_do(day)) == ([], [("telephonie", False, day)])
    services.note(lines, is_stopped=True, by=officer, at=at(day))
    assert to_do(day) == []
    suspensions.lift(suspension, lifted_on=day, by=officer, at=at(day))
    assert to_do(day) == [("telephonie", True, None)]
    # Suspended again before anybody resumed it: it is stopped already.
    again = suspend(agreement, officer, today=day, notified_on=day, effective_on=day)
    assert to_do(day) == []
    suspensions.lift(again, lifted_on=day, by=officer, at=at(day))
    services.note(lines, is_stopped=False, by=officer, at=at(day))
    assert to_do(day) == []
    verbs = Entry.objects.about(lines).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["right.stopped_by_hand", "right.resumed_by_hand"]


def test_what_was_lifted_before_a_hand_stopped_it_or_is_closed_waits_for_nobody(agreement, officer, lines):
    suspension = suspend(agreement, officer)
    assert len(to_do()) == 1
    suspensions.lift(suspension, lifted_on=TODAY, by=officer, at=at())
    assert to_do() == []
    suspend(agreement, officer)
    provisioning.close_right(lines, by=officer, at=at())
    assert to_do() == []


def test_a_gesture_by_hand_is_noted_once_by_whoever_operates(agreement, officer, lines):
    advisor = f.member(Role.CDG_ADVISOR, agreement.programme.centre_de_gestion_of(agreement.beneficiary.department))
    suspend(agreement, officer)
    said = {"is_stopped": True, "at": at()}
    with pytest.raises(Refused, match="personnes chargées du programme ou de la technique"):
        services.note(lines, **said, by=advisor)
    with pytest.raises(Refused, match="n’attend plus ce geste"):
        services.note(lines, is_stopped=False, by=officer, at=at())
    services.note(lines, **said, by=f.member(Role.TECHNICIAN, agreement.programme.lead()))
    # A form sent twice, or read before.
    for is_stopped in (True, False):
        with pytest.raises(Refused, match="n’attend plus ce geste"):
            services.note(lines, is_stopped=is_stopped, by=officer, at=at())
