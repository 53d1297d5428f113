"""Looks at the servers from where they are, and keeps what was seen in a file that the platform reads.

The logs and the queue are root's: a timer of systemd looks in production (deploy/mail), the worker itself in a trial.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from socle.engines.postfix_dovecot import certificates, copies, exporting
from socle.engines.postfix_dovecot.doveadm import Doveadm, DoveadmError
from socle.engines.postfix_dovecot.layout import Layout
from socle.engines.postfix_dovecot.servers import Servers
from socle.engines.roundcube.server import answers
from socle.lib import dates
from socle.mail.server_status import Certificate, Seen, Times
from socle.people.devices import queries as devices

NAME = "seen.json"
# How much of the end of a log is read, and how many addresses are told.
TAIL, MOST = 8 * 1024 * 1024, 50
DAY = timedelta(days=1)
# What Dovecot says when it refuses somebody, whether they came by IMAP or to send (auth_verbose).
REFUSED = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) auth-worker\(([^\s()<>,]{3,254})(?:,[^)]*)?\)(?:<[^>]*>)+: "
    r"request \[\d+\]: Info: sql: (?:unknown user|Password mismatch)",
    re.ASCII | re.IGNORECASE,
)
# What Dovecot says of the device that read a box, when it leaves (mail_log_prefix).
READ_BY = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) imap\([^\s()<>]+\)<\d+><[^<>]*><([^\s<>]{8})>: Info: Disconnected", re.ASCII
)


def why_not_look(layout: Layout) -> str | None:
    """Say why this process cannot look at the servers, or None."""
    if os.geteuid() == 0:
        return None
    return "Les journaux et la file d’attente ne se lisent que sous root\u00a0: un minuteur de systemd le fait."


def look(layout: Layout, *, at: datetime) -> Seen:
    """Look at everything now, and keep it for `latest`; note which devices read the mail."""
    devices.note_used(_read_by(layout.folder / "log/dovecot.log"))
    waiting, deferred, oldest, reasons = _queue(layout)
    found = Seen(
        looked_at=at,
        servers=tuple(Servers(layout).running().items()),
        waiting=waiting,
        deferred=deferred,
        oldest_at=oldest,
        reasons=reasons,
        refused=_refused(layout.folder / "log/dovecot.log", at=at),
        slowed=_slowed(layout.folder / "rates/rates.sqlite", at=at),
        last_copy_at=copies.last_copy_at(layout) if (Path(layout.copies) / "config").exists() else None,
        webmail=answers(settings.SOCLE_MAIL_WEBMAIL_URL) if settings.SOCLE_MAIL_WEBMAIL_URL else None,
        sessions=_sessions(layout),
        certificate=certificates.look(layout),
    )
    new = layout.folder / f"{NAME}.new"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(found), file, default=lambda instant: instant.isoformat())
    _as(new, layout.folder / "servers.json")
    os.replace(new, layout.folder / NAME)
    return found


def _as(path: Path, model: Path) -> None:
    """Whoever reads the description of the servers reads what was seen of them."""
    with contextlib.suppress(OSError):
        owner = model.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def latest() -> Seen | None:
    """Return the last status seen, or None."""
    layout = exporting.layout()
    return read(layout.folder / NAME) if layout is not None else None


def read(path: Path) -> Seen | None:
    """Read a file of `look`; None when there is none, or it is not one of ours."""
    try:
        said: dict[str, Any] = json.loads(path.read_text())
        return Seen(
            looked_at=datetime.fromisoformat(said["looked_at"]),
            servers=tuple((str(name), bool(runs)) for name, runs in said["servers"]),
            waiting=said["waiting"],
            deferred=said["deferred"],
            oldest_at=_instant(said["oldest_at"]),
            reasons=tuple((str(why), int(count)) for why, count in said["reasons"]),
            refused=tuple(_times(one) for one in said["refused"]),
            slowed=tuple(_times(one) for one in said["slowed"]),
            last_copy_at=_instant(said["last_copy_at"]),
            webmail=said.get("webmail"),
            # Not in what an older release kept.
            sessions=said.get("sessions"),
            certificate=_certificate(said.get("certificate")),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _certificate(said: dict[str, Any] | None) -> Certificate | None:
    if said is None:
        return None
    shown = tuple((str(name), datetime.fromisoformat(end)) for name, end in said["shown"])
    return Certificate(str(said["path"]), bool(said["is_own"]), _instant(said["ends_at"]), shown)


def _instant(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None


def _times(said: dict[str, Any]) -> Times:
    return Times(str(said["address"]), int(said["times"]), _instant(said["last_at"]))


def _sessions(layout: Layout) -> int | None:
    try:
        return Doveadm(layout).connected()
    except DoveadmError:
        return None


def _queue(layout: Layout) -> tuple[int | None, int | None, datetime | None, tuple[tuple[str, int], ...]]:
    """The messages that wait, those put off, since when the oldest is there, and why they wait."""
    try:
        listed = subprocess.run(  # noqa: S603 (our own arguments)
            ["/usr/sbin/postqueue", "-c", str(layout.postfix), "-j"],
            capture_output=True,
            text=True,
            timeout=60,
            errors="replace",
        )
        if listed.returncode != 0:
            return None, None, None, ()
        waiting = [json.loads(line) for line in listed.stdout.splitlines() if line.strip()]
        deferred = [one for one in waiting if one.get("queue_name") == "deferred"]
        # An address is nobody's business here: what is between angle brackets goes.
        reasons = Counter(
            re.sub(r"<[^>]*>", "<…>", str(recipient.get("delay_reason", "")))[:160]
            for one in deferred
            for recipient in one.get("recipients", [])
        )
        oldest = min((int(one["arrival_time"]) for one in waiting), default=None)
    except (OSError, ValueError, KeyError, subprocess.SubprocessError):
        return None, None, None, ()
    since = datetime.fromtimestamp(oldest, UTC) if oldest is not None else None
    return len(waiting), len(deferred), since, tuple((why, count) for why, count in reasons.most_common(5) if why)


def _refused(log: Path, *, at: datetime) -> tuple[Times, ...]:
    times: Counter[str] = Counter()
    last: dict[str, datetime] = {}
    for line in _tail(log):
        if (found := REFUSED.match(line)) is None:
            continue
        when = datetime.strptime(found[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=dates.PARIS)
        if at - DAY <= when <= at + DAY:
            times[found[2].lower()] += 1
            last[found[2].lower()] = when
    return tuple(Times(address, count, last[address]) for address, count in times.most_common(MOST))


def _read_by(log: Path) -> dict[str, datetime]:
    """When each device last ended reading, by the public beginning of its secret."""
    found = filter(None, map(READ_BY.match, _tail(log)))
    return {one[2]: datetime.strptime(one[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=dates.PARIS) for one in found}


def _tail(path: Path) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL))
            for line in file:
                yield line.decode("utf-8", errors="replace")
    except OSError:
        return


def _slowed(path: Path, *, at: datetime) -> tuple[Times, ...]:
    if not path.exists():
        return ()
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path, timeout=5)) as rates:
        day = int(at.timestamp()) // 86400
        found = rates.execute(
            "SELECT login, sum(times) FROM held WHERE day >= ? GROUP BY login ORDER BY 2 DESC LIMIT ?", (day - 1, MOST)
        ).fetchall()
        return tuple(Times(str(login), int(times)) for login, times in found)
    return ()
