"""Calendars: what programs ask of one among hundreds of thousands of events, and Radicale by hand beside."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tools.bench.continuity import dav
from tools.bench.continuity.dav import SERIAL, Asked, Gesture
from tools.bench.continuity.furnishing import event

HOME, SLUG = "agendas", "mairie"
# As its documentation has it, each choice the quickest: passwords in clear and kept in memory, no log of requests.
CONFIGURATION = """
[auth]
type = htpasswd
htpasswd_filename = {where}/users
htpasswd_encryption = plain
htpasswd_cache = True
[rights]
type = owner_only
[storage]
filesystem_folder = {where}/collections
[web]
type = none
[logging]
level = warning
"""
XML = {"Content-Type": "application/xml; charset=utf-8"}
QUERY = (
    '<?xml version="1.0" encoding="utf-8"?><C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
    '<D:prop><D:getetag/><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR">'
    '<C:comp-filter name="VEVENT"><C:time-range start="{start:%Y%m%dT000000Z}" end="{end:%Y%m%dT000000Z}"/>'
    "</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
)
SYNC = (
    '<?xml version="1.0" encoding="utf-8"?><D:sync-collection xmlns:D="DAV:"><D:sync-token>{token}</D:sync-token>'
    "<D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>"
)
TOKEN = re.compile(rb"<(?:\w+:)?sync-token>([^<]+)<")


def login_of(place: dict[str, Any]) -> str:
    """How each mairie is called in what is done by hand."""
    return f"c{place['pk']}"


@contextlib.contextmanager
def by_hand(where: Path, agendas: Path, chosen: Sequence[dict[str, Any]]) -> Iterator[dav.Served]:
    """Serve the same events with Radicale alone.

    Its files are other names of ours: both replace a file by another and never write in it.
    """
    root = where / "collections/collection-root"
    root.mkdir(parents=True)
    for place in chosen:
        ours = agendas / str(place["pk"]) / "collection-root" / HOME / SLUG
        shutil.copytree(ours, root / login_of(place) / SLUG, copy_function=os.link)
    (where / "users").write_text("".join(f"{login_of(place)}:{place['secret']}\n" for place in chosen))
    (where / "config").write_text(CONFIGURATION.format(where=where))
    with dav.served("radicale:application", where, {"RADICALE_CONFIG": str(where / "config")}) as served:
        yield served


def gestures(chosen: Sequence[dict[str, Any]], *, ours: int, by_hand: int) -> list[Gesture]:
    """What is asked of both: a month, what has changed since the last time, a new event, an event changed."""
    now = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    month = QUERY.format(start=now.replace(day=1), end=now.replace(day=1) + timedelta(days=31))
    new = event(0, 1, now)[1].replace("0-1@mesure", SERIAL)

    def both(name: str, method: str, tail: str, body: str, *, counts: str = "", depth: str = "") -> Gesture:
        headers = {**(XML if method == "REPORT" else {"Content-Type": "text/calendar; charset=utf-8"})}
        headers |= {"Depth": depth} if depth else {}
        mine = [
            Asked(method, f"/dav/agenda/{one['pk']}/{HOME}/{SLUG}/{tail}", one["login"], one["secret"], body, headers)
            for one in chosen
        ]
        theirs = [
            Asked(method, f"/{login_of(one)}/{SLUG}/{tail}", login_of(one), one["secret"], body, headers)
            for one in chosen
        ]
        return Gesture(name, mine, theirs, counts)

    month_asked = both("REPORT, the events of a month", "REPORT", "", month, counts="BEGIN:VEVENT", depth="1")
    synced = both("REPORT, what changed since the last time (nothing)", "REPORT", "", SYNC.format(token=""))
    with ThreadPoolExecutor(8) as pool:
        kept = Gesture(
            synced.name,
            list(pool.map(lambda one: _since(one, ours), synced.ours)),
            list(pool.map(lambda one: _since(one, by_hand), synced.by_hand)),
        )
    added = both("PUT, a new event", "PUT", f"{SERIAL}.ics", new)
    changed = _changed(chosen, now)
    return [month_asked, kept, changed, added]


def _since(asked: Asked, port: int) -> Asked:
    """The same, asked by a program that was there just before."""
    found = TOKEN.search(asked.ask(port).data)
    assert found, asked.path
    return Asked(
        asked.method, asked.path, asked.login, asked.secret, SYNC.format(token=found[1].decode()), asked.headers
    )


def _changed(chosen: Sequence[dict[str, Any]], now: datetime) -> Gesture:
    headers = {"Content-Type": "text/calendar; charset=utf-8"}
    mine, theirs = [], []
    for one in chosen:
        uid, text = event(one["pk"], 7, now)
        text = text.replace("SUMMARY:", f"SUMMARY:{SERIAL} ")
        mine.append(
            Asked("PUT", f"/dav/agenda/{one['pk']}/{HOME}/{SLUG}/{uid}.ics", one["login"], one["secret"], text, headers)
        )
        theirs.append(Asked("PUT", f"/{login_of(one)}/{SLUG}/{uid}.ics", login_of(one), one["secret"], text, headers))
    return Gesture("PUT, an event changed", mine, theirs)
