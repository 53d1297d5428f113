"""One instant of the database in a file, and that file made a database again, whole or not at all.

Each of the two databases has its own tool, and neither reads the dump of the other: going from SQLite to PostgreSQL is
not what a backup is for.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, models, transaction

from socle.documents.storage import WrittenOnce
from socle.lib.children import die_with_parent
from socle.lib.refusals import Refused
from socle.operations import file_storage

# The schema, in PostgreSQL, where a restoration puts aside the tables that it replaces.
ASIDE = "socle_aside_"
NO_SPACE = "Il n’y a plus de place sur le disque : rien n’a été abîmé. Faites de la place, puis recommencez."


@dataclass
class Instant:
    """Content of the database at the instant of its dump."""

    dump: Path
    sha256: str
    engine: str
    tables: dict[str, int]
    migrations: list[list[str]]
    files: set[tuple[str, str]] = field(default_factory=set)


def vendor() -> str:
    return connection.vendor


def size() -> int:
    """About how many bytes the database holds."""
    if connection.vendor == "sqlite":
        path = _sqlite_path()
        return path.stat().st_size if path is not None and path.exists() else 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def dump(into: Path) -> Instant:
    """Write the database, as it is at one instant, in the file `into`. Writers are not held up."""
    return _dump_sqlite(into) if connection.vendor == "sqlite" else _dump_postgresql(into)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_columns() -> Iterator[tuple[type[models.Model], models.FileField]]:
    """The columns that name files, in every app, Wagtail's included."""
    for model in apps.get_models():
        if model._meta.proxy or not model._meta.managed:
            continue
        for column in model._meta.local_fields:
            if isinstance(column, models.FileField):
                yield model, column


def folder_of(column: models.FileField) -> Path | None:
    """The folder where the files of this column are, or are brought to be saved; None when they are not ours."""
    if file_storage.are_shared():
        return Path(
            settings.DOCUMENTS_ROOT if isinstance(column.storage, WrittenOnce) else settings.MEDIA_ROOT
        ).resolve()
    location = getattr(column.storage, "location", None)
    return Path(location).resolve() if location else None


def _read_all(
    cursor: Any, tables: Sequence[str], quote: Any
) -> tuple[dict[str, int], list[list[str]], set[tuple[str, str]]]:
    """The number of rows of each table, the migrations, and the files that rows name, by folder."""
    counts = {}
    for table in tables:
        cursor.execute(f"SELECT COUNT(*) FROM {quote(table)}")  # noqa: S608 (the names come from the database itself)
        counts[table] = int(cursor.fetchone()[0])
    migrations: list[list[str]] = []
    if "django_migrations" in counts:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
        migrations = [[app, name] for app, name in cursor.fetchall()]
    named = set()
    for model, column in file_columns():
        folder = folder_of(column)
        if folder is not None and model._meta.db_table in counts:
            name, table = quote(column.column), quote(model._meta.db_table)
            cursor.execute(f"SELECT {name} FROM {table} WHERE {name} IS NOT NULL AND {name} <> ''")  # noqa: S608
            named |= {(str(folder), row[0]) for row in cursor.fetchall()}
    return counts, migrations, named


# --- SQLite ----------------------------------------------------------------------------------------------------------
def _sqlite_path() -> Path | None:
    name = str(connection.settings_dict["NAME"])
    return None if name.startswith("file:") or name == ":memory:" else Path(name).resolve()


def _dump_sqlite(into: Path) -> Instant:
    path = _sqlite_path()
    try:
        with contextlib.closing(sqlite3.connect(into)) as copy:
            if path is None:
                connection.ensure_connection()
                connection.connection.backup(copy)
            else:
                if not path.exists():
                    raise Refused(f"La base de données ({path}) n’existe pas : il n’y a rien à sauvegarder.")
                with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=60)) as source:
                    # All at once: a copy page after page would start again at each write.
                    source.backup(copy, pages=-1)
            # One file, without its journal.
            copy.execute("PRAGMA journal_mode=DELETE")
            _check_sqlite(copy)
            tables = [row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")]
            counts, migrations, named = _read_all(copy.cursor(), [t for t in tables if _is_plain(copy, t)], _quote)
    except sqlite3.Error as error:
        raise _from_sqlite(error) from error
    return Instant(into, sha256_of(into), f"SQLite {sqlite3.sqlite_version}", counts, migrations, named)


def _is_plain(database: sqlite3.Connection, table: str) -> bool:
    """Not SQLite's own, nor the inside of a full-text index."""
    return not table.startswith("sqlite_") and "_fts" not in table


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _check_sqlite(database: sqlite3.Connection) -> None:
    verdict = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise Refused(f"La base de données est abîmée ({str(verdict)[:200]}) : cette copie n’est pas gardée.")


def _from_sqlite(error: sqlite3.Error) -> Refused:
    if "full" in str(error) or "disk I/O" in str(error):
        return Refused(NO_SPACE)
    if isinstance(error, sqlite3.DatabaseError) and ("malformed" in str(error) or "not a database" in str(error)):
        return Refused(f"La base de données est abîmée ({error}).")
    return Refused(f"La base de données ne peut pas être lue ou écrite : {error}.")


def check_sqlite_dump(path: Path, tables: dict[str, int]) -> None:
    """Raise `Refused` when a restored file is not the database that was saved."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as copy:
            _check_sqlite(copy)
            counts, _, _ = _read_all(copy.cursor(), list(tables), _quote)
    except sqlite3.Error as error:
        raise _from_sqlite(error) from error
    if counts != tables:
        raise Refused("La base restaurée n’a pas les lignes de la base sauvegardée : rien n’a été changé.")


def sqlite_files() -> list[Path]:
    """The database's file and those that go with it."""
    path = _sqlite_path()
    if path is None:
        raise Refused("Cette base est en mémoire : il n’y a pas où restaurer.")
    return [path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")]


# --- PostgreSQL ------------------------------------------------------------------------------------------------------
def _dump_postgresql(into: Path) -> Instant:
    try:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            # What we count here and what pg_dump writes is one and the same instant.
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
            cursor.execute("SHOW server_version")
            engine = f"PostgreSQL {cursor.fetchone()[0].split()[0]}"
            tables = sorted(_tables(cursor))
            counts, migrations, named = _read_all(cursor, tables, connection.ops.quote_name)
            _postgresql(
                "pg_dump",
                "--format=custom",
                # Left to restic, which finds again what did not change.
                "--compress=0",
                "--no-owner",
                "--no-privileges",
                f"--exclude-schema={ASIDE}*",
                f"--snapshot={snapshot}",
                f"--file={into}",
                to_database=True,
            )
    except DatabaseError as error:
        raise Refused(f"La base de données ne répond pas : {str(error).splitlines()[0]}.") from error
    return Instant(into, sha256_of(into), engine, counts, migrations, named)


def _tables(cursor: Any) -> list[str]:
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    return [row[0] for row in cursor.fetchall()]


def tables_here() -> list[str]:
    """The tables of our database; none when it does not exist yet, and then it is not made by looking."""
    if connection.vendor == "sqlite":
        path = _sqlite_path()
        if path is not None and not path.exists():
            return []
        if path is not None and settings.ONLY_LOOKS:
            # A connection like the others tidies what the former ones left beside the file (-wal, -shm).
            with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as database:
                names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            beside = path.with_name(f"{path.name}-wal")
            return names or ([beside.name] if beside.exists() and beside.stat().st_size else [])
    return sorted(connection.introspection.table_names())


def other_connections() -> int:
    """How many other programs are connected to our database; SQLite knows of none."""
    if connection.vendor == "sqlite":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def load_postgresql(dumped: Path, tables: dict[str, int], *, aside: str) -> None:
    """Make the database what the dump says, in one transaction: either all of it or nothing.

    The tables that are there go to the schema `aside`, whole; the rows of each table are counted before the end.
    """
    folder = dumped.parent
    listing = folder / "contents.txt"
    before, middle, after = (folder / name for name in ("before.sql", "restored.sql", "after.sql"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        schema = cursor.fetchone()[0] or "public"
        here = sorted(_tables(cursor))
        quote = connection.ops.quote_name
        lines = [f"CREATE SCHEMA {quote(aside)};"] if here else []
        lines += [f"ALTER TABLE {quote(schema)}.{quote(table)} SET SCHEMA {quote(aside)};" for table in here]
    before.write_text("\n".join(lines) + "\n", encoding="utf-8")
    contents = _postgresql("pg_restore", "--list", str(dumped)).decode()
    # The schema itself is there already.
    kept = [line for line in contents.splitlines() if " SCHEMA - " not in line and " COMMENT - SCHEMA " not in line]
    listing.write_text("\n".join(kept) + "\n", encoding="utf-8")
    _postgresql("pg_restore", "--no-owner", "--no-privileges", f"--use-list={listing}", f"--file={middle}", str(dumped))
    checks = [
        f"IF (SELECT COUNT(*) FROM {quote(schema)}.{quote(table)}) <> {int(count)} THEN "  # noqa: S608
        "RAISE EXCEPTION 'SOCLE: rows are missing'; END IF;"
        for table, count in tables.items()
    ]
    after.write_text("DO $socle$ BEGIN\n" + "\n".join(checks) + "\nEND $socle$;\n", encoding="utf-8")
    connection.close()
    _postgresql(
        "psql",
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--output=/dev/null",
        *(f"--file={path}" for path in (before, middle, after)),
        to_database=True,
    )


def program(name: str) -> str:
    """The newest of this machine: an older pg_dump refuses a newer server."""
    found = [path for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}") if path.parent.parent.name.isdigit()]
    if found:
        return str(max(found, key=lambda path: int(path.parent.parent.name)))
    elsewhere = shutil.which(name)
    if elsewhere is None:
        raise Refused(f"{name} n’est pas sur cette machine. Sous Debian : apt-get install postgresql-client")
    return elsewhere


def _postgresql(name: str, *arguments: str, to_database: bool = False) -> bytes:
    database = connection.settings_dict
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "PGCLIENTENCODING": "UTF8"}
    if to_database:
        for variable, key in (
            ("HOST", "HOST"),
            ("PORT", "PORT"),
            ("USER", "USER"),
            ("DATABASE", "NAME"),
            ("PASSWORD", "PASSWORD"),
        ):
            if database.get(key):
                environment[f"PG{variable}"] = str(database[key])
        for option, value in (database.get("OPTIONS") or {}).items():
            if option in ("sslmode", "sslrootcert", "sslcert", "sslkey", "service"):
                environment[f"PG{option.upper()}"] = str(value)
    done = subprocess.run(  # noqa: S603 (a program of the machine, with our own arguments)
        [program(name), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        preexec_fn=die_with_parent,
    )
    if done.returncode == -signal.SIGXFSZ:  # A limit set on the size of files stops it without a word.
        raise Refused(NO_SPACE)
    if done.returncode:
        raise _from_postgresql(name, done.stderr.decode(errors="replace"))
    return done.stdout


def _from_postgresql(name: str, said: str) -> Refused:
    low = said.lower()
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["sans explication"]
    if "no space left" in low or "disk full" in low:
        return Refused(NO_SPACE)
    if "server version mismatch" in low:
        return Refused(
            "Le pg_dump de cette machine est plus ancien que le serveur PostgreSQL : installez le paquet "
            "postgresql-client de la version du serveur."
        )
    if "rows are missing" in low:
        return Refused("La base restaurée n’a pas les lignes de la base sauvegardée : rien n’a été changé.")
    if "permission denied" in low or "must be owner" in low:
        return Refused(
            "Le rôle PostgreSQL de Socle ne possède pas cette base : donnez-la-lui (ALTER DATABASE … OWNER TO …), "
            f"puis recommencez ; rien n’a été changé. PostgreSQL dit : {lines[0][:200]}"
        )
    return Refused(f"PostgreSQL refuse ({name}) : {lines[0][:300]}")
