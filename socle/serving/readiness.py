"""Whether people may be served: the database answers, and its tables are those that the code expects."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

# How long, in seconds, an answer about migrations holds while some are awaited.
RECHECK = 5.0


def why_not_ready() -> dict[str, str]:
    """Return what is missing for people to be served: a code and a French sentence each; empty when nothing is."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
        is_migrated = migrations.are_done()
    except (DatabaseError, OSError):
        if not connection.in_atomic_block:
            connection.close()
        return {"database": "La base de données ne répond pas."}
    return {} if is_migrated else {"migrations": "La base de données attend « socle migrate »."}


class Migrations:
    """Whether the tables are those the code expects. Once they are, this process need not ask again."""

    def __init__(self) -> None:
        self.is_done = False
        self.asked_at = float("-inf")

    def are_done(self, clock: Callable[[], float] = time.monotonic) -> bool:
        if not self.is_done and clock() - self.asked_at >= RECHECK:
            executor = MigrationExecutor(connection)
            self.is_done = not executor.migration_plan(executor.loader.graph.leaf_nodes())
            self.asked_at = clock()
        return self.is_done


migrations = Migrations()
