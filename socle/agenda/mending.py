"""The hours of Paris, written again by their rules in the events where our pages once listed them."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django_scopes import scope

from socle.agenda.contract import Kept, Stale, Unreadable, store
from socle.agenda.models import Calendar
from socle.journal import actions as journal
from socle.lib import timezones
from socle.people.models import User


def to_mend(calendar: Calendar) -> list[Kept]:
    """Return the files of a calendar by which a summer may be read at the hour of winter."""
    kept = store().read(calendar.beneficiary_id, calendar.slug)
    return [one for one in kept if timezones.by_rules(one.text) != one.text]


def mend(calendar: Calendar, *, by: User, at: datetime) -> int:
    """Write them again, their words as they were; return how many, those that someone writes meanwhile left out.

    Nobody is told: the event is the same, and who reads it by the name of its time zone reads the same hours.
    """
    listed, done = to_mend(calendar), 0
    with store().writing(calendar.beneficiary_id) as writer:
        for one in listed:
            with suppress(Stale, Unreadable):
                writer.put(calendar.slug, one.href, timezones.by_rules(one.text), etag=one.etag)
                done += 1
        if done:
            with scope(beneficiary=calendar.beneficiary):
                journal.record("calendar.hours_mended", calendar, by=by, at=at, events=done)
    return done
