"""How others read the time zone that a calendar describes."""

import re
from datetime import datetime, timedelta
from io import StringIO

import icalendar
import vobject
from dateutil import tz

from socle.lib.dates import PARIS

WINTER, SUMMER = datetime(2027, 1, 15, 10, tzinfo=PARIS), datetime(2027, 7, 14, 10, tzinfo=PARIS)
PARIS_HOURS = {timedelta(hours=1)}, {timedelta(hours=2)}


def described(text: str) -> str:
    (found,) = re.findall(r"^BEGIN:VTIMEZONE\r?\n.*?^END:VTIMEZONE\r?\n", text, re.M | re.S)
    return found


def read_by_three(text: str) -> tuple[set[timedelta], set[timedelta]]:
    """How far from UTC three readers, who trust the time zone that a file describes, put a winter and a summer day."""
    as_vobject = vobject.readOne(text).vtimezone.tzinfo
    (zone,) = icalendar.Calendar.from_ical(text).walk("VTIMEZONE")
    as_icalendar = zone.to_tz(lookup_tzid=False)
    lines = [line for line in icalendar.parser.Contentlines.from_ical(described(text)) if line]
    as_dateutil = tz.tzical(StringIO("\r\n".join(lines))).get()
    readers = (as_vobject, as_icalendar, as_dateutil)
    return tuple({when.replace(tzinfo=one).utcoffset() for one in readers} for when in (WINTER, SUMMER))
