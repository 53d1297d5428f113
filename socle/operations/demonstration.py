"""The demonstration: what makes a data directory one, how it is filled, how it starts over.

A data directory is a demonstration when it bears the marker that `socle demo` leaves there: no variable turns the mode
on, so that no production machine becomes a demonstration by a forgotten setting. The marker names its database, so that
a demonstration never lays hands on another.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from socle.lib.declared import Say, Step
from socle.lib.hosts import is_loopback
from socle.lib.refusals import Refused, refuse

# Everything Socle itself writes in a data directory. Starting over removes these, and nothing a person put there.
DATABASE_FILES = ("socle.sqlite3", "socle.sqlite3-wal", "socle.sqlite3-shm")
OURS = (
    *("media", "static", "kept", "files", "agendas", "handovers", "grant-archives", "simulated-mail"),
    *("machine-backups", "published", "pki", "logs"),
    # The head of a journal that is gone, signed by a key that is gone: the next journal would be refused for it.
    *("cache", "metrics", "journal-head.json", "secret-key", *DATABASE_FILES),
)
HEADING = "Ce dossier est une démonstration de Socle : « socle demo --reset » en efface les données."


def database_name(database: Mapping[str, Any] | None = None) -> str:
    """Name the database that settings designate, without its password."""
    database = database or settings.DATABASES["default"]
    engine = database["ENGINE"].rpartition(".")[2]
    if engine == "sqlite3":
        return f"sqlite {Path(database['NAME']).name}"
    return f"{engine} {database.get('HOST') or 'localhost'}:{database.get('PORT') or ''}/{database['NAME']}"


def mark() -> str:
    """Return the text that marks this database as a demonstration's; its last line names the database."""
    return f"{HEADING}\nbase : {database_name()}\n"


def why_not_listen_on(host: str) -> str | None:
    """A demonstration, whose doors open in one click, listens to this machine only."""
    if not settings.DEMO or is_loopback(host):
        return None
    return (
        f"Une démonstration n’écoute que sur cette machine : l’adresse « {host} » est refusée. "
        "Retirez --host, ou préparez une installation réelle dans un autre dossier (SOCLE_DATA_DIR)."
    )


def why_not_this_database() -> str | None:
    """A demonstration's marker names its database; another one is refused."""
    if not settings.DEMO:
        return None
    marked = settings.DEMO_MARKER.read_text().splitlines()
    if marked and marked[-1] != mark().splitlines()[-1]:
        return (
            "Ce dossier de données est une démonstration liée à une autre base que celle des réglages. "
            "Choisissez un autre dossier (SOCLE_DATA_DIR), ou rendez à SOCLE_DATABASE_URL sa valeur."
        )
    return None


def why_not_become_one() -> str | None:
    """A directory or a database already in real use never becomes a demonstration."""
    if settings.DEMO:
        return None
    tables = connection.introspection.table_names()
    connection.close()
    if tables:
        return (
            "La base de données existe déjà et n’est pas une démonstration : rien n’a été touché. "
            "Choisissez un autre dossier (SOCLE_DATA_DIR) ou une autre base (SOCLE_DATABASE_URL)."
        )
    return None


def open_mode() -> None:
    """Leave the marker, then start this command again: settings read the mode when they load."""
    refuse(why_not_become_one())
    temporary = settings.DEMO_MARKER.with_suffix(".tmp")
    temporary.write_text(mark())
    temporary.replace(settings.DEMO_MARKER)
    restart()


def restart() -> None:
    """Replace this process by `socle demo`, with settings read anew."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-m", "socle", "demo"])  # noqa: S606 (our own command)


def start_over() -> None:
    """Remove what a demonstration wrote; raise `Refused` when this directory does not bear our marker.

    The marker goes last: cut short, the work is still a demonstration, and can be started over.
    """
    if not settings.DEMO or not settings.DEMO_MARKER.read_text().startswith(HEADING):
        raise Refused("Ce dossier de données n’est pas une démonstration : rien n’a été effacé.")
    refuse(why_not_this_database())
    if connection.vendor != "sqlite":
        _drop_tables()
    connection.close()
    for name in OURS:
        _remove(settings.DATA_DIR / name)
    settings.DEMO_MARKER.unlink()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _drop_tables() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)} CASCADE")


def steps() -> tuple[Step, ...]:
    """Return the steps of a demonstration, as the rooms declare it (`demo_steps.py`), in the order of the setting."""
    return tuple(import_string(name) for name in settings.SOCLE_DEMONSTRATION)


def prepare(say: Say, steps: Sequence[Step]) -> None:
    """Go through the steps in order, saying each and how long it took."""
    for number, step in enumerate(steps, 1):
        say(f"[{number}/{len(steps)}] {step.label}…")
        begun = time.monotonic()
        step.do(lambda detail: say(f"      {detail}"))
        elapsed = time.monotonic() - begun
        if elapsed >= 1:
            say(f"      fait en {elapsed:.0f} s")
