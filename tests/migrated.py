"""The database of the tests as the migrations leave it, made once: they take some seconds.

On SQLite a file, kept from one run to the next; on PostgreSQL a template, which lasts as long as its cluster. The first
process makes it, the others wait for it; installations that tests make start from it too. `pytest --create-db` makes
the file anew, `make clean` removes it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from django.apps import apps
from django.db import connection
from django.db.backends.signals import connection_created

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".pytest_cache"
# A copy holds all that `migrate` would bring, which takes a second to see it.
NOTHING_TO_MIGRATE = mock.patch("django.core.management.call_command")


@cache
def _key() -> str:
    """What the made database depends on: all migrations and how they are made, our models, and the settings."""
    said = hashlib.sha256((ROOT / "socle/config/settings.py").read_bytes())
    said.update((ROOT / "socle/lib/migrating.py").read_bytes())
    for app in apps.get_app_configs():
        here = Path(app.path)
        files = [*here.glob("migrations/*.py")]
        if here.is_relative_to(ROOT):
            files += [found for kind in ("apps.py", "models.py", "models/*.py") for found in here.glob(kind)]
        for file in sorted(files):
            said.update(f"{app.label} {file.name}\n".encode() + file.read_bytes())
    return said.hexdigest()[:16]


def _file() -> Path:
    return FOLDER / f"migrated-{_key()}.sqlite3"


def template() -> str:
    """The name of the database of PostgreSQL that others are copied from, whether it is there or not."""
    return f"socle_migrated_{_key()}"


def lay(environment: Mapping[str, str]) -> None:
    """Give a new installation on SQLite its tables: from what is kept, or by its own command where nothing is yet."""
    if _file().exists():
        (data := Path(environment["SOCLE_DATA_DIR"])).mkdir(exist_ok=True)
        shutil.copyfile(_file(), data / "socle.sqlite3")
    else:
        command = [sys.executable, "-m", "socle", "migrate", "--verbosity", "0"]
        subprocess.run(command, env=dict(environment), check=True, timeout=300)


@contextlib.contextmanager
def filled(*, anew: bool) -> Iterator[None]:
    """Within the block, the test database is made, from what was kept if it can be; after it, it is kept."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / f"migrating-{connection.vendor}").open("w") as turn, contextlib.ExitStack() as until_made:
        fcntl.flock(turn, fcntl.LOCK_EX)
        until_made.enter_context(_of_a_template() if connection.vendor == "postgresql" else _of_a_file(anew=anew))
        yield


@contextlib.contextmanager
def _of_a_file(*, anew: bool) -> Iterator[None]:
    kept = _file()
    if kept.exists() and not anew:

        def fill(connection: Any, **kwargs: Any) -> None:
            if not connection.introspection.table_names():
                with contextlib.closing(sqlite3.connect(f"file:{kept}?immutable=1", uri=True)) as source:
                    source.backup(connection.connection)

        connection_created.connect(fill)
        try:
            with NOTHING_TO_MIGRATE:
                yield
        finally:
            connection_created.disconnect(fill)
        return
    yield
    made = kept.with_suffix(f".{os.getpid()}")
    with contextlib.closing(sqlite3.connect(made)) as copy:
        connection.ensure_connection()
        connection.connection.backup(copy)
    made.replace(kept)
    for former in set(FOLDER.glob("migrated-*.sqlite3")) - {kept}:
        former.unlink(missing_ok=True)


@contextlib.contextmanager
def _of_a_template() -> Iterator[None]:
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template()])
        is_there = cursor.fetchone() is not None
    if is_there:
        connection.settings_dict["TEST"]["TEMPLATE"] = template()
        with NOTHING_TO_MIGRATE:
            yield
        return
    yield
    made = connection.settings_dict["NAME"]
    connection.close()  # PostgreSQL copies a database that nobody is in.
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{template()}" TEMPLATE "{made}"')
