"""The database of each earlier release is taken over: its rows, the journal's chain, its communes' sites.

The databases are made by tools/keep_release.py, by the code of the release itself.
"""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path

import pytest
from django.db import connection

from socle.operations.safekeeping import databases
from tests.consistency import house
from tests.systems import System, database_of, uses_postgresql

pytestmark = [pytest.mark.slow, pytest.mark.both]
RELEASES = sorted((house.ROOT / "tests" / "data" / "releases").iterdir())

# What a later release rewrites on purpose, and why: (table, column), or a whole table.
REWRITTEN: dict[str | tuple[str, str], str] = {
    "django_migrations": "each migration adds its line",
    "django_content_type": "Django renews it after a migration",
    "auth_permission": "Django renews it after a migration",
    "auth_group_permissions": "Django renews it after a migration",
}


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name)
def test_a_later_release_takes_over_the_database_of_an_earlier_one(release: Path, tmp_path: Path) -> None:
    with System(tmp_path / "data") as system:
        system.data.mkdir()
        _put_in_place(release, system)
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

        assert _lost(before, _rows(system)) == []
        verified = system.run("journal", "verify", "--json")
        report = json.loads(verified.stdout)
        assert report["intact"], report
        assert report["sealed"] == len(before["journal_entry"])
        for host in ("prisches.localhost", "ablain-saint-nazaire.localhost"):
            answer = system.furnish("ask", host)
            assert answer.stdout.startswith("200 "), answer.stdout + answer.stderr[-2000:]
        assert system.run("check").returncode == 0


def test_the_database_of_the_first_release_is_kept() -> None:
    assert "0.1.0" in [path.name for path in RELEASES]
    for path in RELEASES:
        assert {file.name for file in path.iterdir()} == {"sqlite3.gz", "postgresql.sql.gz", "rows.json"}
        assert sum(file.stat().st_size for file in path.iterdir()) < 500_000


def _put_in_place(release: Path, system: System) -> None:
    if uses_postgresql():
        script = gzip.decompress((release / "postgresql.sql.gz").read_bytes())
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
        (system.data / "socle.sqlite3").write_bytes(gzip.decompress((release / "sqlite3.gz").read_bytes()))


Rows = dict[str, dict[str, dict[str, str]]]


def _rows(system: System) -> Rows:
    """Each row by its identifier, column by column; tables without an identifier are left out."""
    found: Rows = {}
    with database_of(system) as (tables, columns_of, read):
        for table in tables:
            columns = columns_of(table)
            if "id" in columns:
                found[table] = {
                    str(row[columns.index("id")]): {
                        column: repr(value) for column, value in zip(columns, row, strict=True)
                    }
                    for row in read(table, columns)
                }
    return found


def _lost(before: Rows, after: Rows) -> list[str]:
    """What was there, could still be, and is not the same."""
    wrong = []
    for table, rows in before.items():
        if table in REWRITTEN or table not in after:
            continue
        for identifier, row in rows.items():
            now = after[table].get(identifier)
            if now is None:
                wrong.append(f"{table} {identifier} is gone")
                continue
            wrong += [
                f"{table} {identifier}, {column}: {value} → {now[column]}"
                for column, value in row.items()
                if column in now and now[column] != value and (table, column) not in REWRITTEN
            ]
    # A table that goes with its rows is a decision: it is written here when it is taken.
    wrong += [f"the table {table} is gone" for table in before if table not in after and table not in REWRITTEN]
    return wrong
