"""Sessions of every kind on a machine whose link is about to be cut: each holds a lock and is known by its name.

python -m tools.drills.sessions        runs until it is killed
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socle.config.settings")

PREFIX = "drill: "


def says_nothing(cursor: Any) -> None:
    """As the lock of a worker: asked now and then whether it still holds."""


def in_a_transaction(cursor: Any) -> None:
    """Between two queries of a task."""
    cursor.execute("BEGIN")
    cursor.execute("SELECT pg_advisory_xact_lock(900001)")


def an_answer_on_its_way(cursor: Any) -> None:
    """What the database has sent and nobody acknowledges: keepalives say nothing then."""
    cursor.execute("BEGIN")
    cursor.execute("SELECT pg_advisory_xact_lock(900002)")
    while True:
        cursor.execute("SELECT repeat('x', 200000)")
        cursor.fetchall()


def a_query_at_work(cursor: Any) -> None:
    """A database that computes does not look at its link by itself."""
    cursor.execute("BEGIN")
    cursor.execute("SELECT pg_advisory_xact_lock(900003)")
    cursor.execute("SELECT pg_sleep(3600)")


KINDS: tuple[Callable[[Any], None], ...] = (says_nothing, in_a_transaction, an_answer_on_its_way, a_query_at_work)


def name_of(kind: Callable[[Any], None]) -> str:
    return kind.__name__.replace("_", " ")


def hold(kind: Callable[[Any], None]) -> None:
    from django.db import OperationalError, connection

    link = connection.copy()
    # Those of the platform, whatever they are: they are what is on trial.
    link.settings_dict["OPTIONS"]["application_name"] = PREFIX + name_of(kind)
    # Its end is what is watched for, from the other side.
    with contextlib.suppress(OperationalError), link.cursor() as cursor:
        kind(cursor)
        threading.Event().wait()


def main() -> None:
    django.setup()
    for kind in KINDS:
        threading.Thread(target=hold, args=(kind,), daemon=True).start()
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main()
