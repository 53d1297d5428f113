"""A new base, made in a few seconds by our `migrate`, is the one that Django's own makes."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import django
import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db.migrations.state import ProjectState

from tests.systems import System

DJANGOS = """
import gc
import django
gc.set_threshold(20_000, 20, 20)
django.setup()
from django.core.management import call_command
from django.core.management.commands.migrate import Command
call_command(Command(), interactive=False, verbosity=0)
# The texts of the release, which our own publishes at its end.
from django.utils import timezone
from socle.documents.texts import publish_seeds
from socle.people.models import User
publish_seeds(by=User.objects.system(), at=timezone.now())
"""
# What is drawn or read from the clock as a base is made: moments, identifiers of one use, a password that none is.
DRAWN = re.compile(
    r"datetime\.datetime\([^()]*(\([^()]*\))?\)|UUID\('[^']*'\)|'\d{4}-\d\d-\d\d \d\d:[\d:.]+'"
    r"|'[0-9a-f]{32}'|'![A-Za-z0-9]{40}'"
)


# What Django's own made of these migrations, when it was last compared whole: a minute of processor, which tells
# nothing new while no migration changes. Written by the test itself, and committed with the migration.
KNOWN = Path(__file__).parents[1] / "data/new_base.json"


# Once: what makes it fast changes how the models are drawn, not what a database is told; and it is SQLite, whose tables
# are made anew at each change, that draws them most.
@pytest.mark.slow
def test_a_new_base_has_the_tables_and_the_rows_of_djangos_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Django numbers content types and permissions in the order of a set.
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    with System(tmp_path / "ours") as ours, System(tmp_path / "djangos") as djangos:
        assert ours.run("migrate", "--verbosity", "0").stderr == ""
        rows = _undrawn(ours)
        assert len(rows["django_migrations"]) > 200
        assert rows["wagtailcore_page"]
        assert rows["auth_group_permissions"]
        told = {"migrations": _migrations(), "base": _digest(ours, rows)}
        if told == json.loads(KNOWN.read_text()):
            return

        assert djangos.python(DJANGOS).stderr == ""
        assert ours.tables() == djangos.tables()
        expected = _undrawn(djangos)
        assert {name for name in rows.keys() | expected.keys() if rows.get(name) != expected.get(name)} == set()
        KNOWN.write_text(json.dumps(told, indent=2) + "\n")


@pytest.mark.django_db
@pytest.mark.parametrize("named", [(), ("journal", "zero")])
def test_the_whole_way_is_redrawn_so_and_no_migration_asked_for_by_name(
    named: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: Any = ProjectState
    djangos, found = drawn._find_reload_model, []
    monkeypatch.setattr(migrate.Command, "handle", lambda *a, **o: found.append(drawn._find_reload_model is djangos))
    call_command("migrate", *named, skip_checks=True)
    assert found == [bool(named)]
    assert drawn._find_reload_model is djangos


def _migrations() -> str:
    """All that Django's own makes a base of."""
    said = hashlib.sha256(django.__version__.encode())
    for app in apps.get_app_configs():
        for file in sorted(Path(app.path).glob("migrations/*.py")):
            said.update(f"{app.label} {file.name}\n".encode() + file.read_bytes())
    return said.hexdigest()


def _digest(system: System, rows: dict[str, list[str]]) -> str:
    return hashlib.sha256(repr((system.tables(), sorted(rows.items()))).encode()).hexdigest()


def _undrawn(system: System) -> dict[str, list[str]]:
    """The rows of each table, without what is drawn."""
    rows = {table: sorted(DRAWN.sub("…", row) for row in kept) for table, kept in system.rows().items()}
    # A table of SQLite made again while it was empty leaves a counter at nought.
    rows["sqlite_sequence"] = [row for row in rows.get("sqlite_sequence", []) if not row.endswith(", 0)")]
    return rows
