"""Of a body, what is late, from which day, and nobody else's."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from socle.assemblies import actions
from socle.assemblies.lateness import Kind, lateness
from socle.assemblies.models import Meeting
from socle.deliberations.models import Act
from socle.lib.dates import PARIS
from tests import factories as f
from tests.assemblies.conftest import held, opened

ON = date(2026, 12, 31)
NEITHER = {"published_on": None, "received_on": None}
LIST, DELIBERATION, INDIVIDUAL = Act.Kind.LIST, Act.Kind.DELIBERATION, Act.Kind.INDIVIDUAL


@pytest.mark.parametrize(
    ("days", "fields", "kinds"),
    [
        (15, NEITHER, []),
        (16, NEITHER, [Kind.EXECUTORY]),
        (365, NEITHER, [Kind.EXECUTORY]),
        (366, NEITHER, []),
        (16, {"published_on": None}, [Kind.EXECUTORY]),
        (16, {"received_on": None}, [Kind.EXECUTORY]),
        (16, {"received_on": None, "not_transmissible_because": "hors liste"}, []),
        (16, {}, []),
        (16, {"kind": INDIVIDUAL, "published_on": None}, [Kind.EXECUTORY]),
        (16, {"kind": INDIVIDUAL, "published_on": None, "notified_on": ON}, []),
        (7, {"kind": LIST, **NEITHER}, []),
        (8, {"kind": LIST, **NEITHER}, [Kind.LIST]),
        (16, {"kind": LIST, **NEITHER}, [Kind.LIST]),
        (8, {"kind": LIST, **NEITHER, "put_online_asked_at": f.NOW}, []),
        (8, {"kind": LIST}, []),
        (16, {"kind": Act.Kind.MINUTES, **NEITHER}, []),
    ],
)
def test_an_act_is_late_from_a_day(beneficiary, days, fields, kinds):
    f.act(beneficiary, adopted_on=ON - timedelta(days=days), **fields)
    assert [one.kind for one in lateness([beneficiary.pk], on=ON).get(beneficiary.pk, [])] == kinds


def test_what_is_late_is_counted_dated_and_asked_for_in_as_many_queries_whatever_the_number(beneficiary):
    neighbour = f.beneficiary(f.commune("59001", "Abancourt"))
    with scopes_disabled():
        for place in (beneficiary, neighbour):
            for day in (date(2026, 11, 3), date(2026, 12, 1)):
                f.act(place, f"2026-{day.month}", adopted_on=day, **NEITHER)
        with CaptureQueriesContext(
            connection,
        ) as of_two:
            found = lateness([beneficiary.pk, neighbour.pk], on=ON)
    assert len(of_two) == 4
    assert set(found) == {beneficiary.pk, neighbour.pk}
    for (late,) in found.values():
        assert late.since == date(2026, 11, 3)
        assert late.says.replace("\u00a0", " ") == (
            "2 actes ne sont pas exécutoires, le plus ancien adopté le 3 novembre 2026."
        )
    assert set(lateness([beneficiary.pk, neighbour.pk], on=ON)) == {beneficiary.pk}, "what is read is of the scope"


def test_a_session_is_late_from_the_day_after_until_it_is_closed(beneficiary, secretary):
    meeting = opened(beneficiary, secretary)
    assert lateness([beneficiary.pk], on=meeting.held_on) == {}
    day_after = meeting.held_on + timedelta(days=1)
    (late,) = lateness([beneficiary.pk], on=day_after)[beneficiary.pk]
    assert (late.kind, late.since) == (Kind.SESSION, meeting.held_on)
    Meeting.objects.update(status=Meeting.Status.CANCELLED)
    assert lateness([beneficiary.pk], on=day_after) == {}


@pytest.mark.slow
def test_minutes_are_late_when_the_next_session_did_not_arrest_them_and_a_week_after_one_did(beneficiary, secretary):
    first = held(beneficiary, secretary)
    Act.objects.update(published_on=first.held_on, received_on=first.held_on)
    assert lateness([beneficiary.pk], on=ON) == {}
    at = datetime(2026, 12, 17, 18, tzinfo=PARIS)
    second = actions.prepare(first.assembly, starts_at=at, by=secretary, at=at)
    Meeting.objects.filter(pk=second.pk).update(status=Meeting.Status.HELD, convened_at=at, opened_at=at, closed_at=at)
    (late,) = lateness([beneficiary.pk], on=date(2026, 12, 18))[beneficiary.pk]
    assert (late.kind, late.since) == (Kind.MINUTES, first.held_on)
    assert "n’a pas été arrêté" in late.says
    Meeting.objects.filter(pk=first.pk).update(
        minutes_arrested_in=second, minutes_act=f.act(beneficiary, "PV-1", kind=Act.Kind.MINUTES, published_on=None)
    )
    assert lateness([beneficiary.pk], on=date(2026, 12, 24)) == {}
    (late,) = lateness([beneficiary.pk], on=date(2026, 12, 25))[beneficiary.pk]
    assert (late.kind, late.since) == (Kind.MINUTES, date(2026, 12, 17))
    Act.objects.filter(kind=Act.Kind.MINUTES).update(published_on=ON)
    assert lateness([beneficiary.pk], on=ON) == {}
