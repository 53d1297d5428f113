"""The database of the tests as the migrations leave it, kept from one run to the next: they take half a minute.

On SQLite only: a cluster of PostgreSQL is new each time. `pytest --create-db` makes it anew, `make clean` removes it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.backends.signals import connection_created

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".pytest_cache"


def _file() -> Path:
    """Where it is kept: the name follows the migrations of every application, our models, and the settings."""
    said = hashlib.sha256((ROOT / "socle/config/settings.py").read_bytes())
    for app in apps.get_app_configs():
        here = Path(app.path)
        files = [*here.glob("migrations/*.py")]
        if here.is_relative_to(ROOT):
            files += [found for kind in ("apps.py", "models.py", "models/*.py") for found in here.glob(kind)]
        for file in sorted(files):
            said.update(f"{app.label} {file.name}\n".encode() + file.read_bytes())
    return FOLDER / f"migrated-{said.hexdigest()[:16]}.sqlite3"


@contextlib.contextmanager
def filled(*, anew: bool) -> Iterator[None]:
    """Within the block, the test database is filled with what is kept as soon as it is opened; after it, it is kept."""
    kept = _file()
    if connection.vendor != "sqlite":
        yield
        return
    if kept.exists() and not anew:

        def fill(connection: Any, **kwargs: Any) -> None:
            if not connection.introspection.table_names():
                with contextlib.closing(sqlite3.connect(f"file:{kept}?immutable=1", uri=True)) as source:
                    source.backup(connection.connection)

        connection_created.connect(fill)
        try:
            yield
        finally:
            connection_created.disconnect(fill)
        return
    yield
    FOLDER.mkdir(exist_ok=True)
    made = kept.with_suffix(f".{os.getpid()}")
    with contextlib.closing(sqlite3.connect(made)) as copy:
        connection.ensure_connection()
        connection.connection.backup(copy)
    made.replace(kept)
    for former in set(FOLDER.glob("migrated-*.sqlite3")) - {kept}:
        former.unlink(missing_ok=True)
