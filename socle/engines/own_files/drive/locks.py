"""The locks of the drive, in the database: what one process grants, every other sees.

The manager of the library judges (who holds what, and what it forbids); the storage keeps. A request reads the locks of
its folder once; what grants or gives back a lock does so while the folder's row is held (`Folders`), so that two
processes never grant the same thing at the same time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from wsgidav import util
from wsgidav.lock_man.lock_manager import LockManager, generate_lock_token, normalize_lock_root

from socle.engines.own_files.drive.reach import REACH
from socle.files import queries
from socle.files.models import Lock

# A program that is still there asks again in time; one that died does not hold a document for a week.
BY_DEFAULT, MOST = 3600, 24 * 3600
LONGEST_OWNER = 2000


class DatabaseLocks:
    """Storage of locks for the library's manager, of the folder that the request is in."""

    def open(self) -> None:
        return None

    def close(self) -> None:
        return None

    def cleanup(self) -> None:
        return None

    def get(self, token: str) -> dict[str, Any] | None:
        """The lock of this token, or None when it is over."""
        return next((_told(one) for one in _live() if one.token == token), None)

    def create(self, path: str, lock: dict[str, Any]) -> dict[str, Any]:
        """Keep a lock that the manager grants, and give it its token and its end."""
        reach = REACH.get()
        assert reach.space is not None
        seconds, at = _bounded(lock.get("timeout")), timezone.now()
        made = Lock.objects.create(
            space=reach.space,
            token=generate_lock_token(),
            path=normalize_lock_root(path),
            scope=lock["scope"],
            is_deep=lock["depth"] == "infinity",
            owner=_short(util.to_str(lock["owner"] or b"")),
            user=reach.user,
            timeout=seconds,
            expires_at=at + timedelta(seconds=seconds),
        )
        reach.locks = None
        lock.update(_told(made))
        return lock

    def refresh(self, token: str, *, timeout: float) -> dict[str, Any]:
        """Give more time to a lock."""
        found = next(one for one in _live() if one.token == token)
        found.timeout = _bounded(timeout)
        found.expires_at = timezone.now() + timedelta(seconds=found.timeout)
        found.save(update_fields=["timeout", "expires_at"])
        REACH.get().locks = None
        return _told(found)

    def delete(self, token: str) -> bool:
        """Give back a lock; False when there is none."""
        reach = REACH.get()
        count, _ = Lock.objects.filter(space=reach.space, token=token).delete()
        reach.locks = None
        return bool(count)

    def get_lock_list(self, path: str, *, include_root: bool, include_children: bool, token_only: bool) -> list[Any]:
        """The locks on this very address, on what is under it, or both."""
        root = normalize_lock_root(path)
        found = [
            _told(one)
            for one in _live()
            if (include_root and one.path == root) or (include_children and util.is_child_uri(root, one.path))
        ]
        return [lock["token"] for lock in found] if token_only else found


class OneAtATime(LockManager):
    """The library's manager; what it would keep in the memory of one process is looked at again when a file is kept."""


def _live() -> list[Lock]:
    reach = REACH.get()
    if reach.space is None:
        return []
    if reach.locks is None:
        reach.locks = queries.live_locks(reach.space, timezone.now())
    return reach.locks


def _told(lock: Lock) -> dict[str, Any]:
    """A lock as the library reads it."""
    return {
        "root": lock.path,
        "type": "write",
        "scope": lock.scope,
        "depth": "infinity" if lock.is_deep else "0",
        "owner": util.to_bytes(lock.owner),
        "timeout": float(lock.timeout),
        "expire": _seconds(lock.expires_at),
        "principal": str(lock.user_id),
        "token": lock.token,
    }


def _short(owner: str) -> str:
    # Cut, it would not be XML any more.
    return owner if len(owner) <= LONGEST_OWNER and "\x00" not in owner else ""


def _seconds(at: datetime) -> float:
    return at.timestamp()


def _bounded(timeout: Any) -> int:
    if timeout is None:
        return BY_DEFAULT
    seconds = float(timeout)
    return MOST if seconds < 0 else int(min(max(1, seconds), MOST))
