"""Events of the public calendars of a mairie, given to its site: two rooms that do not know each other, joined here."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from socle.agenda import public
from socle.agenda.reading import Occurrence
from socle.lib.dates import PARIS, bounds_of
from socle.people.models import Beneficiary
from socle.sites.contract import OutsideEvent

# A description may be long: a site shows its beginning.
LONGEST = 400


def from_calendars(beneficiary_id: int, *, first: date, days: int) -> list[OutsideEvent]:
    """Give the events of the public calendars of a beneficiary, each of its times apart, from this day on."""
    start, _ = bounds_of(first)
    end, _ = bounds_of(first + timedelta(days=days))
    beneficiary = Beneficiary(pk=beneficiary_id)
    return [_given(one) for _, one in public.occurrences_of(beneficiary, start=start, end=end)]


def _given(one: Occurrence) -> OutsideEvent:
    said = one.said
    begins, ends = one.start.astimezone(PARIS), one.end.astimezone(PARIS)
    return OutsideEvent(
        uid=f"{said.uid}-{begins:%Y%m%d}" if one.is_repeated else said.uid,
        title=said.title[:200],
        starts_on=one.first_day,
        ends_on=one.last_day,
        # The same bytes each time: an event says no hour of its own writing that we would trust.
        written_at=datetime(2026, 1, 1, tzinfo=UTC),
        start_time=None if said.is_all_day else begins.time(),
        end_time=None if said.is_all_day or one.end == one.start else ends.time(),
        place=said.place[:200],
        summary=said.words if len(said.words) <= LONGEST else said.words[: LONGEST - 1].rstrip() + "…",
    )
