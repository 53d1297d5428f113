"""The relations that Postfix and Dovecot read: who receives, who opens, who may write in which name.

One SQLite file beside the servers, or a schema of PostgreSQL with a role that may only read. Only what differs is
written, in one short transaction: the servers read all along. Each row says whose it is, so that one beneficiary's rows
are compared without looking at the others'.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import psycopg

from socle.engines.postfix_dovecot.layout import Layout

SCHEMA = "mail_maps"
# Whose rows are those of a box lent for the time of a reading (`lending`): no export touches them.
LENT = -1
Row = tuple[str | int, ...]
# The columns of each relation after `owner`, the beneficiary's key; the first ones named are its key.
COLUMNS: dict[str, tuple[str, ...]] = {
    # The domains for which mail is taken.
    "domains": ("name",),
    # The boxes: where each rests and how many bytes it may hold.
    "mailboxes": ("address", "home", "quota"),
    # What a client may give as a login, the box it opens, and the device password that opens it.
    "logins": ("address", "prefix", "box", "digest", "may_send"),
    # Under which addresses whoever signed in may write.
    "senders": ("address", "login"),
    # Where what is written to an address goes.
    "aliases": ("source", "destination"),
}
KEYS = {"domains": 1, "mailboxes": 1, "logins": 2, "senders": 2, "aliases": 2}
NUMBERS = {"quota", "may_send"}


@dataclass
class Relations:
    """All rows, or those of some beneficiaries: sets of rows that begin with their owner."""

    rows: dict[str, set[Row]] = field(default_factory=lambda: {name: set() for name in COLUMNS})

    def add(self, relation: str, owner: int, *values: str | int) -> None:
        self.rows[relation].add((owner, *values))

    def count(self) -> int:
        return sum(len(rows) for rows in self.rows.values())


@dataclass(frozen=True)
class Written:
    """How many rows appeared and went, and the boxes of which a way in was closed."""

    added: int = 0
    removed: int = 0
    closed: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


class Connection(Protocol):
    """Methods that both databases have."""

    def execute(self, query: str, parameters: Any = ..., /) -> Any: ...


def schema_prefix(layout: Layout) -> str:
    """Return the prefix of each relation's name: nothing in SQLite."""
    return f"{SCHEMA}." if layout.reader_url else ""


def prepare(layout: Layout) -> None:
    """Make the relations where they are missing. In PostgreSQL the schema is the operator's to make (`reader_sql`)."""
    if layout.reader_url:
        with psycopg.connect(layout.writer_url, autocommit=True) as database:
            database.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            for line in _tables(f"{SCHEMA}."):
                database.execute(line.encode())
        return
    with contextlib.closing(sqlite3.connect(layout.maps_path)) as database:
        # Not WAL: its readers, who are other users, would have to write beside it.
        database.execute("PRAGMA journal_mode = DELETE")
        for line in _tables(""):
            database.execute(line)
        database.commit()
    layout.maps_path.chmod(0o644)


def _tables(prefix: str) -> Iterator[str]:
    for name, columns in COLUMNS.items():
        said = ", ".join(f"{column} {'BIGINT' if column in NUMBERS else 'TEXT'} NOT NULL" for column in columns)
        key = ", ".join(columns[: KEYS[name]])
        yield f"CREATE TABLE IF NOT EXISTS {prefix}{name} (owner BIGINT NOT NULL, {said}, PRIMARY KEY ({key}))"
        yield f"CREATE INDEX IF NOT EXISTS {name}_owner ON {prefix}{name} (owner)"


def reader_sql(role: str, password: str) -> str:
    """The SQL by which a database administrator makes the role that only reads these relations."""
    quoted = password.replace("'", "''")
    return (
        f"CREATE ROLE {role} LOGIN PASSWORD '{quoted}';\nGRANT USAGE ON SCHEMA {SCHEMA} TO {role};\n"
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {role};\n"
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} GRANT SELECT ON TABLES TO {role};\n"
    )


@dataclass
class Writer:
    """The relations held for writing: whoever comes second waits, then sees what the first wrote."""

    database: Connection
    prefix: str
    mark: str

    def held(self, owners: Collection[int] | None = None) -> Relations:
        """Return the rows there now, of some owners or of all."""
        relations = Relations()
        for name, columns in COLUMNS.items():
            query = f"SELECT owner, {', '.join(columns)} FROM {self.prefix}{name}"  # noqa: S608 (names of this file)
            if owners is None:
                found = self.database.execute(f"{query} WHERE owner >= 0").fetchall()
                relations.rows[name] = {tuple(row) for row in found}
            else:
                for owner in owners:
                    found = self.database.execute(f"{query} WHERE owner = {self.mark}", (owner,)).fetchall()
                    relations.rows[name].update(tuple(row) for row in found)
        return relations

    def domains(self) -> list[str]:
        """The domains whose mail is here, whoever's they are."""
        found = self.database.execute(f"SELECT name FROM {self.prefix}domains ORDER BY name")  # noqa: S608 (our own prefix)
        return [str(row[0]) for row in found.fetchall()]

    def write(self, wanted: Relations, *, owners: Collection[int] | None = None) -> Written:
        """Make what is there, of these owners or of all, be what is wanted; touch only what differs."""
        there = self.held(owners)
        added = removed = 0
        closed: set[str] = set()
        # All that goes, then all that comes: an address may pass from one owner to another.
        for name in COLUMNS:
            gone = there.rows[name] - wanted.rows[name]
            key = COLUMNS[name][: KEYS[name]]
            test = " AND ".join(f"{column} = {self.mark}" for column in key)
            for row in gone:
                query = f"DELETE FROM {self.prefix}{name} WHERE {test}"  # noqa: S608 (names of this file)
                self.database.execute(query, row[1 : 1 + len(key)])
            removed += len(gone)
            if name == "logins":
                still = {(row[2], row[3]) for row in wanted.rows[name]}
                closed.update(str(row[3]) for row in gone if (row[2], row[3]) not in still)
        for name, columns in COLUMNS.items():
            new = wanted.rows[name] - there.rows[name]
            marks = ", ".join([self.mark] * (len(columns) + 1))
            into = f"{self.prefix}{name} (owner, {', '.join(columns)})"
            query = f"INSERT INTO {into} VALUES ({marks})"  # noqa: S608 (names of this file)
            for row in new:
                self.database.execute(query, row)
            added += len(new)
        return Written(added, removed, frozenset(closed))


@contextlib.contextmanager
def writing(layout: Layout) -> Iterator[Writer]:
    """Hold the relations; what is written is kept when the block ends, all of it or nothing."""
    if layout.reader_url:
        with psycopg.connect(layout.writer_url) as server:
            server.execute("SELECT pg_advisory_xact_lock(hashtext('mail_maps'))")
            yield Writer(server, f"{SCHEMA}.", "%s")
        return
    with contextlib.closing(sqlite3.connect(layout.maps_path, timeout=20, isolation_level=None)) as file:
        file.execute("BEGIN IMMEDIATE")
        try:
            yield Writer(file, "", "?")
        except BaseException:
            file.execute("ROLLBACK")
            raise
        file.execute("COMMIT")


@contextlib.contextmanager
def reading(layout: Layout) -> Iterator[Writer]:
    """Look at the relations without holding anybody."""
    if layout.reader_url:
        with psycopg.connect(layout.reader_url) as server:
            yield Writer(server, f"{SCHEMA}.", "%s")
        return
    with contextlib.closing(sqlite3.connect(f"file:{layout.maps_path}?mode=ro", uri=True, timeout=20)) as file:
        yield Writer(file, "", "?")
