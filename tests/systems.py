"""Whole installations, made and compared: their database of the kind under test, their data directory."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from socle.operations.safekeeping import inventory
from tests import migrated

SOCLE = [sys.executable, "-m", "socle"]
FURNISH = [sys.executable, "-m", "tests.operations.safekeeping.furnish"]


def uses_postgresql() -> bool:
    return connection.vendor == "postgresql"


@contextlib.contextmanager
def server() -> Iterator[psycopg.Connection[Any]]:
    """The server of the database under test."""
    there = connection.settings_dict
    with psycopg.connect(
        host=there["HOST"],
        port=there["PORT"],
        user=there["USER"],
        password=there["PASSWORD"],
        dbname="postgres",
        autocommit=True,
    ) as opened:
        yield opened


@dataclass(frozen=True)
class Held:
    """What an installation holds: the rows of each table, and the files, with their digests."""

    rows: dict[str, list[str]]
    files: dict[str, str]


@dataclass
class System:
    """One installation. Its database is made empty with it, and goes with it."""

    data: Path
    database: str = field(default_factory=lambda: f"essai_{secrets.token_hex(6)}")

    def __enter__(self) -> System:
        if uses_postgresql():
            with server() as there:
                there.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.database)))
        return self

    def __exit__(self, *args: object) -> None:
        if uses_postgresql():
            with server() as there:
                there.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.database)))

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SOCLE_")}
        ours = {
            "SOCLE_DATA_DIR": str(self.data),
            "SOCLE_TASKS_BACKEND": "django_tasks.backends.immediate.ImmediateBackend",
            "SOCLE_STATIC_BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
            "DJANGO_SETTINGS_MODULE": "socle.config.settings",
        }
        if uses_postgresql():
            there = connection.settings_dict
            ours["SOCLE_DATABASE_URL"] = (
                f"postgres://{there['USER']}:{there['PASSWORD']}@{there['HOST']}:{there['PORT']}/{self.database}"
            )
        return inherited | ours

    def migrate(self) -> None:
        """Make its tables, from those that the tests keep where they are kept."""
        if not uses_postgresql():
            migrated.lay(self.environment)
            return
        self.data.mkdir(exist_ok=True)
        with server() as there:
            if there.execute("SELECT 1 FROM pg_database WHERE datname = %s", [migrated.template()]).fetchone():
                ours, kept = sql.Identifier(self.database), sql.Identifier(migrated.template())
                there.execute(sql.SQL("DROP DATABASE {}").format(ours))
                there.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(ours, kept))
                return
        done = self.run("migrate", "--verbosity", "0")
        assert done.returncode == 0, done.stderr[-2000:]

    def run(self, *line: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """`socle …` here; what it says, and how it ends."""
        return self._run([*SOCLE, *line], extra)

    def furnish(self, *line: str) -> subprocess.CompletedProcess[str]:
        return self._run([*FURNISH, *line], {})

    def python(self, code: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return self._run([sys.executable, "-c", code], extra)

    def _run(self, line: list[str], extra: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            line, env=self.environment | extra, text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=300
        )

    def held(self) -> Held:
        """All that it holds now."""
        return Held(self.rows(), self.files())

    # --- What it holds ------------------------------------------------------------------------------------------------
    def rows(self, schema: str = "public") -> dict[str, list[str]]:
        """Every row of every table, as text, in an order of its own."""
        if not uses_postgresql():
            with contextlib.closing(sqlite3.connect(self.data / "socle.sqlite3")) as database:
                tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
                return {name: sorted(map(repr, database.execute(f'SELECT * FROM "{name}"'))) for name in tables}
        there = connection.settings_dict
        with psycopg.connect(
            host=there["HOST"],
            port=there["PORT"],
            user=there["USER"],
            password=there["PASSWORD"],
            dbname=self.database,
        ) as database:
            found = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema]).fetchall()
            query = sql.SQL("SELECT * FROM {}")
            return {
                name: sorted(map(repr, database.execute(query.format(sql.Identifier(schema, name))).fetchall()))
                for (name,) in found
            }

    def tables(self) -> list[str]:
        """All that makes its schema, as SQLite says it: columns, defaults, indexes, constraints, triggers."""
        with contextlib.closing(sqlite3.connect(self.data / "socle.sqlite3")) as database:
            found = database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name != 'sqlite_stat1'")
            return sorted(map(str, found))

    def files(self) -> dict[str, str]:
        """Every file that lasts, by its path, with its SHA-256 and its rights."""
        found = {}
        for name in inventory.entries(self.data):
            place = self.data / name
            for path in [place] if place.is_file() else sorted(place.rglob("*")):
                if path.is_file():
                    digest = hashlib.sha256(path.read_bytes()).hexdigest()
                    found[str(path.relative_to(self.data))] = f"{digest} {path.stat().st_mode & 0o777:o}"
        return found


Reading = tuple[list[str], Callable[[str], list[str]], Callable[[str, list[str]], Iterable[tuple[Any, ...]]]]


@contextlib.contextmanager
def database_of(system: System) -> Iterator[Reading]:
    """The names of its tables, the columns of one, and how its rows are read."""
    if uses_postgresql():
        there = connection.settings_dict
        with psycopg.connect(
            host=there["HOST"],
            port=there["PORT"],
            user=there["USER"],
            password=there["PASSWORD"],
            dbname=system.database,
        ) as opened:
            names = opened.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()

            def columns_in_postgresql(table: str) -> list[str]:
                query = sql.SQL("SELECT * FROM {} LIMIT 0").format(sql.Identifier(table))
                return [column.name for column in opened.execute(query).description or ()]

            def read_in_postgresql(table: str, columns: list[str]) -> Iterable[tuple[Any, ...]]:
                query = sql.SQL("SELECT {} FROM {}").format(
                    sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table)
                )
                return opened.execute(query)

            yield [name for (name,) in names], columns_in_postgresql, read_in_postgresql
        return
    with contextlib.closing(sqlite3.connect(system.data / "socle.sqlite3")) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]

        def columns_in_sqlite(table: str) -> list[str]:
            return [column[0] for column in database.execute(f'SELECT * FROM "{table}" LIMIT 0').description]

        def read_in_sqlite(table: str, columns: list[str]) -> Iterable[tuple[Any, ...]]:
            return database.execute('SELECT {} FROM "{}"'.format(", ".join(f'"{c}"' for c in columns), table))

        yield [name for name in tables if "_fts" not in name], columns_in_sqlite, read_in_sqlite


def assert_same(one: Held, other: Held) -> None:
    """Row by row, file by file."""
    assert one.rows.keys() == other.rows.keys()
    for table, rows in one.rows.items():
        assert other.rows[table] == rows, table
    assert one.files == other.files
