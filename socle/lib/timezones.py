"""The hours of Paris, as calendars describe a time zone (RFC 5545, §3.6.5): by the rules that change them.

Libraries describe it by the list of every change they know of. Of such a list others keep the first date (vobject, and
with it the storage of the agendas), and read each summer at the hour of winter.
"""

from __future__ import annotations

import re
from datetime import tzinfo
from io import StringIO

from dateutil import tz
from icalendar import Calendar, Timezone

TZID = "Europe/Paris"
RULES = "".join(
    f"{line}\r\n"
    for line in (
        *("BEGIN:VTIMEZONE", f"TZID:{TZID}"),
        *("BEGIN:STANDARD", "DTSTART:19701025T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
        *("TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "TZNAME:CET", "END:STANDARD"),
        *("BEGIN:DAYLIGHT", "DTSTART:19700329T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"),
        *("TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "TZNAME:CEST", "END:DAYLIGHT"),
        "END:VTIMEZONE",
    )
)


def _part(name: str) -> re.Pattern[str]:
    # In one pass, however many begin and never end.
    lines = rf"(?:(?!(?:BEGIN|END):{name}\b).*\n)*"
    return re.compile(rf"^BEGIN:{name}\r?\n{lines}END:{name}\r?\n", re.MULTILINE | re.IGNORECASE)


_DESCRIPTION, _SUMMER = _part("VTIMEZONE"), _part("DAYLIGHT")
_OF_PARIS = re.compile(rf"^TZID:{TZID}\r?$", re.MULTILINE | re.IGNORECASE)
_LIST = re.compile(r"^RDATE[:;]", re.MULTILINE | re.IGNORECASE)
_LASTING_RULE = re.compile(r"^RRULE[:;](?!.*(?:UNTIL|COUNT)=)", re.MULTILINE | re.IGNORECASE)


def describe_paris(calendar: Calendar) -> None:
    """Describe the hours of Paris in a calendar that says some and does not describe them."""
    if TZID in calendar.get_missing_tzids():
        calendar.subcomponents.insert(0, Timezone.from_ical(RULES))


def is_listed(description: str) -> bool:
    """Whether a description of Paris is a list of dates, whole or cut, by which no summer to come is certain.

    What a program described by a rule, or for the one year that it needs, is its own affair.
    """
    summers = _SUMMER.findall(description)
    return bool(_LIST.search(description)) and not any(_LASTING_RULE.search(one) for one in summers)


def by_rules(text: str, *, whoever_wrote: bool = False) -> str:
    """Describe the hours of Paris by their rules wherever a file lists them; nothing else of it changes.

    `whoever_wrote`: however they are described, where one description serves the events of many hands.
    """
    return _DESCRIPTION.sub(lambda found: _said_by_rules(found[0], whoever_wrote=whoever_wrote), text)


def _said_by_rules(description: str, *, whoever_wrote: bool) -> str:
    is_ours = _OF_PARIS.search(description) is not None and (whoever_wrote or is_listed(description))
    return RULES if is_ours else description


def zone() -> tzinfo:
    """Return the hours of Paris as vobject knows a zone that it read."""
    found: tzinfo | None = tz.tzical(StringIO(RULES)).get()
    assert found is not None
    return found
