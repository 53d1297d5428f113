"""Contracts, asked of other rooms: what calendars show, who pays for a site, what is under the map of a commune."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from socle.agreements.contract import Mention
from socle.lib.refusals import Said
from socle.sites.occurrences import Timing


# --- Events written elsewhere than in the editor ---------------------------------------------------------------------
@dataclass(frozen=True)
class OutsideEvent:
    """One time of an event that another room gives to the agenda of a site. It has no page of its own there.

    `uid` names it for ever, this time apart from the others; `origin` says where it comes from, when it must be said.
    """

    uid: str
    title: str
    starts_on: date
    ends_on: date
    written_at: datetime
    start_time: time | None = None
    end_time: time | None = None
    place: str = ""
    summary: str = ""
    origin: str = ""
    own_path: str = ""
    is_free: bool = False
    price: str = ""
    contact: str = ""

    @property
    def timing(self) -> Timing:
        return Timing(self.starts_on, self.ends_on, self.start_time, self.end_time)

    def skipped(self) -> set[date]:
        """It takes place once: each other time is an event too."""
        return set()

    @property
    def first_published_at(self) -> datetime:
        return self.written_at

    @property
    def last_published_at(self) -> datetime:
        return self.written_at


class SiteEvents(Protocol):
    """A room that gives events to sites (`SOCLE_SITES_EVENTS`); `calendar.public_changed` says they changed."""

    def __call__(self, beneficiary_id: int, *, first: date, days: int) -> list[OutsideEvent]: ...


def outside_events(beneficiary_id: int, *, first: date, days: int) -> list[OutsideEvent]:
    """Return what other rooms give to the agenda of a beneficiary's site, from this day on."""
    found: list[OutsideEvent] = []
    for dotted in settings.SOCLE_SITES_EVENTS:
        give: SiteEvents = import_string(dotted)
        found += give(beneficiary_id, first=first, days=days)
    return found


# --- Who pays for a site ---------------------------------------------------------------------------------------------
class SiteFunders(Protocol):
    """A room that says who pays for a beneficiary's site on a day (`SOCLE_SITES_MENTIONS`).

    It compares what is due with what each site shows (`shown_as`), and notes as changed those that differ.
    """

    def __call__(self, beneficiary_id: int, *, on: date) -> list[Mention]: ...


def mentions(beneficiary_id: int, *, on: date) -> list[Mention]:
    """Return what the site of a beneficiary says of who pays for it; nothing where nobody says it."""
    if not settings.SOCLE_SITES_MENTIONS:
        return []
    funders: SiteFunders = import_string(settings.SOCLE_SITES_MENTIONS)
    return funders(beneficiary_id, on=on)


MENTIONED = "publicity:"


def shown_as(mentioned: Sequence[Mention]) -> str:
    """Return the key under which every page of a site that says this is kept."""
    return MENTIONED + hashlib.sha256(repr(list(mentioned)).encode()).hexdigest()[:16]


# --- What is under the map of a commune ------------------------------------------------------------------------------
@dataclass(frozen=True)
class Picture:
    """A picture of a place, with whom it is from: `credit` and `licence` are shown under it, in French.

    `media_type` is PNG, JPEG or WebP, encoded anew before it is shown, or `image/svg+xml`, shown as it is: only what
    draws here may give one. `source_date` says of when the data are, as one writes it (« 2026 »), or nothing.
    """

    content: bytes
    media_type: str
    credit: str
    licence: str
    source_date: str = ""


class BaseMap(Protocol):
    """One source of pictures of the ground (`SOCLE_SITES_MAPS`: the first that answers is kept)."""

    # Whether its pictures show streets: one that does not is never asked for those around a mairie.
    draws_streets: bool

    def source(self) -> str:
        """Name what it draws from, in a few words that nobody reads: other words, and the pictures are made anew."""
        ...

    def picture(self, box: tuple[float, float, float, float], width: int, height: int) -> Picture:
        """Return the picture of a box, in so many points: west, south, east, north, in metres of EPSG:3857.

        The box has the proportions of the picture. Raises `MapError`.
        """
        ...


class MapError(Said):
    """There is no picture to be had. `sentence` is French, for who runs the platform, and holds no address."""
