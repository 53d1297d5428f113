"""Whose turn it is, and that it is concluded: each is told once, and nothing of a person goes in a log."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django_scopes import scope, scopes_disabled

from socle.agreements import actions, emails, tasks
from socle.agreements.models import Agreement
from socle.agreements.rules import why_not_remind_mairie
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Invitation, Membership, Role, User
from tests import factories as f
from tests.mailserver import mail_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def messages(ground, settings, django_capture_on_commit_callbacks):
    """Run what follows, as after a commit, and return the messages it wrote."""
    settings.SOCLE_REACTIONS = "socle.config.reactions.REACTIONS"

    def after(act):
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            act()
        return list(mail.outbox)

    return after


@pytest.mark.slow
@pytest.mark.both
def test_each_signatory_is_told_at_their_turn_and_the_mairie_at_the_end(ground, messages):
    agreement = ground.complete()
    told = messages(lambda: actions.make_ready(agreement, by=ground.officer, at=f.NOW))
    assert [message.to for message in told] == [[ground.mayor.email]]
    assert "PMC-2026-0001" in told[0].subject
    assert f"/mairie/convention/{agreement.number}/" in told[0].body
    assert "Vous signez en premier" in told[0].body.replace("\u00a0", " ")
    told = messages(lambda: actions.sign(agreement, by=ground.mayor, at=f.NOW))
    assert [message.to for message in told] == [[ground.cdg_president.email]]
    assert f"/console/conventions/{agreement.number}/" in told[0].body
    told = messages(lambda: actions.sign(agreement, by=ground.cdg_president, at=f.NOW))
    assert [message.to for message in told] == [[ground.president.email]]
    assert "votre signature conclut" in told[0].body
    told = messages(lambda: actions.sign(agreement, by=ground.president, at=f.NOW))
    assert {tuple(message.to) for message in told} == {(ground.secretary.email,), (ground.mayor.email,)}
    assert all("conclue" in message.subject for message in told)
    assert all("25 novembre 2026" in message.body.replace("\u00a0", " ") for message in told)


def test_a_task_played_twice_writes_once(ground, messages):
    agreement = ground.complete()
    messages(lambda: actions.make_ready(agreement, by=ground.officer, at=f.NOW))
    assert messages(lambda: tasks.tell_next_signatory.func(str(agreement.pk))) == []
    with scope(beneficiary=ground.place):
        entries = Entry.objects.about(agreement).filter(verb="agreement.signatory_told")
        assert [entry.facts["party"] for entry in entries] == ["beneficiary"]


def test_a_message_that_cannot_leave_is_not_said_told(ground, messages, settings, monkeypatch):
    agreement = ground.ready()

    def unreachable(*args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", unreachable)
    with pytest.raises(ConnectionRefusedError):
        emails.tell_next_signatory(agreement, by=User.objects.system(), at=f.NOW)
    monkeypatch.undo()
    assert not Entry.objects.filter(verb="agreement.signatory_told").exists()
    assert emails.tell_next_signatory(agreement, by=User.objects.system(), at=f.NOW) == ground.mayor


@pytest.mark.slow
@pytest.mark.both
def test_an_agreement_reopened_then_sent_again_is_told_again(ground, messages):
    agreement = ground.complete()
    messages(lambda: actions.make_ready(agreement, by=ground.officer, at=f.NOW))
    messages(lambda: actions.reopen(agreement, by=ground.officer, at=f.NOW))
    told = messages(lambda: actions.make_ready(agreement, by=ground.officer, at=f.NOW))
    assert [message.to for message in told] == [[ground.mayor.email]]


def test_nobody_is_told_of_a_draft_nor_of_a_given_up_agreement(ground, messages):
    agreement = ground.complete()
    system = User.objects.system()
    assert emails.tell_next_signatory(agreement, by=system, at=f.NOW) is None
    assert emails.tell_outcome(agreement, by=system, at=f.NOW) == []
    agreement = actions.make_ready(agreement, by=ground.officer, at=f.NOW)
    actions.cancel(agreement, by=ground.officer, at=f.NOW)
    assert emails.tell_next_signatory(agreement, by=system, at=f.NOW) is None


@pytest.mark.slow
@pytest.mark.both
def test_those_who_left_are_not_told(ground, messages):
    agreement = ground.ready()
    Membership.objects.filter(user=ground.secretary).update(ends_on=f.date(2026, 11, 24))
    f.member(Role.SECRETARY, f.beneficiary(f.commune("62001", "Ablain", 300)))
    for by in (ground.mayor, ground.cdg_president):
        actions.sign(agreement, by=by, at=f.NOW)
    told = messages(lambda: actions.sign(agreement, by=ground.president, at=f.NOW))
    assert [message.to for message in told] == [[ground.mayor.email]]


def test_no_personal_data_goes_in_the_logs_nor_in_the_journal(ground, messages, caplog):
    caplog.set_level("DEBUG")
    agreement = ground.complete()
    messages(lambda: actions.make_ready(agreement, by=ground.officer, at=f.NOW))
    assert ground.mayor.email not in caplog.text
    assert ground.mayor.name not in caplog.text
    for entry in Entry.objects.all():
        assert ground.mayor.name not in str(entry.facts)
        assert "@" not in str(entry.facts)


def test_a_task_knows_its_agreement_whatever_the_scope(ground):
    agreement = ground.ready()
    with scopes_disabled():
        assert Agreement.objects.filter(pk=agreement.pk).exists()
    tasks.tell_outcome.func(str(agreement.pk))
    assert mail.outbox == []


# --- What a draft waits for -------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_a_mairie_is_reminded_of_what_its_draft_waits_for_and_not_again_within_days(ground, messages):
    agreement = ground.draft()
    ground.place.is_siret_confirmed = False
    ground.place.save(update_fields=["is_siret_confirmed"])
    assert emails.remind_mairie(agreement, by=ground.officer, at=f.NOW) == 2
    assert {message.to[0] for message in mail.outbox} == {ground.mayor.email, ground.secretary.email}
    body = mail.outbox[0].body.replace("\u00a0", " ")
    assert "Le SIRET proposé pour le bénéficiaire est à confirmer par lui." in body
    assert "La délibération du conseil municipal manque" in body
    assert Entry.objects.get(verb="agreement.mairie_reminded").facts == {"people": 2}
    for days, by, refusal in (
        (2, ground.officer, "a déjà reçu un message"),
        (3, ground.mayor, "Seules les personnes chargées du programme"),
        (3, ground.officer, None),
    ):
        at = f.NOW + timedelta(days=days)
        if refusal is not None:
            with pytest.raises(Refused, match=refusal):
                emails.remind_mairie(agreement, by=by, at=at)
        else:
            assert emails.remind_mairie(agreement, by=by, at=at) == 2
    assert len(mail.outbox) == 4


def test_a_mairie_where_nobody_has_an_account_is_not_said_to_be_reminded(ground, messages):
    agreement = ground.draft()
    ground.place.is_siret_confirmed = False
    ground.place.save(update_fields=["is_siret_confirmed"])
    assert why_not_remind_mairie(agreement, by=ground.officer, on=f.TODAY) is None
    User.objects.filter(pk__in=(ground.mayor.pk, ground.secretary.pk)).update(is_active=False)
    assert "invitez d’abord quelqu’un" in why_not_remind_mairie(agreement, by=ground.officer, on=f.TODAY)
    with pytest.raises(Refused, match="invitez d’abord quelqu’un"):
        emails.remind_mairie(agreement, by=ground.officer, at=f.NOW)
    beside = f.beneficiary(f.commune("59003", "Aibes"))
    for place, says in ((beside, "invitez d’abord quelqu’un"), (ground.place, "une invitation attend sa réponse")):
        Invitation.objects.create(
            email=f"{place.pk}@exemple.invalid", name="Camille", role=Role.MAYOR, beneficiary=place,
            proposed_by=ground.officer, proposed_at=f.NOW,
        )  # fmt: skip
        assert says in why_not_remind_mairie(agreement, by=ground.officer, on=f.TODAY)
    assert mail.outbox == []


def test_a_mairie_is_reminded_of_nothing_that_is_not_its_own_to_give(ground, messages):
    agreement = ground.complete()
    with pytest.raises(Refused, match="n’attend rien de la mairie"):
        emails.remind_mairie(agreement, by=ground.officer, at=f.NOW)
    sent = actions.make_ready(agreement, by=ground.officer, at=f.NOW)
    with pytest.raises(Refused, match="n’est pas à relancer"):
        emails.remind_mairie(sent, by=ground.officer, at=f.NOW)
    assert mail.outbox == []


# --- A worker that dies in the middle ---------------------------------------------------------------------------------
@pytest.fixture
def server(settings):
    with mail_server(settings) as taking:
        yield taking


class Killed(BaseException):
    """What stands for a SIGKILL: nothing catches it."""


@pytest.mark.slow
@pytest.mark.both
def test_a_reminder_whose_line_was_not_written_is_not_sent_again(ground, server, monkeypatch):
    agreement = ground.ready()
    del server.taken[:]

    def die(*args, **kwargs):
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr("socle.agreements.emails._reminders", lambda agreement: 0)
        dying.setattr("socle.journal.actions.record", die)
        with pytest.raises(Killed):
            emails.remind_signatory(agreement, by=ground.officer, at=f.NOW + timedelta(days=4))
    assert len(server.taken) == 1
    assert not Entry.objects.filter(verb="agreement.signatory_reminded").exists()
    later = f.NOW + timedelta(days=4, minutes=5)
    assert emails.remind_signatory(agreement, by=ground.officer, at=later) == ground.mayor
    assert len(server.taken) == 1
    assert Entry.objects.filter(verb="agreement.signatory_reminded").count() == 1
    # The next one is another, and leaves.
    emails.remind_signatory(agreement, by=ground.officer, at=f.NOW + timedelta(days=8))
    assert len(set(server.names)) == len(server.taken) == 2


@pytest.mark.slow
def test_a_turn_told_twice_bears_the_same_name(ground, server):
    agreement = ground.ready()
    for _ in range(2):
        # The server has taken it, and the line that says so is undone.
        with transaction.atomic():
            emails.tell_next_signatory(agreement, by=User.objects.system(), at=f.NOW)
            transaction.set_rollback(True)
    first, second = server.taken[-2:]
    assert first["Message-ID"] == second["Message-ID"]
    assert first["To"] == ground.mayor.email
