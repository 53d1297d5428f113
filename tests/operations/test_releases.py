"""Two releases side by side: their stylesheets, their database, their secrets."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from django.apps.registry import Apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, migrations, models
from django.db.migrations.state import ModelState, ProjectState
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from socle.config import credentials
from socle.lib.migrating import CreateModels
from socle.operations import compatibility, supervisor
from socle.operations.management.commands import check_release
from socle.operations.safekeeping import databases, inventory, restoring
from socle.serving import statics


# --- Stylesheets -----------------------------------------------------------------------------------------------------
def missing(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=404)


@pytest.mark.django_db
def test_an_older_process_serves_what_a_newer_release_gathered(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "ui").mkdir()
    middleware = statics.Statics(missing)
    ask = RequestFactory().get
    newer = "ui/socle.0123456789ab.css"
    assert middleware(ask(f"/static/{newer}")).status_code == 404
    (tmp_path / newer).write_text("/* newer */")
    answer = middleware(ask(f"/static/{newer}"))
    assert (answer.status_code, b"".join(answer)) == (200, b"/* newer */")  # type: ignore[call-overload]
    answer.close()
    # Only files whose name holds their hash: the others belong to the release that gathered them.
    (tmp_path / "ui/plain.css").write_text("")
    (tmp_path.parent / "outside.0123456789ab.css").write_text("")
    for path in ("ui/plain.css", "../outside.0123456789ab.css", "ui", "", "ui/%2e%2e/x.0123456789ab.css"):
        assert middleware(ask(f"/static/{path}")).status_code == 404, path


def test_each_copy_of_the_code_keeps_its_own_list_of_names() -> None:
    assert statics.COPY in statics.ReleaseFiles.manifest_name
    assert statics.COPY in statics.MARK
    assert len(statics.COPY) == 8


# --- Secrets ---------------------------------------------------------------------------------------------------------
def test_a_credential_is_worth_the_variable_it_is_named_after(tmp_path: Path) -> None:
    (tmp_path / "variables_SOCLE_EMAIL_URL").write_text("smtp://someone:secret@host:25\n")
    (tmp_path / "backup-passphrase").write_text("not a variable")
    (tmp_path / "variables_PATH").write_text("/tmp")
    found = credentials.variables({credentials.FOLDER: str(tmp_path)})
    assert found == {"SOCLE_EMAIL_URL": "smtp://someone:secret@host:25"}
    assert credentials.variables({}) == {}
    assert credentials.variables({credentials.FOLDER: str(tmp_path / "gone")}) == {}


def test_a_secret_is_read_in_the_file_that_a_variable_names(tmp_path: Path) -> None:
    kept, empty = tmp_path / "database", tmp_path / "empty"
    kept.write_text("postgres://socle:tres%2Dsecret@base/socle\n")
    empty.write_text("\n")
    found = credentials.variables({"SOCLE_DATABASE_URL_FILE": str(kept), "SOCLE_PORT_FILE": str(kept)})
    assert found == {"SOCLE_DATABASE_URL": "postgres://socle:tres%2Dsecret@base/socle"}
    assert credentials.secrets_in(found | {"SOCLE_METRICS_TOKEN": "court"}) == {"tres%2Dsecret", "tres-secret"}
    for given, said in (
        ({"SOCLE_DATABASE_URL_FILE": str(tmp_path / "gone")}, "ne peut pas être lu"),
        ({"SOCLE_DATABASE_URL_FILE": str(tmp_path)}, "ne peut pas être lu"),
        ({"SOCLE_DATABASE_URL_FILE": str(empty)}, "est vide"),
        ({"SOCLE_DATABASE_URL_FILE": str(kept), "SOCLE_DATABASE_URL": "sqlite://"}, "tous les deux"),
    ):
        with pytest.raises(ImproperlyConfigured, match=said):
            credentials.variables(given)


@pytest.mark.slow
def test_the_settings_read_it_and_hand_down_the_name_of_the_file_only(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("une-cle-tenue-dans-un-fichier")
    code = "import os; from socle.config import settings; print(settings.SECRET_KEY, 'SOCLE_SECRET_KEY' in os.environ)"
    ours = {"SOCLE_DATA_DIR": str(tmp_path / "data"), "SOCLE_SECRET_KEY_FILE": str(tmp_path / "key")}
    done = subprocess.run([sys.executable, "-c", code], env=os.environ | ours, text=True, capture_output=True)
    assert done.stdout == "une-cle-tenue-dans-un-fichier False\n", done.stderr


# --- The web server alone --------------------------------------------------------------------------------------------
def test_the_web_server_alone_becomes_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda path, line: became.append(line))
    monkeypatch.setattr(statics, "collect_if_needed", lambda: False)
    monkeypatch.setattr(supervisor, "why_not_listen", lambda host, port: None)
    call_command("web", port=8123, workers=3)
    assert became == [supervisor.web_server("127.0.0.1", 8123, 3, grace=30)]
    monkeypatch.setattr(supervisor, "why_not_listen", lambda host, port: "Le port est pris.")
    with pytest.raises(CommandError, match="Le port est pris"):
        call_command("web", port=8123)


# --- Databases -------------------------------------------------------------------------------------------------------
def state() -> ProjectState:
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=50, null=True)),
        ("size", models.IntegerField(default=0)),
    ]
    made = ProjectState(models={("room", "thing"): ModelState("room", "Thing", fields)})
    assert isinstance(made.apps, Apps)
    return made


UNIQUE = models.UniqueConstraint(fields=["name"], name="one_name")


@pytest.mark.parametrize(
    ("operation", "word"),
    [
        (migrations.AddField("thing", "note", models.TextField(default="")), "devra être rempli"),
        (migrations.AddField("thing", "note", models.TextField(db_default="")), None),
        (migrations.AddField("thing", "note", models.TextField(null=True)), None),
        (migrations.AddField("thing", "friends", models.ManyToManyField("room.Thing")), None),
        (migrations.AlterField("thing", "name", models.CharField(max_length=50)), "n’accepte plus"),
        (migrations.AlterField("thing", "name", models.CharField(max_length=20, null=True)), "n’accepte plus"),
        (migrations.AlterField("thing", "name", models.CharField(max_length=90, null=True)), None),
        (migrations.AlterField("thing", "name", models.CharField(max_length=50, null=True, unique=True)), "n’accepte"),
        (migrations.AlterField("thing", "size", models.TextField()), "n’accepte plus"),
        (migrations.AlterField("thing", "size", models.IntegerField(default=1, help_text="new")), None),
        (migrations.RemoveField("thing", "size"), "disparaît"),
        (migrations.RenameField("thing", "size", "length"), "change de nom"),
        (migrations.DeleteModel("Thing"), "disparaît"),
        (migrations.RenameModel("Thing", "Object"), "change de nom"),
        (migrations.AlterModelTable("thing", "things"), "change de nom"),
        (migrations.AddConstraint("thing", UNIQUE), "une règle s’ajoute"),
        (migrations.RemoveConstraint("thing", "one_name"), None),
        (migrations.AddIndex("thing", models.Index(fields=["name"], name="by_name")), None),
        (migrations.RunSQL("SELECT 1"), "SQL"),
        (migrations.RunPython(migrations.RunPython.noop), None),
        (migrations.SeparateDatabaseAndState([migrations.RemoveField("thing", "size")]), "disparaît"),
        (migrations.AlterModelOptions("thing", {"verbose_name": "chose"}), None),
    ],
    ids=lambda value: value.describe() if hasattr(value, "describe") else str(value),
)
def test_what_the_older_release_would_not_survive(operation: Any, word: str | None) -> None:
    found = compatibility.obstacle(operation, "room", state())
    assert found is None if word is None else word in (found or "")


def test_the_migrations_that_were_brought_together_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that took them one by one, or a backup of it, is no newer than this code."""
    together = migrations.Migration("0002_together", "room")
    together.replaces = [("room", "0002_one"), ("room", "0003_two")]
    loader = SimpleNamespace(disk_migrations={("room", "0002_together"): together})
    monkeypatch.setattr(compatibility, "MigrationLoader", lambda connection: loader)
    assert compatibility.known() == {("room", name) for name in ("0002_together", "0002_one", "0003_two")}


FIRST_OF_0_1, FIRST, ANOTHER = ("people", "0001_initial"), ("people", "0001_release_0_2"), ("auth", "0001_initial")


@pytest.mark.parametrize(
    ("applied", "is_refused"),
    [
        ((), False),
        ((ANOTHER,), False),
        ((FIRST_OF_0_1,), True),
        ((FIRST_OF_0_1, ANOTHER, ("websites", "0001_initial")), True),
        ((FIRST,), False),
        ((FIRST_OF_0_1, FIRST), False),
    ],
)
def test_a_database_of_0_1_is_told_by_its_migrations(
    applied: tuple[tuple[str, str], ...], is_refused: bool, tmp_path: Path
) -> None:
    assert compatibility.is_of_0_1(applied) is is_refused
    path = tmp_path / "a folder" / "socle.sqlite3"
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path)}
    path.parent.mkdir()
    assert compatibility.why_not_this_database(database) is None
    assert list(path.parent.iterdir()) == []
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as opened:
        opened.execute("CREATE TABLE django_migrations (app, name)")
        opened.executemany("INSERT INTO django_migrations VALUES (?, ?)", applied)
    sentence = compatibility.why_not_this_database(database)
    assert (sentence is not None) is is_refused
    assert [file.name for file in path.parent.iterdir()] == ["socle.sqlite3"]


def test_a_database_of_0_1_whose_process_was_killed_is_recognised_and_left_as_it_is(tmp_path: Path) -> None:
    """Its last rows are beside its file only: an ordinary connection would bring them in."""
    at_work, left = tmp_path / "at-work", tmp_path / "left"
    left.mkdir()
    with contextlib.closing(sqlite3.connect(at_work, isolation_level=None)) as opened:
        opened.execute("PRAGMA journal_mode=WAL")
        opened.execute("CREATE TABLE django_migrations (app, name)")
        opened.execute("INSERT INTO django_migrations VALUES (?, ?)", FIRST_OF_0_1)
        for suffix in ("", "-wal", "-shm"):
            shutil.copyfile(f"{at_work}{suffix}", left / f"socle.sqlite3{suffix}")
    before = {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in left.iterdir()}
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": left / "socle.sqlite3"}
    assert compatibility.why_not_this_database(database) is not None
    assert {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in left.iterdir()} == before


def test_a_server_that_does_not_answer_is_left_to_whoever_uses_it() -> None:
    database = {"ENGINE": "django.db.backends.postgresql", "NAME": "socle", "HOST": "127.0.0.1", "PORT": 1}
    assert compatibility.why_not_this_database(database | {"OPTIONS": {"pool": True}}) is None


@pytest.mark.django_db
def test_a_database_without_tables_is_not_ready_and_one_that_does_not_answer_may_be() -> None:
    assert compatibility.why_not_ready(connection) is None
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE django_migrations RENAME TO put_aside")
    assert compatibility.why_not_ready(connection) == compatibility.UNPREPARED
    away: Any = SimpleNamespace(cursor=Mock(side_effect=OperationalError("connection refused")))
    assert compatibility.why_not_ready(away) is None


@pytest.mark.parametrize(
    ("migration", "words"),
    [
        (FIRST_OF_0_1, "celle de Socle 0.1, que la version 0.2 ne reprend pas"),
        (("people", "9999_of_tomorrow"), "plus récent que celui-ci"),
    ],
)
def test_a_backup_that_this_code_cannot_take_over_says_whose_it_is(migration: tuple[str, str], words: str) -> None:
    manifest = inventory.Manifest(
        *("0", databases.vendor(), "", "2026-01-01T00:00:00+00:00", "", 0, {}), [list(migration)], ""
    )
    assert words in (restoring.why_not_restore(manifest, over=False) or "")


@pytest.mark.django_db
@pytest.mark.slow
def test_a_release_with_nothing_to_migrate_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert compatibility.pending(connection) == []
    assert compatibility.obstacles(connection) == []
    call_command("check_release")
    assert "Aucune migration n’attend." in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("operations", "code"),
    [
        ([migrations.DeleteModel("Site")], check_release.NEEDS_A_PAUSE),
        # A table born in the same release is no obstacle, whatever becomes of it.
        (
            [
                migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True))]),
                migrations.AddField("thing", "name", models.TextField(default="")),
            ],
            check_release.HAS_MIGRATIONS,
        ),
        (
            [
                CreateModels([migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True))])]),
                migrations.AddField("thing", "name", models.TextField(default="")),
            ],
            check_release.HAS_MIGRATIONS,
        ),
    ],
    ids=["removes", "adds", "adds together"],
)
@pytest.mark.slow
def test_a_release_says_by_its_code_what_its_migrations_ask(
    operations: list[Any], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    migration = migrations.Migration("0999_next", "wagtailcore")
    migration.operations = operations
    monkeypatch.setattr(compatibility, "pending", lambda connection: [migration])
    with pytest.raises(SystemExit) as end:
        call_command("check_release")
    assert end.value.code == code
    said = capsys.readouterr().out
    assert "1 migration(s) en attente." in said
    assert ("wagtailcore.0999_next : la table Site disparaît" in said) == (code == check_release.NEEDS_A_PAUSE)
