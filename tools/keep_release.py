"""Keep the database of a release, so that tests see every later one take it over (tests/operations/test_upgrade.py).

    git worktree add /tmp/release v0.2.0
    .venv/bin/python -m tools.keep_release 0.2.0 --code /tmp/release

It runs the code of that release: a demonstration with two equipped communes, on SQLite and on a PostgreSQL of its own.
A table of ours that this leaves empty is given a row (tools/furnish_tables.py).
The communes that nobody equipped are then taken away: the whole of France would weigh more than everything else.
Writes tests/data/releases/<version>/: sqlite3.xz, postgresql.sql.xz, and rows.json, the number of rows of each table.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.cluster import Cluster, binaries

ROOT = Path(__file__).resolve().parent.parent
EQUIPPED = ("59474", "62001")

# Run by the release's own code: what depends on a commune that goes, goes with it; the rest must hold together.
LIGHTEN = """
import json, django
django.setup()
from django.core.management import call_command
from django.db import connection, transaction
from socle.journal import actions as journal
quote = connection.ops.quote_name
with transaction.atomic(), connection.cursor() as cursor:
    cursor.execute("DELETE FROM django_session")
    tables = connection.introspection.table_names(cursor)
    relations = {table: connection.introspection.get_relations(cursor, table).items() for table in tables}
    # What every commune has; what the rest of the house points to stays.
    of_all = {table for table in tables if table.startswith("territory_") or table == "programme_assessment"}
    named = " UNION ".join(
        f"SELECT {quote(column)} FROM {quote(table)} WHERE {quote(column)} IS NOT NULL"
        for table in tables
        for column, (key, other) in relations[table]
        if other == "territory_commune" and table not in of_all
    )
    cursor.execute(f"DELETE FROM territory_commune WHERE id NOT IN ({named})")
    gone = 1
    while gone:
        gone = 0
        for table in tables:
            for column, (key, other) in relations[table]:
                if table in of_all and other in of_all:
                    cursor.execute(
                        f"DELETE FROM {quote(table)} WHERE {quote(column)} IS NOT NULL AND {quote(column)}"
                        f" NOT IN (SELECT {quote(key)} FROM {quote(other)})"
                    )
                    gone += cursor.rowcount
while journal.seal():
    pass
assert journal.verify().is_intact
if connection.vendor == "sqlite":
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("PRAGMA journal_mode=DELETE")
counts = {}
with connection.cursor() as cursor:
    for table in sorted(tables):
        cursor.execute(f"SELECT COUNT(*) FROM {quote(table)}")
        counts[table] = cursor.fetchone()[0]
print(json.dumps(counts))
"""


def make(code: Path, data: Path, url: str) -> dict[str, int]:
    """Fill a database with the code of the release; return the number of rows of each table."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SOCLE_")}
    environment |= {"SOCLE_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "socle.config.settings"}
    environment["PYTHONPATH"] = str(code)
    if url:
        environment["SOCLE_DATABASE_URL"] = url

    def run(*line: str) -> str:
        done = subprocess.run([sys.executable, *line], cwd=code, env=environment, check=True, stdout=subprocess.PIPE)
        return done.stdout.decode()

    run("-m", "socle", "demo")
    for insee_code in EQUIPPED:
        run("-m", "socle", "equip", insee_code)
    run("-m", "socle", "demo")  # What it gives to the sites, these have now too.
    run(str(ROOT / "tools/furnish_tables.py"))
    return json.loads(run("-c", LIGHTEN).splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("version")
    parser.add_argument("--code", type=Path, default=ROOT, help="where the code of that release is (here)")
    chosen = parser.parse_args()
    code = chosen.code.resolve()
    into = ROOT / "tests" / "data" / "releases" / chosen.version
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o711)
        data = Path(scratch) / "sqlite"
        rows = make(code, data, "")
        content = (data / "socle.sqlite3").read_bytes()
        (into / "sqlite3.xz").write_bytes(lzma.compress(content, preset=9))
        (into / "rows.json").write_text(json.dumps(rows, indent=1) + "\n")
        cluster = Cluster(Path(scratch) / "cluster").make().start()
        try:
            make(code, Path(scratch) / "postgresql", cluster.url)
            where = binaries()
            assert where is not None
            dumped = subprocess.run(
                [str(where / "pg_dump"), "--no-owner", "--no-privileges", "--inserts", cluster.url],
                check=True,
                stdout=subprocess.PIPE,
            ).stdout
            # Lines for psql only, which no other program understands.
            kept = b"\n".join(line for line in dumped.splitlines() if not line.startswith(b"\\"))
            (into / "postgresql.sql.xz").write_bytes(lzma.compress(kept, preset=9))
        finally:
            cluster.remove()
    for path in sorted(into.iterdir()):
        print(path.relative_to(ROOT), path.stat().st_size)


if __name__ == "__main__":
    main()
