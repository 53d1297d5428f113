"""Findings of the readers of the two sources: things found, with what is to be said of each."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from email.utils import parsedate_to_datetime

from socle.lib.dates import day_of
from socle.lib.refusals import Said
from socle.site_import.models import ItemState, Nature

UNTITLED = "Sans titre"
# Before the first sites of communes, a date is a mistake.
FIRST_YEAR = 1990
DAY = re.compile(r"\s*(\d{4})-(\d{2})-(\d{2})")
TAGS = re.compile(r"<[^>]{0,500}>")
# What sits in the middle of a word, or before a comma: no blank in its place.
INLINE_TAGS = re.compile(r"</?(?:a|abbr|b|em|i|mark|s|small|span|strong|sub|sup|u)(?:\s[^>]{0,500})?>", re.IGNORECASE)


class NotReadable(Said):
    """The source cannot be read at all. `sentence` is French, and says what to do."""


@dataclass
class Thing:
    """One thing found, before it is a row: `source` is its key, `notes` what whoever chooses should know."""

    nature: Nature
    source: str
    title: str = ""
    summary: str = ""
    content: str = ""
    alternative: str = ""
    parent_source: str = ""
    picture_source: str = ""
    published_on: date | None = None
    state: ItemState = ItemState.FOUND
    notes: list[str] = field(default_factory=list)

    def leave(self, reason: str) -> Thing:
        """Say that it will not be taken, and why."""
        self.state, self.notes = ItemState.LEFT, [reason]
        return self


def plain(text: str) -> str:
    """Return a text without tags, entities, nor what no screen shows; its blanks made one space."""
    text = html.unescape(TAGS.sub(" ", INLINE_TAGS.sub("", text)))
    return " ".join("".join(sign for sign in text if sign.isprintable() or sign.isspace()).split())


def title_of(written: str, content: str = "") -> tuple[str, bool]:
    """Return a title that can be read, and whether it is the one that was written: else the first words of the text."""
    title = plain(written)
    if any(sign.isalnum() for sign in title):
        return title[:255], True
    words = plain(content[:4000])[:70].rpartition(" ")[0]
    return (f"{words}…" if any(sign.isalnum() for sign in words) else UNTITLED), False


def shortened(text: str, most: int = 300) -> str:
    """Return the first sentences of a text, cut between two words."""
    text = plain(text)
    if len(text) <= most:
        return text
    return f"{text[:most].rpartition(' ')[0] or text[:most]}…"


def day_in(text: str, *, on: date) -> date | None:
    """Read the day of a date as sites write them (ISO 8601, RFC 5322); None for none, or an impossible one."""
    try:
        if found := DAY.match(text):
            day = date(*(int(part) for part in found.groups()))
        else:
            instant: datetime = parsedate_to_datetime(text.strip()[:100])
            day = day_of(instant) if instant.tzinfo else instant.date()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return day if day.year >= FIRST_YEAR and day <= on else None
