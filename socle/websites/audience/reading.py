"""Reading what the web servers in front have written since the last time: each line is counted once.

How far a file was read is kept in the same transaction as what its lines counted: killed at any point, the next reading
begins again from there. Only one reads at a time, whatever the machine; a file brought to several machines is one file,
since it is known by its first line.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from socle.lib import locks
from socle.websites.audience import counting
from socle.websites.audience.lines import Asked, Unreadable, read_line
from socle.websites.audience.logs import BROKEN, LogFile, Portion, files_of, fingerprint, opened, portions
from socle.websites.models.audience import AccessLog, AudienceCount

log = logging.getLogger("socle.websites")

LOCK = "audience"
# How long it is remembered that a file was read, once it is gone.
MEMORY = timedelta(days=90)


@dataclass
class Reading:
    """What one reading did: how many files had something new, how many lines, what they counted, what was wrong."""

    files: int = 0
    lines: int = 0
    counted: int = 0
    unreadable: int = 0
    is_over: bool = True
    is_busy: bool = False
    problems: list[str] = field(default_factory=list)


class Overtaken(Exception):
    """Somebody else has just read this file."""


def read(*, at: datetime, seconds: float | None = None) -> Reading:
    """Read what is new in every file; not longer than so many seconds, a portion at least: the next time goes on."""
    done = Reading()
    if not settings.SOCLE_ACCESS_LOGS:
        return done
    with locks.held(LOCK) as is_mine:
        if not is_mine:
            done.is_busy = True
            return done
        deadline = None if seconds is None else time.monotonic() + seconds
        sites = counting.sites_by_host()
        seen: list[int] = []
        for file in _files(done):
            if not done.is_over:
                break
            try:
                known = _read_file(file, sites, done, at=at, deadline=deadline)
            except Overtaken:
                done.is_busy = True
                break
            except BROKEN as error:
                done.problems.append(f"{file.path}\u00a0: {_said(error)}")
                continue
            if known is not None:
                seen.append(known)
            done.is_over = done.is_over and (deadline is None or time.monotonic() <= deadline)
        AccessLog.objects.filter(pk__in=seen).update(read_at=at)
        AccessLog.objects.filter(read_at__lt=at - MEMORY).delete()
    for problem in done.problems:
        log.warning("audience: %s", problem)
    return done


def _files(done: Reading) -> Iterator[LogFile]:
    for folder in settings.SOCLE_ACCESS_LOGS:
        try:
            yield from files_of(Path(folder))
        except OSError as error:
            done.problems.append(f"{folder}\u00a0: {_said(error)}")


def _said(error: Exception) -> str:
    """The kind of an error, in French: its own message may be anything."""
    if isinstance(error, PermissionError):
        return "ce compte n’a pas le droit de le lire"
    if isinstance(error, FileNotFoundError):
        return "il n’existe pas"
    if isinstance(error, EOFError):
        return "il n’est pas entier"
    return f"il ne se lit pas ({type(error).__name__})"


def _read_file(
    file: LogFile, sites: dict[str, int], done: Reading, *, at: datetime, deadline: float | None
) -> int | None:
    """Read what is new in a file; return the key of its row, or None when its first line is not whole yet."""
    with opened(file) as stream:
        first = fingerprint(stream)
        if not first:
            return None
        known = AccessLog.objects.filter(fingerprint=first).first()
        if known is not None and (known.size, known.modified_ns) == (file.size, file.modified_ns):
            return known.pk
        if known is None:
            known = AccessLog.objects.create(fingerprint=first, name=file.path.name[:200], read_at=at)
        done.files += 1
        for portion in portions(stream, known.offset):
            _count(known, portion, sites, done, at=at)
            if deadline is not None and time.monotonic() > deadline:
                done.is_over = False
                return known.pk
    AccessLog.objects.filter(pk=known.pk).update(
        size=file.size, modified_ns=file.modified_ns, name=file.path.name[:200]
    )
    return known.pk


@transaction.atomic
def _count(known: AccessLog, portion: Portion, sites: dict[str, int], done: Reading, *, at: datetime) -> None:
    """Count a portion of lines and keep how far it goes, in one gesture. Raises Overtaken."""
    held = AccessLog.objects.select_for_update().get(pk=known.pk)
    if held.offset != portion.start:
        raise Overtaken
    tally: Counter[counting.Key] = Counter()
    unreadable, counted = portion.dropped, 0
    for line in portion.lines:
        try:
            asked = read_line(line, at=at)
        except Unreadable:
            unreadable += 1
            continue
        if asked is not None and (website_id := sites.get(asked.host)) is not None:
            counted += 1
            _note(tally, asked, website_id, sites)
    counting.add(tally)
    held.offset = portion.end
    held.unreadable += unreadable
    held.read_at = at
    held.save(update_fields=["offset", "unreadable", "read_at"])
    known.offset = held.offset
    done.lines += len(portion.lines) + portion.dropped
    done.counted += counted
    done.unreadable += unreadable


def _note(tally: Counter[counting.Key], asked: Asked, website_id: int, sites: dict[str, int]) -> None:
    tally[website_id, asked.counted_on, asked.kind, asked.label] += 1
    # From one page of a site to another, one comes from nowhere.
    came = asked.source and asked.kind == AudienceCount.Kind.PAGE
    if came and website_id not in (sites.get(asked.source), sites.get(f"www.{asked.source}")):
        tally[website_id, asked.counted_on, AudienceCount.Kind.SOURCE, asked.source] += 1
