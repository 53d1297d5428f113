"""Locks that their holder's death lets go, however it dies: no heartbeat to write, no clock to compare.

On PostgreSQL, the session's advisory locks, which every machine shares and which end with the connection. On SQLite,
whose machine is one, the kernel's (`flock`).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection


@contextlib.contextmanager
def held(name: str) -> Iterator[bool]:
    """Hold the lock `name` during the block; yield False, without waiting, when someone else holds it.

    On PostgreSQL the connection must keep its session from one transaction to the next (no pooling by transaction).
    """
    if connection.vendor == "postgresql":
        with _held_by_session(name) as is_mine:
            yield is_mine
    else:
        folder: Path = settings.DATA_DIR / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        with held_file(folder / f"{name}.lock") as is_mine:
            yield is_mine


def hold_until_commit(name: str) -> None:
    """Hold the lock `name` until the transaction in course ends, waiting for whoever has it.

    On SQLite, a transaction that is open is the only one that writes: there is nothing more to hold.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_key(name)])


def are_shared() -> bool:
    """Whether these locks are those of the database, which every machine sees."""
    return bool(connection.vendor == "postgresql")


class Apart:
    """A lock held by a connection that serves for nothing else: it lasts as long as its holder's process and link."""

    def __init__(self, link: Any, *, is_mine: bool) -> None:
        self.link, self.is_mine = link, is_mine

    def still_holds(self) -> bool:
        """Ask the database; a connection that was lost took the lock away with it."""
        if self.link is None or not self.is_mine:
            return self.is_mine
        try:
            with self.link.cursor() as cursor:
                cursor.execute("SELECT 1")
        except (DatabaseError, InterfaceError):
            return False
        return True


@contextlib.contextmanager
def held_apart(name: str, *, among: str = "") -> Iterator[Apart]:
    """Hold the lock `name` during the block, for long, whatever becomes of Django's own connection meanwhile.

    `is_mine` is false, without waiting, when someone else holds it. In the database, `among` is a lock held with all
    those that name it: `is_held` then says whether one of them lives. Raises `OperationalError` when the database does
    not answer.
    """
    if not are_shared():
        with held(name) as is_mine:
            yield Apart(None, is_mine=is_mine)
        return
    link = connection.copy()
    try:
        with link.cursor() as cursor:
            # It says nothing for days: that is no reason to close it.
            cursor.execute("SET idle_session_timeout = 0")
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_key(name)])
            is_mine = bool(cursor.fetchone()[0])
            if among:
                cursor.execute("SELECT pg_try_advisory_lock_shared(%s)", [_key(among)])
        yield Apart(link, is_mine=is_mine)
    finally:
        with contextlib.suppress(DatabaseError, InterfaceError):
            link.close()


def is_held(name: str) -> bool:
    """Whether some process of some machine holds this lock of the database; takes nothing, disturbs nobody."""
    key = _key(name) % 2**64
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND classid::bigint = %s AND objid::bigint = %s)",
            [key >> 32, key & 0xFFFFFFFF],
        )
        return bool(cursor.fetchone()[0])


@contextlib.contextmanager
def held_file(path: Path, *, shared: bool = False) -> Iterator[bool]:
    """Hold the kernel's lock on this file during the block; yield False, without waiting, when someone else does."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _held_by_session(name: str) -> Iterator[bool]:
    key = _key(name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        is_mine = bool(cursor.fetchone()[0])
    try:
        yield is_mine
    finally:
        # A connection that was lost took its locks away with it.
        if is_mine:
            with contextlib.suppress(DatabaseError, InterfaceError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"socle:{name}".encode()).digest()[:8], "big", signed=True)
