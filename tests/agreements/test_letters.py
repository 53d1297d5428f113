"""Letters to the mairies of several agreements: the words, whom they reach, once, and not too often."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django_scopes import scope

from socle.agreements import actions, letters, rules
from socle.agreements.gestures import SendLetter
from socle.agreements.models import Letter
from socle.batches.contract import Wish
from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Membership
from tests import factories as f

pytestmark = pytest.mark.django_db
LATER = f.NOW + timedelta(days=rules.DAYS_BETWEEN_REMINDERS)


def written(ground, subject="Convention [convention]", body="À [mairie] :\n[services], [lien]", **others):
    facts = {"key": uuid.uuid4(), "programme": ground.programme, "operator": ground.programme.lead()}
    return letters.write(subject, body, **{**facts, "by": ground.officer, "at": f.NOW, **others})


@pytest.mark.parametrize(
    ("subject", "body", "says"),
    [
        ("Objet", "Bonjour [mairie], [fin]", None),
        ("[convention]", "x" * 5000, None),
        (" ", "Texte", "un objet et un texte"),
        ("Objet", "\n", "un objet et un texte"),
        ("x" * 151, "Texte", "trop longue"),
        ("Objet", "x" * 5001, "trop longue"),
        ("Objet", "[mot_de_passe]", "« [mot_de_passe] » est inconnu"),
        ("[maire]", "Texte", "« [maire] » est inconnu"),
        ("Objet", "[mairie", "Un crochet manque"),
        ("Objet", "mairie]", "Un crochet manque"),
    ],
)
def test_the_words_of_a_letter(subject, body, says):
    reason = letters.why_not_words(subject, body)
    assert (says in reason.replace("\u00a0", " ")) if says else reason is None


def test_a_letter_is_filled_for_each_agreement_and_what_is_filled_is_not_read_again(ground):
    agreement = ground.ready()
    ground.place.name = "[fin] & <b>"
    agreement.beneficiary = ground.place
    with scope(beneficiary=ground.place):
        assert letters.filled("[mairie], [debut]", agreement) == "[fin] & <b>, (date à venir)"
        assert f"/mairie/convention/{agreement.number}/" in letters.filled("[lien]", agreement)
        for name in letters.VARIABLES:
            assert letters.filled(f"[{name}]", agreement)


def test_a_letter_reaches_each_person_of_the_mairie_once(ground):
    agreement, letter = ground.ready(), written(ground)
    assert letters.send(letter, agreement, by=ground.officer, at=LATER) == 2
    assert {tuple(message.to) for message in mail.outbox} == {(ground.mayor.email,), (ground.secretary.email,)}
    assert {message.subject for message in mail.outbox} == {f"Convention {agreement.number}"}
    assert mail.outbox[0].body.startswith("Bonjour ")
    assert ground.place.name in mail.outbox[0].body
    assert letters.send(letter, agreement, by=ground.officer, at=LATER) == 0
    assert len(mail.outbox) == 2
    line = Entry.objects.get(verb="agreement.letter_sent")
    assert line.facts == {"letter": letter.pk, "people": 2}


def test_a_form_sent_twice_writes_one_letter(ground):
    key = uuid.uuid4()
    assert written(ground, key=key) == written(ground, key=key, body="Autre")
    assert Letter.objects.count() == 1


def test_killed_after_it_left_a_letter_does_not_leave_again(ground, monkeypatch):
    agreement, letter = ground.ready(), written(ground)
    line = journal.record

    def killed(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(letters.journal, "record", killed)
    with pytest.raises(KeyboardInterrupt):
        letters.send(letter, agreement, by=ground.officer, at=LATER)
    monkeypatch.setattr(letters.journal, "record", line)
    assert letters.send(letter, agreement, by=ground.officer, at=LATER) == 2
    assert len(mail.outbox) == 2
    assert letters.is_sent(letter, agreement)


@pytest.mark.parametrize(
    ("days", "is_refused"), [(rules.DAYS_BETWEEN_REMINDERS - 1, True), (rules.DAYS_BETWEEN_REMINDERS, False)]
)
def test_nobody_is_written_to_twice_within_days_by_letters_or_reminders(ground, days, is_refused):
    agreement = ground.ready()
    letters.send(written(ground), agreement, by=ground.officer, at=LATER)
    again, after = written(ground), LATER + timedelta(days=days)
    reasons = (
        rules.why_not_remind(agreement, by=ground.officer, on=after.date()),
        SendLetter()
        .sort_out([f"{again.pk}:{agreement.pk}"], Wish(ground.officer, ground.programme), at=after)
        .get(f"{again.pk}:{agreement.pk}"),
    )
    assert all("a déjà reçu un message" in (reason or "") for reason in reasons) is is_refused
    assert any(reasons) is is_refused
    if is_refused:
        with pytest.raises(Refused, match="a déjà reçu"):
            letters.send(again, agreement, by=ground.officer, at=after)


@pytest.mark.slow
def test_whom_no_letter_reaches(ground):
    agreement, letter = ground.ready(), written(ground)
    subject, wish = f"{letter.pk}:{agreement.pk}", Wish(ground.officer, ground.programme)
    assert SendLetter().sort_out([subject, f"{letter.pk}:0"], wish, at=LATER) == {f"{letter.pk}:0": letters.NOBODY}
    for by in (ground.mayor, ground.president):
        assert "Seules les personnes" in SendLetter().why_not(Wish(by, ground.programme), on=f.TODAY)
        with pytest.raises(Refused, match="Seules les personnes"):
            letters.send(letter, agreement, by=by, at=LATER)
        with pytest.raises(Refused, match="Seules les personnes"):
            written(ground, by=by)
    Membership.objects.filter(beneficiary=ground.place).update(ends_on=f.date(2026, 11, 24))
    with pytest.raises(Refused, match="de la mairie n’a encore de compte"):
        SendLetter().do(subject, wish, at=LATER)
    with scope(beneficiary=ground.place):
        actions.cancel(agreement, by=ground.officer, at=f.NOW)
    assert "abandonnée" in SendLetter().sort_out([subject], wish, at=LATER)[subject]
    assert mail.outbox == []


def test_the_gesture_says_how_many_it_reached(ground):
    agreement, letter = ground.ready(), written(ground)
    said = [SendLetter().do(f"{letter.pk}:{agreement.pk}", Wish(ground.officer, ground.programme), at=LATER)]
    said.append(SendLetter().do(f"{letter.pk}:{agreement.pk}", Wish(ground.officer, ground.programme), at=LATER))
    assert said == ["Lettre envoyée à 2\u00a0personnes.", "Lettre envoyée."]
