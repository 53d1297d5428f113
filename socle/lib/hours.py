"""An hour of the day, as people read and write it in French."""

from __future__ import annotations

import re
from datetime import time

HOUR = re.compile(
    r"([0-9]{1,2})(?:\s*(?:h|heures?|[:.])\s*(?:([0-9]{2})(?:\s*(?:min|mn|minutes?))?)?(?::[0-9]{2})?)?", re.I
)


def hour_of(text: str) -> time | None:
    """Return the hour that is written: 18:30, 18h30, 18 h 30, 18.30, 18h, 18; None when it cannot be read."""
    found = HOUR.fullmatch(text.strip())
    if found is None or text.strip()[-1] in ":.":
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def hour(at: time) -> str:
    """Return « 14 h », « 14 h 30 », with no-break spaces."""
    return f"{at.hour}\u00a0h" + (f"\u00a0{at.minute:02d}" if at.minute else "")


def from_to(opens: time, closes: time) -> str:
    """Return « 9 h – 12 h », which stays on one line."""
    return f"{hour(opens)}\u00a0–\u00a0{hour(closes)}"
