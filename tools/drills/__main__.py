"""`make drills`: run the drills and print a table of what was seen; exit code 1 when something is not as wanted."""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tools.drills import attacked, bare, batches, mail, nodes, releases, restore
from tools.installation import installation


@contextlib.contextmanager
def small_disk(megabytes: int = 900) -> Iterator[Path]:
    """Give a disk of its own, in memory, that can be filled (needs root)."""
    with tempfile.TemporaryDirectory(prefix="socle-disk-") as place:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", place], check=True)
        try:
            yield Path(place)
        finally:
            subprocess.run(["umount", "--lazy", place], check=True)


def fill(disk: Path) -> Path:
    """Write until nothing can be written any more; return the file to remove."""
    filling = disk / "filling"
    with filling.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"\0" * size)
    return filling


def drills(database: str, count: int, kills: int) -> dict[str, Callable[[], dict[str, Any]]]:
    """The drills of this database, by name."""

    def on(drill: Callable[..., dict[str, Any]], **options: Any) -> Callable[[], dict[str, Any]]:
        def run() -> dict[str, Any]:
            with installation(database) as ours:
                return drill(ours, count=count, **options)

        return run

    def with_a_full_disk() -> dict[str, Any]:
        with small_disk() as disk, installation(database, where=disk) as ours:
            return batches.full_disk(ours, count=count, fill=lambda: fill(disk))

    def with_several_machines() -> dict[str, Any]:
        with nodes.machines() as ours:
            return nodes.broken_nodes(ours)

    def from_a_bare_debian() -> dict[str, Any]:
        with bare.bare_debian() as ours:
            return bare.installed(ours)

    def from_an_empty_folder() -> dict[str, Any]:
        with bare.bare_debian() as ours:
            return bare.from_zero(ours)

    def saved_and_restored() -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="socle-restore-") as place:
            # PostgreSQL, which is not root, goes through it.
            Path(place).chmod(0o711)
            return restore.lost_and_restored(count=count, where=Path(place))

    def behind_its_front() -> dict[str, Any]:
        with installation(database) as ours:
            return attacked.attacked(ours)

    def mail_carried() -> dict[str, Any]:
        with installation(database) as ours:
            return mail.carried(ours)

    def released() -> dict[str, Any]:
        with bare.bare_debian() as ours:
            return releases.released(ours)

    found = {
        "killed": on(batches.killed_workers, kills=kills),
        "two-workers": on(batches.killed_workers, kills=kills, workers=2, seed=1),
        "full-disk": with_a_full_disk,
        "mail": mail_carried,
    }
    if database == "postgresql":
        found["database"] = on(batches.restarted_database, restarts=max(1, kills // 2))
        found["restore"] = saved_and_restored
        found["attack"] = behind_its_front
        found["nodes"] = with_several_machines
        found["bare"] = from_a_bare_debian
        found["zero"] = from_an_empty_folder
        found["release"] = released
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    known = "killed, two-workers, full-disk, mail, database, restore, attack, nodes, bare, zero, release"
    parser.add_argument("names", nargs="*", help=f"{known} (all)")
    parser.add_argument("--only", action="append", default=[], help="the same, one by one")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    chosen = parser.parse_args()
    failed, wanted = False, {*chosen.names, *chosen.only}
    for name, drill in drills(chosen.database, chosen.count, chosen.kills).items():
        if wanted and name not in wanted:
            continue
        begun = time.monotonic()
        seen = drill()
        if shown := seen.pop("table", ""):
            print(shown)
        print(f"{chosen.database}, {name}, {time.monotonic() - begun:.0f} s: {seen}", flush=True)
        failed |= bool(seen["wrong"])
    sys.exit(failed)


if __name__ == "__main__":
    main()
