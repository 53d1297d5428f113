"""Which databases this code works on, and whether the release in service can go on while one passes to a newer release.

The databases of 0.1 are refused, and left as they are: 0.2 starts from migrations of its own.

A release is replaced without stopping: for some seconds, and for ever if one goes back, the older code works on the
newer database. It ignores new tables and new columns that may be left out; it fails on what was removed or renamed, and
on a new column that it does not know it must fill.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.db import OperationalError, ProgrammingError, migrations
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field, ManyToManyField
from django.db.models.fields import NOT_PROVIDED

from socle.lib.migrating import CreateModels

# What the databases of 0.1 have all passed, and what those of later releases begin with.
FIRST_OF_0_1, FIRST = ("people", "0001_initial"), ("people", "0001_release_0_2")
OF_0_1 = "Cette base est celle de Socle 0.1, que la version 0.2 ne reprend pas\u00a0: rien n’a été touché."
OF_0_1_REMEDY = (
    "Gardez-la avec le logiciel qui l’a faite, ou choisissez un autre dossier de données (SOCLE_DATA_DIR), et une "
    "autre base si SOCLE_DATABASE_URL en désigne une."
)
UNPREPARED = (
    "La base de données n’est pas prête\u00a0: lancez «\u00a0socle demo\u00a0» (démonstration) ou "
    "«\u00a0socle migrate\u00a0»."
)
# Options of Django’s own, which a connection to PostgreSQL does not know.
NOT_OF_POSTGRESQL = {"isolation_level", "pool", "assume_role", "server_side_binding"}


def is_of_0_1(applied: Collection[tuple[str, str]]) -> bool:
    """Whether these migrations, application and name, are those of a database of Socle 0.1."""
    return FIRST_OF_0_1 in applied and FIRST not in applied


def why_not_this_database(database: Mapping[str, Any]) -> str | None:
    """Say why the database that settings designate, one of their DATABASES, is refused whole, in French; or None.

    Needs no settings, since they ask it before they make anything; writes nothing, beside the file of SQLite either.
    A database that does not answer, or has no migrations yet, is not refused: whoever uses it says so.
    """
    try:
        applied = _applied_in(database)
    except (sqlite3.Error, OSError):
        return None
    return f"{OF_0_1} {OF_0_1_REMEDY}" if is_of_0_1(applied) else None


def _applied_in(database: Mapping[str, Any]) -> set[tuple[str, str]]:
    query = "SELECT app, name FROM django_migrations"
    if not database["ENGINE"].endswith("sqlite3"):
        named = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
        given = {name: database[key] for name, key in named.items() if database.get(key)}
        options = {name: value for name, value in database.get("OPTIONS", {}).items() if name not in NOT_OF_POSTGRESQL}
        # Where there is no PostgreSQL, its library would be a twentieth of the time that any command takes to start.
        import psycopg

        try:
            with psycopg.connect(**given, **options) as server:
                return set(server.execute(query).fetchall())
        except psycopg.Error as error:
            raise OSError("this database does not answer") from error
    path = Path(database["NAME"]).absolute()
    beside = [path.with_name(path.name + suffix) for suffix in ("-wal", "-shm")]
    # What a process that lives, or was killed, has not yet brought into the file is read beside it. Without such files
    # the base is read as it lies: an ordinary connection would make them.
    mode = "mode=ro&readonly_shm=1" if all(file.exists() for file in beside) else "mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?{mode}", uri=True)) as file:
        return set(file.execute(query).fetchall())


def is_unprepared(error: BaseException) -> bool:
    """Whether a table is missing: SQLite says so in words, PostgreSQL by its code 42P01."""
    return "no such table" in str(error) or getattr(error.__cause__, "sqlstate", "") == "42P01"


def why_not_ready(connection: BaseDatabaseWrapper) -> str | None:
    """Refuse a database that has no tables yet, in French; one that does not answer may come back."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
    except (OperationalError, ProgrammingError) as error:
        return UNPREPARED if is_unprepared(error) else None
    return None


def known() -> set[tuple[str, str]]:
    """The migrations that this code has, and those that it has brought together: application and name."""
    on_disk = MigrationLoader(None).disk_migrations or {}
    return set(on_disk).union(*(migration.replaces for migration in on_disk.values()))


def pending(connection: BaseDatabaseWrapper) -> list[Migration]:
    """The migrations that this code has and this database has not."""
    executor = MigrationExecutor(connection)
    return [migration for migration, backwards in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def obstacles(connection: BaseDatabaseWrapper) -> list[str]:
    """Return why the older code would not survive the pending migrations, in French; nothing when it would."""
    executor = MigrationExecutor(connection)
    if not executor.loader.applied_migrations:
        return []  # Nobody works on an empty database.
    applied = [key for key in executor.loader.applied_migrations if key in executor.loader.graph.nodes]
    state = executor.loader.project_state(applied)
    # Tables born in this very release: the older code has never heard of them.
    made: set[tuple[str, str]] = set()
    found = []
    for migration in pending(connection):
        for operation in _one_by_one(migration):
            if isinstance(operation, migrations.CreateModel):
                made.add((migration.app_label, operation.name_lower))
            table = getattr(operation, "model_name_lower", getattr(operation, "name_lower", ""))
            if (migration.app_label, table) not in made and (reason := obstacle(operation, migration.app_label, state)):
                found.append(f"{migration.app_label}.{migration.name} : {reason}")
            operation.state_forwards(migration.app_label, state)
    return found


def _one_by_one(migration: Migration) -> Iterator[Operation]:
    for operation in migration.operations:
        if isinstance(operation, CreateModels):
            yield from operation.made
        else:
            yield operation


def obstacle(operation: Operation, app_label: str, state: ProjectState) -> str | None:
    """Why the older code would not survive this operation, on models that are in this state; None when it would."""
    match operation:
        case migrations.AddField() if must_be_filled(operation.field):
            return f"{operation.model_name}.{operation.name} devra être rempli, ce que l’ancienne version ignore"
        case migrations.AlterField():
            before = state.models[app_label, operation.model_name_lower].fields[operation.name]
            if is_stricter(before, operation.field):
                return f"{operation.model_name}.{operation.name} n’accepte plus tout ce qu’écrit l’ancienne version"
        case migrations.RemoveField():
            return f"{operation.model_name}.{operation.name} disparaît"
        case migrations.RenameField():
            return f"{operation.model_name}.{operation.old_name} change de nom"
        case migrations.DeleteModel():
            return f"la table {operation.name} disparaît"
        case migrations.RenameModel():
            return f"la table {operation.old_name} change de nom"
        case migrations.AlterModelTable():
            return f"la table de {operation.name} change de nom"
        case migrations.AddConstraint():
            return f"une règle s’ajoute à {operation.model_name}, que l’ancienne version peut enfreindre"
        case migrations.AlterUniqueTogether():
            return f"une règle d’unicité s’ajoute à {operation.name}"
        case migrations.RunSQL():
            return "du SQL que rien ne permet de juger"
        case migrations.SeparateDatabaseAndState():
            return next(
                (reason for inner in operation.database_operations if (reason := obstacle(inner, app_label, state))),
                None,
            )
    return None


def is_stricter(before: Field, after: Field) -> bool:  # type: ignore[type-arg]
    """Whether the new column refuses what the old one accepted, or is of another kind altogether."""
    if before.get_internal_type() != after.get_internal_type() or (after.unique and not before.unique):
        return True
    lengths = before.max_length, after.max_length
    is_shorter = lengths[1] is not None and (lengths[0] is None or lengths[1] < lengths[0])
    return is_shorter or (before.null and not after.null)


def must_be_filled(field: Field) -> bool:  # type: ignore[type-arg]
    """Whether a row written without this column is refused: Django gives no default to the database by itself."""
    return not (field.null or field.db_default is not NOT_PROVIDED or isinstance(field, ManyToManyField))
