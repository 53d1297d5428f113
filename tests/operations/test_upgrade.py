"""The database of each earlier release is taken over: its rows, the journal's chain, its communes' sites.

That of 0.1 is refused by every command, and left as it is.

The databases are made by tools/keep_release.py, by the code of the release itself.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import re
import subprocess
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from socle.operations import compatibility
from socle.operations.safekeeping import databases
from tests.consistency import house
from tests.systems import System, database_of, uses_postgresql

pytestmark = [pytest.mark.slow, pytest.mark.both]
RELEASES = sorted((house.ROOT / "tests" / "data" / "releases").iterdir())
REFUSED = house.ROOT / "tests" / "data" / "releases" / "0.1.0"

# What a later release rewrites on purpose, and why: (table, column), or a whole table.
REWRITTEN: dict[str | tuple[str, str], str] = {
    "django_migrations": "each migration adds its line",
    "django_content_type": "Django renews it after a migration",
    "auth_permission": "Django renews it after a migration",
    "auth_group_permissions": "Django renews it after a migration",
    "programme_foundingarticle": "the text of an article is its act's, what it empowers its programme's (0055)",
}
# What a later release calls otherwise, with all that it held: a table, or a column.
RENAMED: dict[str | tuple[str, str], str] = {
    "agenda_room": "agenda_venue",
    "provisioning_roomreading": "provisioning_usagereading",
    ("agenda_booking", "room_id"): "venue_id",
    ("agenda_heldquarter", "room_id"): "venue_id",
}
# What it says by another word: for a table and a column, the word that each became.
REWORDED: dict[tuple[str, str], dict[str, str]] = {
    ("agenda_calendar", "kind"): {"'room'": "'venue'"},
    ("site_import_siteimport", "status"): {"'bringing'": "'importing'"},
    ("site_import_importeditem", "state"): {"'brought'": "'imported'"},
}


# --- 0.1 --------------------------------------------------------------------------------------------------------------
# One of each way in: what changes the tables, what starts anew, what serves, what writes beside, what nobody knows.
COMMANDS = ("migrate", "demo --reset --yes", "run", "restore --over --dry-run", "backup", "inconnue")


def _tree(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Everything in this folder: the digest of each file, its size, its time."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            path.stat().st_size if path.is_file() else 0,
            path.stat().st_mtime_ns,
        )
        for path in [folder, *sorted(folder.rglob("*"))]
    }


def test_every_command_refuses_the_database_of_0_1_and_leaves_everything_as_it_is(tmp_path: Path) -> None:
    with System(tmp_path / "data") as system:
        _put_in_place(REFUSED, system)
        (system.data / "kept").mkdir()
        (system.data / "kept/act.pdf").write_bytes(b"%PDF-1.4")
        (system.data / "demonstration").write_text("Ce dossier est une démonstration de Socle\n")
        tree, rows = _tree(system.data), _digest(system)
        for command in COMMANDS:
            refused = system.run(*command.split())
            assert refused.returncode == 1, command
            assert refused.stdout == "", command
            assert refused.stderr == f"{compatibility.OF_0_1} {compatibility.OF_0_1_REMEDY}\n", command
            assert _tree(system.data) == tree, command
        assert system.run("version").returncode == 0

        examined = system.run("doctor", "--json")
        assert examined.returncode == 2, examined.stderr
        (told,) = json.loads(examined.stdout)["checks"]
        assert told["code"] == "release"
        assert told["findings"] == [
            {"severity": "error", "says": compatibility.OF_0_1, "remedy": compatibility.OF_0_1_REMEDY}
        ]
        assert (_tree(system.data), _digest(system)) == (tree, rows)


def _digest(system: System) -> str:
    """Of all the rows; on SQLite the file says it, and nothing but our commands opens it."""
    return hashlib.sha256(repr(sorted(system.rows().items())).encode()).hexdigest() if uses_postgresql() else ""


# --- Later releases ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("release", [path for path in RELEASES if path != REFUSED], ids=lambda path: path.name)
def test_a_later_release_takes_over_the_database_of_an_earlier_one(release: Path, tmp_path: Path) -> None:
    with System(tmp_path / "data") as system:
        _put_in_place(release, system)
        papers = _lay_papers(system)
        kept = _tree(system.data / "kept")
        before = _rows(system)
        counted = json.loads((release / "rows.json").read_text())
        # Counted on SQLite, whose full-text indexes are other tables.
        counted = {table: count for table, count in counted.items() if table in before and table not in REWRITTEN}
        assert {table: len(before[table]) for table in counted if "index" not in table} == {
            table: count for table, count in counted.items() if "index" not in table
        }
        assert len(before["provisioning_installation"]) >= 2

        done = system.run("migrate", "--verbosity", "0")
        assert done.returncode == 0, done.stderr

        if not uses_postgresql():
            with System(tmp_path / "new") as new:
                new.migrate()
                assert system.tables() == new.tables()
        after = _rows(system)
        assert _lost(before, after) == []
        if "programme_foundingarticle" in before:
            texts = sorted(row["text"] for row in before["programme_foundingarticle"].values())
            assert sorted(row["text"] for row in after["deliberations_article"].values()) == texts
            assert len(after["programme_power"]) == len(texts)
        # Who sat in a council on its site is a member of its assembly, in the same words.
        said = ("name", "civility", "function", "delegation")
        sat, sit = (
            sorted([row[name] for name in said] for row in rows.values())
            for rows in (before["council_councillor"], after["assemblies_member"])
        )
        assert sat == sit
        # Each act that was executory is, on the same day, without anybody saying that we put it online: what was
        # signed on its strength stands.
        told = system.python(LOOKED_AT)
        assert told.returncode == 0, told.stderr
        executory, report, loaded, read, printed, *asked = map(json.loads, told.stdout.splitlines())
        wanted = {pk: _executory_before(act) for pk, act in before["deliberations_act"].items()}
        assert {pk: one["on"] for pk, one in executory.items()} == wanted
        assert [one for one in executory.values() if one["mode"] or one["online"]] == []
        assert sum(day is not None for day in wanted.values()) >= 2
        assert report["intact"], report
        assert report["sealed"] == len(before["journal_entry"])
        # Half a second of each start: for those who sign.
        assert loaded == []
        # Its papers lie as they lay, as their rows tell; what is printed anew of a former text says its version.
        assert read == papers
        assert len(papers) == len(before["documents_document"]) >= 12
        assert _tree(system.data / "kept") == kept
        assert len(printed) >= 3
        for version, words in printed:
            assert f"dans sa version du {version}" in words.replace("\u00a0", " ")
        assert asked == [200, 200]


def test_the_database_of_each_release_is_kept_and_says_something_of_every_table() -> None:
    assert [path.name for path in RELEASES][:2] == ["0.1.0", "0.2.0"]
    for path in RELEASES:
        assert {file.name for file in path.iterdir()} == {"sqlite3.xz", "postgresql.sql.xz", "rows.json"}
        assert sum(file.stat().st_size for file in path.iterdir()) < 500_000
    counted = json.loads((RELEASES[-1] / "rows.json").read_text())
    ours = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("socle.") and model._meta.managed
    }
    # A table born since is in no release yet.
    assert len(ours & counted.keys()) > 150
    assert [table for table in sorted(ours & counted.keys()) if not counted[table]] == []


def _put_in_place(release: Path, system: System) -> None:
    system.data.mkdir()
    if uses_postgresql():
        script = lzma.decompress((release / "postgresql.sql.xz").read_bytes())
        there = connection.settings_dict
        subprocess.run(
            [databases.program("psql"), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"],
            input=script,
            env={
                "PGHOST": there["HOST"],
                "PGPORT": str(there["PORT"]),
                "PGUSER": there["USER"],
                "PGPASSWORD": there["PASSWORD"],
                "PGDATABASE": system.database,
            },
            check=True,
            stdout=subprocess.DEVNULL,
        )
    else:
        (system.data / "socle.sqlite3").write_bytes(lzma.decompress((release / "sqlite3.xz").read_bytes()))


# The release keeps rows alone, which would weigh too much with their files: each paper gets words of its own.
LAID = """
import hashlib, json, pathlib, django
django.setup()
from django.conf import settings
from django.db import connection
laid = {}
with connection.cursor() as cursor:
    cursor.execute("SELECT id, file, title FROM documents_document ORDER BY id")
    for key, name, title in cursor.fetchall():
        content = f"%PDF-1.7 {key} {title}".encode() * 50
        path = pathlib.Path(settings.DOCUMENTS_ROOT, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o400)
        laid[name] = hashlib.sha256(content).hexdigest()
        said = [laid[name], len(content), key]
        cursor.execute("UPDATE documents_document SET sha256 = %s, size = %s WHERE id = %s", said)
print(json.dumps(laid))
"""


def _lay_papers(system: System) -> dict[str, str]:
    """Write the file of each document of this base, and return their digests by name."""
    done = system.python(LAID)
    assert done.returncode == 0, done.stderr
    laid: dict[str, str] = json.loads(done.stdout)
    return laid


# In one process, since each takes seconds to start: the acts, the journal, the checks of Django, the papers, two sites.
LOOKED_AT = """
import json, sys, django
django.setup()
from django.core.management import call_command
from django.test import Client
from socle.deliberations.models import Act
print(json.dumps({act.pk: {"on": act.executory_on and act.executory_on.isoformat(), "mode": act.mode,
    "online": act.online_sha256} for act in Act._base_manager.all()}))
call_command("journal", "verify", "--json")
call_command("check", stdout=sys.stderr)
print(json.dumps([name for name in sys.modules if name == "pyhanko"]))
import hashlib
from datetime import date
from django.utils import timezone
from django_scopes import scopes_disabled
from socle.agreements.document import build, render_agreement
from socle.agreements.models import Agreement
from socle.documents import actions as documents
from socle.documents.models import Document
from socle.documents.official import pages_of
from socle.lib import dates
with scopes_disabled():
    kept = {one.file.name: documents.read(one) for one in Document.objects.all()}
    print(json.dumps({name: hashlib.sha256(content).hexdigest() for name, content in kept.items()}))
    printed = []
    for one in Agreement.every.filter(status="signed").select_related("text"):
        pdf = render_agreement(build(one, at=timezone.now()), one.text.body)
        printed.append([dates.in_words(date.fromisoformat(one.text.version)).replace("\u00a0", " "),
            " ".join(pages_of(pdf))])
    print(json.dumps(printed))
for name in ("prisches", "ablain-saint-nazaire"):
    print(Client(headers={"host": name + ".localhost"}).get("/").status_code)
"""


def _executory_before(act: dict[str, str]) -> str | None:
    """The day on which this row was executory, by the rule of the release: the later of the two days."""
    days = (re.findall(r"\d+", act[name]) for name in ("published_on", "received_on"))
    published, received = ("-".join(part.zfill(2) for part in day) for day in days)
    if not published or (not received and act["not_transmissible_because"] == "''"):
        return None
    return max(published, received)


Rows = dict[str, dict[str, dict[str, str]]]


def _rows(system: System) -> Rows:
    """Each row by its identifier, that of its page for a page; tables without an identifier are left out."""
    found: Rows = {}
    with database_of(system) as (tables, columns_of, read):
        for table in tables:
            columns = columns_of(table)
            if identifier := next((column for column in ("id", "page_ptr_id") if column in columns), None):
                found[table] = {
                    str(row[columns.index(identifier)]): {
                        column: repr(value) for column, value in zip(columns, row, strict=True)
                    }
                    for row in read(table, columns)
                }
    return found


def _lost(before: Rows, after: Rows) -> list[str]:
    """What was there, could still be, and is not the same."""
    wrong = []
    for table, rows in before.items():
        here = after.get(RENAMED.get(table, table))
        if table in REWRITTEN or here is None:
            continue
        for identifier, row in rows.items():
            now = here.get(identifier)
            if now is None:
                wrong.append(f"{table} {identifier} is gone")
                continue
            wrong += [
                f"{table} {identifier}, {column}: {value} → {now[name]}"
                for column, value in row.items()
                if (name := RENAMED.get((table, column), column)) in now
                and now[name] != REWORDED.get((table, column), {}).get(value, value)
                and (table, column) not in REWRITTEN
            ]
    # A table that goes with its rows is a decision: it is written here when it is taken.
    wrong += [
        f"the table {table} is gone"
        for table in before
        if RENAMED.get(table, table) not in after and table not in REWRITTEN
    ]
    return wrong
