"""Count what the web servers in front have written since the last time: each line once, by site, month and page.

Caddy (deploy/one-machine/audience.caddy) and nginx (deploy/nginx/audience.conf) write the same words. How far a file
was read is kept in the same transaction as what its lines counted: killed at any point, the next reading begins again
from there. A file brought to several machines is one file, since it is known by its first line.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import os
import stat
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import unquote

from django.conf import settings
from django.db import models, transaction
from django_scopes import scopes_disabled

from socle.lib import locks
from socle.lib.dates import day_of
from socle.quality.models.audience import LONGEST, AccessLog, PageViews
from socle.sites.models.names import ANSWERING, SiteName
from socle.sites.models.sites import WebSite

log = logging.getLogger("socle.sites")

LOCK = "audience"
# How long it is remembered that a file was read, once it is gone.
MEMORY = timedelta(days=90)
# What is read at once, the longest line that may be one of ours, the most pages that one month of one site may have.
PORTION, LONGEST_LINE, MOST_PATHS = 2**20, 2**16, 1000
OTHERS = ""
# A file that is broken, or not whole yet.
BROKEN = (EOFError, zlib.error, OSError)
# No such server existed before; a clock that is a little ahead is no lie.
FIRST, AHEAD = datetime(2024, 1, 1, tzinfo=UTC), timedelta(hours=1)
# (site, month, path)
Key = tuple[int, date, str]


# --- A line ----------------------------------------------------------------------------------------------------------
class Unreadable(Exception):
    """This line is not one that our server writes."""


def read_line(line: bytes, *, at: datetime) -> tuple[str, date, str] | None:
    """Return the host, the month and the path of a page that was seen; None when the line counts for nothing.

    Raises Unreadable when it is not one of ours, whatever it is.
    """
    try:
        told = json.loads(line)
        request, status = told["request"], told["status"]
        host, uri, method = (str(request[name]) for name in ("host", "uri", "method"))
        moment = datetime.fromtimestamp(float(told["ts"]), UTC)
        if not FIRST <= moment <= at + AHEAD:
            raise Unreadable
    except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError) as error:
        raise Unreadable from error
    path = path_of(uri)
    # What the server writes of whoever seems to be a person; a page is read, or still the same for its reader.
    if told.get("reader") != "person" or method != "GET" or status not in (200, 304) or not path:
        return None
    return host.lower().partition(":")[0].rstrip("."), day_of(moment).replace(day=1), path


def path_of(uri: str) -> str:
    """The path of a page, as a person reads it: no query, nothing encoded. Nothing when it is no page."""
    path = unquote(uri.partition("?")[0]).removesuffix("index.html")
    if not path.startswith("/") or not path.endswith("/") or path.startswith(("/_/", "/-/", "//")):
        return ""
    return path if len(path) <= LONGEST and path.isprintable() and "\ufffd" not in path else ""


# --- The files -------------------------------------------------------------------------------------------------------
class LogFile(NamedTuple):
    """One file: when it was last written, in seconds, where it is, what it weighs."""

    modified: float
    path: Path
    size: int


def files_of(folder: Path) -> list[LogFile]:
    """The files of a folder and of its own folders, the oldest first. Raises OSError when the folder cannot be read.

    A link is not followed: whoever writes in this folder must not choose what is read elsewhere.
    """
    found = []
    with os.scandir(folder) as entries:
        inner = [Path(place.path) for place in entries if place.is_dir(follow_symlinks=False)]
    for each in (folder, *inner):
        with os.scandir(each) as entries:
            for entry in entries:
                if entry.name.endswith((".log", ".log.gz")) and entry.is_file(follow_symlinks=False):
                    told = entry.stat(follow_symlinks=False)
                    found.append(LogFile(told.st_mtime, Path(entry.path), told.st_size))
    return sorted(found)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file, decompressed when it is compressed; never a link, a pipe or a device. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as raw:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("not a regular file")
        if path.suffix == ".gz":
            with gzip.GzipFile(fileobj=raw, mode="rb") as plain:
                yield plain  # type: ignore[misc]
        else:
            yield raw


def _portion(stream: BinaryIO) -> tuple[list[bytes], bool]:
    """Read whole lines, and say whether there may be more; half a line at the end is left for the next time.

    A line too long to be ours comes in pieces, none of which can be read. Raises what BROKEN lists.
    """
    lines: list[bytes] = []
    size = 0
    try:
        while size < PORTION:
            line = stream.readline(LONGEST_LINE)
            if not line.endswith(b"\n") and len(line) < LONGEST_LINE:
                return lines, False
            lines.append(line)
            size += len(line)
    except BROKEN:
        if not lines:
            raise  # Otherwise what precedes is good; the next reading says what is not.
        return lines, False
    return lines, True


# --- Reading ---------------------------------------------------------------------------------------------------------
@dataclass
class Reading:
    """Result of one reading: how many files had something new, how many lines, what they counted, what was wrong."""

    files: int = 0
    lines: int = 0
    counted: int = 0
    unreadable: int = 0
    is_busy: bool = False
    problems: list[str] = field(default_factory=list)


def read(*, at: datetime, seconds: float | None = None) -> Reading:
    """Read what is new in every file; not longer than so many seconds, a portion at least: the next time goes on."""
    done = Reading()
    deadline = time.monotonic() + seconds if seconds is not None else None
    with locks.held(LOCK) as is_mine, scopes_disabled():  # A log is of every site of the installation.
        if not is_mine:
            done.is_busy = True
            return done
        sites = sites_by_host()
        for folder in settings.SOCLE_ACCESS_LOGS:
            try:
                files = files_of(Path(folder))
            except OSError as error:
                done.problems.append(f"{folder}\u00a0: {_said(error)}")
                continue
            for file in files:
                try:
                    _read_file(file, sites, done, at=at, deadline=deadline)
                except BROKEN as error:
                    done.problems.append(f"{file.path}\u00a0: {_said(error)}")
                if deadline is not None and time.monotonic() > deadline:
                    return done
        AccessLog.objects.filter(read_at__lt=at - MEMORY).delete()
    for problem in done.problems:
        log.warning("audience: %s", problem)
    return done


def sites_by_host() -> dict[str, int]:
    """The sites by each host that leads to them: their main one, the one they were born with, their other names."""
    found: dict[str, int] = {}
    names = SiteName.objects.filter(status__in=ANSWERING).values_list("domain", "website_id")
    for domain, website_id in names:
        found |= {domain: website_id, f"www.{domain}": website_id}
    for website in WebSite.objects.only("pk", "slug", "host"):
        found |= {website.first_host: website.pk, website.host: website.pk}
    return found


def _said(error: Exception) -> str:
    """The kind of an error, in French: its own message may be anything."""
    if isinstance(error, PermissionError):
        return "ce compte n’a pas le droit de le lire"
    return "il n’existe pas" if isinstance(error, FileNotFoundError) else f"il ne se lit pas ({type(error).__name__})"


def _read_file(file: LogFile, sites: dict[str, int], done: Reading, *, at: datetime, deadline: float | None) -> None:
    """Read what is new in a file, portion by portion, until its end or the deadline."""
    with opened(file.path) as stream:
        first = stream.readline(LONGEST_LINE)
        if not first.endswith(b"\n") and len(first) < LONGEST_LINE:
            return  # Its first line is not whole yet.
        mark = hashlib.sha256(first).hexdigest()
        known, _ = AccessLog.objects.get_or_create(fingerprint=mark, defaults={"read_at": at})
        if known.size != file.size:
            done.files += 1
            stream.seek(known.offset)
            more = True
            while more:
                lines, more = _portion(stream)
                known.offset = _count(known, lines, sites, done, at=at)
                if more and deadline is not None and time.monotonic() > deadline:
                    return
    AccessLog.objects.filter(pk=known.pk).update(size=file.size, read_at=at)


@transaction.atomic
def _count(known: AccessLog, lines: list[bytes], sites: dict[str, int], done: Reading, *, at: datetime) -> int:
    """Count these lines and keep how far they go, in one gesture; return that offset."""
    tally: Counter[Key] = Counter()
    for line in lines:
        try:
            seen = read_line(line, at=at)
        except Unreadable:
            done.unreadable += 1
            continue
        if seen is not None and (website_id := sites.get(seen[0])) is not None:
            tally[website_id, seen[1], seen[2]] += 1
    _add(tally)
    offset = known.offset + sum(map(len, lines))
    AccessLog.objects.filter(pk=known.pk).update(offset=offset, read_at=at)
    done.lines += len(lines)
    done.counted += tally.total()
    return offset


def _add(tally: Mapping[Key, int]) -> None:
    """Add these numbers to those kept; those of too many pages together: whoever asks for anything fills no disk."""
    if not tally:
        return
    websites, months, _ = (set(part) for part in zip(*tally, strict=True))
    there = PageViews.objects.filter(website__in=websites, month_on__in=months)
    total = Counter({(row.website_id, row.month_on, row.path): row.views for row in there})
    lines = Counter((website_id, month) for website_id, month, _ in total)
    changed: set[Key] = set()
    for key, views in tally.items():
        website_id, month, _ = key
        if key not in total and lines[website_id, month] >= MOST_PATHS:
            key = (website_id, month, OTHERS)
        lines[website_id, month] += key not in total
        total[key] += views
        changed.add(key)
    PageViews.objects.bulk_create(
        (PageViews(website_id=key[0], month_on=key[1], path=key[2], views=total[key]) for key in changed),
        batch_size=500,
        update_conflicts=True,
        unique_fields=["website", "month_on", "path"],
        update_fields=["views"],
    )


def erase_old(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Erase the numbers of the months that ended before this instant (config/retention.py)."""
    with scopes_disabled():  # A rule of retention is of every site.
        rows = PageViews.objects.filter(month_on__lt=day_of(before).replace(day=1))
        return int(rows.count() if is_dry else rows.delete()[0])
