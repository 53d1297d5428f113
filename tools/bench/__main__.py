"""`make bench`: measure everything and print tables; `--only` and `--count` for a part of it, or a smaller one.

python -m tools.bench                                   the whole: half an hour on two cores
python -m tools.bench --only screens served --count 50  a look at two of them
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import re
import time
from pathlib import Path
from typing import Any

from tools.bench import batch, screens, served
from tools.installation import Installation, installation, wait_for

# What the batch left to do: sites to publish, and tasks ready or running.
AT_WORK = (
    "SELECT (SELECT count(*) FROM websites_change), (SELECT count(*) FROM django_tasks_database_dbtaskresult "
    "WHERE status IN ('READY', 'RUNNING') AND (run_after IS NULL OR run_after < now()))"
)
PARTS = ("batch", "screens", "served", "sites", "sqlite")


def machine() -> str:
    """Say in a line on what, and when, this is measured."""
    cpu = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    assert memory
    return (
        f"{datetime.date.today():%d %B %Y}, {os.cpu_count()} cores ({cpu[1] if cpu else platform.machine()}), "  # noqa: DTZ011
        f"{int(memory[1]) / 2**20:.0f} GiB, Python {platform.python_version()}, "
        f"load average when begun {os.getloadavg()[0]:.1f}"
    )


def table(head: list[str], rows: list[list[str]]) -> None:
    """Print a table of Markdown."""
    for row in (head, ["---"] * len(head), *rows):
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def measure_batch(ours: Installation, database: str, count: int) -> None:
    """Equip the communes in one batch, everything else running."""
    seen = batch.equip(ours, count)
    print(f"### {database}: {count} communes in one batch\n")
    table(
        ["what", "measured"],
        [
            ["from the request to the last commune live", f"{seen['seconds'] / 60:.1f} min"],
            ["each", f"{seen['seconds'] / count:.2f} s"],
            ["done, not done", f"{seen['done']}, {count - seen['done']}"],
            *[[f"peak memory of one {kind} process", f"{peak:.0f} MiB"] for kind, peak in seen["peaks"].items()],
        ],
    )


def measure_screens(ours: Installation) -> None:
    """Time the console’s screens over HTTP, with their queries, once the sites of the batch are published."""
    seen = ours.inside("tools.bench.screens:queries_of_pages")
    wait_for(lambda: not any(ours.ask(AT_WORK)[0]), seconds=300, what="the end of what the batch left to do", every=2)
    rows = []
    for page in seen["pages"]:
        median, centile = screens.time_page(ours.address + page["path"], seen["cookie"])
        rows.append([page["label"], ms(median), ms(centile), str(page["queries"]), f"{page['bytes'] / 1000:.0f} kB"])
    print(f"### The console, all of France, {seen['agreements']} agreements (over HTTP, one at a time)\n")
    table(["page", "median", "p95", "queries", "weight"], rows)


def measure_served(ours: Installation) -> None:
    """Ask for pages as fast as possible, beside nginx serving the same bytes."""
    if lacking := served.missing():
        raise SystemExit(f"apt-get install nginx-light wrk ({', '.join(lacking)} missing)")
    [(host,)] = ours.ask("SELECT host FROM websites_website ORDER BY id LIMIT 1")
    rows = []
    for label, name in (("the programme’s page", ""), ("a commune’s home page", host)):
        where = ours.directory / f"nginx-{len(rows)}"
        seen = served.compare(ours.address + "/", where, host=f"{name}:{ours.port}" if name else "")
        rows.append(
            [
                f"{label}, {seen['bytes'] / 1000:.0f} kB",
                f"{seen['ours']['per_second']:.0f}/s",
                ms(seen["ours"]["p99"]),
                f"{seen['nginx']['per_second']:.0f}/s",
                ms(seen["nginx"]["p99"]),
                f"{seen['ratio']:.4f}",
            ]
        )
    print("### Requests per second, sixteen at once (granian, two processes), beside nginx serving the same bytes\n")
    table(["page", "Socle", "p99", "nginx", "p99", "ratio"], rows)


def measure_sites(ours: Installation, counts: list[int]) -> None:
    """Make sites, one process, the index off; then index them all."""
    seen: list[dict[str, Any]] = ours.inside("tools.bench.sites:make_sites", counts)
    index = ours.inside("tools.bench.sites:index_all")
    print("### Making one more site\n")
    table(
        ["sites already there", "median", "worst", "a second", "queries"],
        [
            [str(row["count"]), ms(row["median"]), ms(row["worst"]), f"{row['per_second']:.1f}", str(row["queries"])]
            for row in seen
        ],
    )
    print(f"Indexed afterwards by the tick: {index['sites']} sites in {index['seconds']:.1f} s.\n", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--count", type=int, default=905, help="communes in the batch (905)")
    parser.add_argument("--sites", type=int, nargs="*", default=[0, 900, 1500], help="numbers of sites to measure at")
    chosen = parser.parse_args()
    print(machine() + "\n")
    begun = time.monotonic()
    if set(chosen.only) & {"batch", "screens", "served"}:
        with installation("postgresql") as ours:
            measure_batch(ours, "PostgreSQL", chosen.count)
            wait_for(ours.answers, seconds=60, what="the web server")
            if "screens" in chosen.only:
                measure_screens(ours)
            if "served" in chosen.only:
                measure_served(ours)
    if "sites" in chosen.only:
        with installation("postgresql") as ours:
            measure_sites(ours, chosen.sites)
    if "sqlite" in chosen.only:
        with installation("sqlite") as ours:
            measure_batch(ours, "SQLite", chosen.count)
    print(f"Measured in {(time.monotonic() - begun) / 60:.0f} minutes.")


if __name__ == "__main__":
    main()
