"""A mairie is reminded of what is late in its acts: by whom, when, and once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from socle.agreements import late_acts
from socle.agreements.late_acts import REMINDED, RemindOfActs, remind
from socle.batches.contract import Wish
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Role
from tests import factories as f

pytestmark = pytest.mark.django_db
GESTURE = RemindOfActs()
NEITHER = {"published_on": None, "received_on": None}


@pytest.fixture
def late():
    """A mairie with an act adopted in October, its secretary and its agent."""
    place = f.beneficiary()
    f.act(place, **NEITHER)
    f.member(Role.SECRETARY, place, email="secretaire@exemple.invalid")
    f.member(Role.AGENT, place, email="agente@exemple.invalid")
    return place


@pytest.fixture
def wish():
    programme = f.programme()
    return Wish(f.member(Role.PROGRAMME_OFFICER, programme.lead()), programme)


def why_not(place, wish, at=f.NOW):
    return GESTURE.sort_out([str(place.pk)], wish, at=at).get(str(place.pk))


def test_who_keeps_the_acts_is_written_to_what_is_late_and_nobody_else(late, wish):
    assert why_not(late, wish) is None
    assert GESTURE.do(str(late.pk), wish, at=f.NOW) == f"Rappel envoyé à «\u00a0{late.name}\u00a0»."
    (message,) = mail.outbox
    assert message.to == ["secretaire@exemple.invalid"]
    assert "Un acte adopté le 1er\u00a0octobre\u00a02026 n’est pas exécutoire." in message.body
    assert "/mairie/deliberations/" in message.body
    assert Entry.objects.about(late).get(verb=REMINDED).facts == {"people": 1, "late": 1}


def test_a_reminder_made_again_leaves_once_and_another_waits_three_days(late, wish):
    for _ in range(2):
        GESTURE.do(str(late.pk), wish, at=f.NOW)
    assert len(mail.outbox) == 1
    for days, is_refused in ((1, True), (2, True), (3, False)):
        assert bool(why_not(late, wish, f.NOW + timedelta(days=days))) == is_refused
    with pytest.raises(Refused, match="déjà reçu un message"):
        remind(late, wish, at=f.NOW + timedelta(days=2))
    GESTURE.do(str(late.pk), wish, at=f.NOW + timedelta(days=3))
    assert len(mail.outbox) == 2


def test_killed_after_it_left_a_reminder_is_written_down_and_does_not_leave_again(late, wish, monkeypatch):
    def killed_here(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr("socle.agreements.late_acts.journal.record", killed_here)
        with pytest.raises(KeyboardInterrupt):
            GESTURE.do(str(late.pk), wish, at=f.NOW)
    assert (len(mail.outbox), Entry.objects.filter(verb=REMINDED).count()) == (1, 0)
    GESTURE.do(str(late.pk), wish, at=f.NOW)
    assert (len(mail.outbox), Entry.objects.filter(verb=REMINDED).count()) == (1, 1)


def test_who_is_in_time_has_nobody_or_is_followed_by_others_is_not_written_to(late, wish):
    in_time, alone = f.beneficiary(f.commune("59001", "Abancourt")), f.beneficiary(f.commune("59002", "Abscon"))
    f.act(alone, **NEITHER)
    f.member(Role.AGENT, alone)
    programme = wish.programme
    stranger = Wish(f.member(Role.CDG_ADVISOR, programme.centre_de_gestion_of(f.department("62"))), programme)
    for place, by, said in (
        (in_time, wish, "Rien n’y est en retard"),
        (alone, wish, "n’a encore de compte"),
        (late, stranger, "Seules les personnes chargées"),
    ):
        assert said in why_not(place, by)
        with pytest.raises(Refused, match=said):
            GESTURE.do(str(place.pk), by, at=f.NOW)
    advisor = Wish(f.member(Role.CDG_ADVISOR, programme.centre_de_gestion_of(late.department)), programme)
    assert why_not(late, advisor) is None
    assert GESTURE.why_not(advisor, on=f.TODAY) is None
    assert GESTURE.why_not(Wish(f.user(), programme), on=f.TODAY)
    assert mail.outbox == []


def test_two_who_remind_at_once_write_one_line(late, wish, monkeypatch):
    send = late_acts.departures.send_once
    overtaken = []

    def overtake(*args, **kwargs):
        if not overtaken:
            overtaken.append(True)
            remind(late, wish, at=f.NOW)
        return send(*args, **kwargs)

    monkeypatch.setattr("socle.agreements.late_acts.departures.send_once", overtake)
    remind(late, wish, at=f.NOW)
    assert (len(mail.outbox), Entry.objects.filter(verb=REMINDED).count()) == (1, 1)
