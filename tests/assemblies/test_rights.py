"""Who keeps an assembly does each of its gestures, and nobody else: of another operator, of another mairie, of none."""

from __future__ import annotations

from datetime import date

import pytest
from django_scopes import scopes_disabled

from socle.assemblies import actions
from socle.assemblies.actions import Asked, Proposed, Seated
from socle.assemblies.models import Meeting, Member, StatuteRule
from socle.deliberations.models import Act
from socle.lib.refusals import Refused
from socle.people.models import Role
from tests import factories as f
from tests.assemblies.conftest import ELEVEN, SENT, SESSION

pytestmark = pytest.mark.django_db


def row() -> StatuteRule:
    return StatuteRule(topic="quorum", comparison="more_than", numerator=1, denominator=2, source="Statuts, article 9")


# Each gesture, of a session that is open, but where it says otherwise.
GESTURES = {
    "open_assembly": lambda a, m, i, how: actions.open_assembly(a.body, **how),
    "describe": lambda a, m, i, how: actions.describe(a, kind=a.kind, name="X", population=1, place="", **how),
    "set_arms": lambda a, m, i, how: actions.set_arms(a, b"", **how),
    "seat": lambda a, m, i, how: actions.seat(a, Seated("Zoé Douze"), **how),
    "seat_all": lambda a, m, i, how: actions.seat_all(a, "Zoé Douze", **how),
    "correct": lambda a, m, i, how: actions.correct(a.members.first(), Seated("Zoé Douze"), **how),
    "leave": lambda a, m, i, how: actions.leave(a.members.first(), left_on=date(2026, 1, 1), **how),
    "confirm_statute": lambda a, m, i, how: actions.confirm_statute(a, row(), **how),
    "withdraw_statute": lambda a, m, i, how: actions.withdraw_statute(a.statutes.get(), **how),
    "prepare": lambda a, m, i, how: actions.prepare(a, starts_at=SESSION, **how),
    "add_item": lambda a, m, i, how: actions.add_item(m, Proposed("Un point"), **how),
    "say_matter": lambda a, m, i, how: actions.say_matter(i, matter="7.1", **how),
    "annex": lambda a, m, i, how: actions.annex(i, f.pdf(), title="Plan", **how),
    "convene": lambda a, m, i, how: actions.convene(m, **how),
    "cancel": lambda a, m, i, how: actions.cancel(m, **how),
    "open_session": lambda a, m, i, how: actions.open_session(m, **how),
    "note_attendance": lambda a, m, i, how: actions.note_attendance(m, {}, president=None, secretary=None, **how),
    "withdraw_from": lambda a, m, i, how: actions.withdraw_from(i, [], **how),
    "vote": lambda a, m, i, how: actions.vote(i, None, **how),
    "vote_as_asked": lambda a, m, i, how: actions.vote_as_asked(i, Asked(public=9), **how),
    "appoint": lambda a, m, i, how: actions.appoint(i, [{"X": 1}], **how),
    "read_out": lambda a, m, i, how: actions.read_out(i, ["X"], **how),
    "set_aside": lambda a, m, i, how: actions.set_aside(i, outcome="postponed", **how),
    "fail": lambda a, m, i, how: actions.fail(m, **how),
    "write_decision": lambda a, m, i, how: actions.write_decision(i, decision="D’agir.", **how),
    "close": lambda a, m, i, how: actions.close(m, **how),
    "arrest_minutes": lambda a, m, i, how: actions.arrest_minutes(m, later=m, **how),
    "write_discussion": lambda a, m, i, how: actions.write_discussion(m, discussion="X", **how),
}


@pytest.fixture
def world():
    """An operator whose committee is in session, everything voted but to be closed, and a mairie as far."""
    operator, mairie = f.operator("npdcn", "Syndicat d’essai", 7), f.beneficiary()
    with scopes_disabled():
        keepers = {
            operator: f.member(Role.ASSEMBLY_SECRETARY, operator),
            mairie: f.member(Role.SECRETARY, mairie),
        }
        meetings = {}
        for body, by in keepers.items():
            how = {"by": by, "at": SENT}
            assembly = actions.open_assembly(body, **how)
            actions.seat_all(assembly, ELEVEN.replace("maire", "présidente") if body == operator else ELEVEN, **how)
            actions.confirm_statute(assembly, row(), **how)
            meeting = actions.prepare(assembly, starts_at=SESSION, **how)
            item = actions.add_item(meeting, Proposed("Budget primitif", decision="D’adopter."), **how)
            meeting = actions.open_session(actions.convene(meeting, **how), by=by, at=SESSION)
            chair, pen = assembly.members.all()[:2]
            actions.note_attendance(meeting, {}, president=chair, secretary=pen, by=by, at=SESSION)
            actions.vote(item, None, by=by, at=SESSION)
            meetings[body] = Meeting.objects.select_related("assembly").get(pk=meeting.pk)
        yield operator, mairie, keepers, meetings


@pytest.mark.slow
def test_no_gesture_of_an_assembly_is_made_by_who_does_not_keep_it(world) -> None:
    operator, mairie, keepers, meetings = world
    elsewhere, neighbour = f.operator("autre", "Autre syndicat", 8), f.beneficiary(f.commune("59062", "Bettrechies"))
    strangers = {
        operator: [
            f.member(Role.ASSEMBLY_SECRETARY, elsewhere), f.member(Role.PROGRAMME_OFFICER, operator), keepers[mairie],
        ],
        mairie: [
            f.member(Role.SECRETARY, neighbour, email="voisine@exemple.invalid"), f.member(Role.COUNCILLOR, mairie),
            keepers[operator],
        ],
    }  # fmt: skip
    done = []
    for body, people in strangers.items():
        meeting = meetings[body]
        for rank, person in enumerate(people):
            for name, gesture in GESTURES.items():
                try:
                    gesture(meeting.assembly, meeting, meeting.items.first(), {"by": person, "at": SESSION})
                except Refused as refusal:
                    if (
                        "tenue par ses secrétaires" in refusal.sentence
                        or "tenues par le secrétariat" in refusal.sentence
                    ):
                        continue
                done.append((body.name, rank, name))
    assert done == []
    assert (Act.objects.exists(), Member.objects.count(), StatuteRule.objects.count()) == (False, 22, 2)


@pytest.mark.slow
def test_who_keeps_it_draws_its_acts(world) -> None:
    operator, mairie, keepers, meetings = world
    for body in (operator, mairie):
        actions.close(meetings[body], by=keepers[body], at=SESSION)
        assert Act.of(body).count() == 2
