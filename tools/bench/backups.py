"""The saves of a machine: 500 MB in 20,000 files, through our server, beside restic driven by hand in the same run.

python -m tools.bench.backups                 the whole: two minutes, two gigabytes of disk
python -m tools.bench.backups --files 2000    a look
"""

from __future__ import annotations

import argparse
import filecmp
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

KEY, OPERATOR = "cle-de-la-machine", "cle-de-l-operateur"


def furnish(folder: Path, files: int, size: int) -> None:
    """Random files, a hundred a folder."""
    chance = random.Random(1)
    for number in range(files):
        place = folder / f"{number // 100:04d}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.bin").write_bytes(chance.randbytes(size // files))


def restic(*arguments: str, repository: str, key: str = KEY) -> None:
    """Run it, and stop when it fails."""
    subprocess.run(
        ["restic", "--no-cache", "--quiet", *arguments],
        env={**os.environ, "RESTIC_REPOSITORY": repository, "RESTIC_PASSWORD": key},
        check=True,
        stdout=subprocess.DEVNULL,
    )


def timed(act: Callable[[], object]) -> float:
    """How many seconds it takes."""
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


def same(left: Path, right: Path) -> bool:
    """Whether two folders hold the same files, byte for byte."""
    mine = sorted(path.relative_to(left) for path in left.rglob("*") if path.is_file())
    theirs = sorted(path.relative_to(right) for path in right.rglob("*") if path.is_file())
    return mine == theirs and not filecmp.cmpfiles(left, right, [str(path) for path in mine], shallow=False)[1]


def ours(work: Path, papers: Path) -> dict[str, float]:
    """Through our server and our store."""
    from django.conf import settings

    from socle.engines.restic.client import Restic
    from socle.engines.restic.server import Server
    from socle.engines.restic.store import ResticStore

    settings.SOCLE_MACHINE_BACKUPS_DIR = str(work / "ours")
    seen = {}
    with Server(work / "ours", settings.SOCLE_MACHINE_BACKUPS_LISTEN):
        store = ResticStore()
        store.let_in({"c1-bench": store.digest_of("secret")})
        time.sleep(1)
        where = f"rest:http://c1-bench:secret@{settings.SOCLE_MACHINE_BACKUPS_LISTEN}/c1-bench/"
        (work / "key").write_text(OPERATOR)
        seen["init"] = timed(lambda: restic("init", repository=where))
        restic("key", "add", "--new-password-file", str(work / "key"), repository=where)
        seen["first"] = timed(lambda: restic("backup", str(papers), repository=where))
        touch(papers)
        seen["incremental"] = timed(lambda: restic("backup", str(papers), repository=where))
        first, last = store.snapshots("c1-bench", OPERATOR)
        seen["prune"] = timed(lambda: store.forget("c1-bench", OPERATOR, [first.id]))
        seen["check"] = timed(lambda: store.verify("c1-bench", OPERATOR))
        target = work / "ours-back"
        seen["restore"] = timed(lambda: restic("restore", "latest", "--target", str(target), repository=where))
        assert same(papers, target / str(papers).lstrip("/"))
        paths = [one.path for one in store.files("c1-bench", OPERATOR, last.id)]
        sample = random.Random(1).sample(paths, 28)
        seen["drill of 28 files"] = timed(lambda: list(store.compare("c1-bench", OPERATOR, last.id, sample)))
        assert isinstance(Restic(store.repositories / "c1-bench", OPERATOR).snapshots(), list)
    return seen


def by_hand(work: Path, papers: Path) -> dict[str, float]:
    """The same, restic and its server driven by hand, with no line of ours."""
    folder, port = work / "hand", 23456
    folder.mkdir()
    server = subprocess.Popen(
        ["restic-rest-server", "--listen", f"127.0.0.1:{port}", "--path", str(folder), "--no-auth", "--append-only"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        time.sleep(1)
        where, disk, seen = f"rest:http://127.0.0.1:{port}/c1/", str(folder / "c1"), {}
        seen["init"] = timed(lambda: restic("init", repository=where))
        seen["first"] = timed(lambda: restic("backup", str(papers), repository=where))
        touch(papers)
        seen["incremental"] = timed(lambda: restic("backup", str(papers), repository=where))
        seen["prune"] = timed(lambda: restic("forget", "--keep-last", "1", "--prune", repository=disk))
        seen["check"] = timed(lambda: restic("check", repository=disk))
        target = work / "hand-back"
        seen["restore"] = timed(lambda: restic("restore", "latest", "--target", str(target), repository=where))
        assert same(papers, target / str(papers).lstrip("/"))
    finally:
        server.terminate()
        server.wait(10)
    return seen


def touch(papers: Path) -> None:
    """Three files change."""
    for path in sorted(papers.rglob("*.bin"))[:3]:
        path.write_bytes(os.urandom(20_000))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--size", type=int, default=500_000_000)
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socle.config.settings")
    from tools.bench.__main__ import machine, table

    work = Path(tempfile.mkdtemp(prefix="socle-bench-backups-"))
    try:
        furnish(work / "papers", asked.files, asked.size)
        print(f"{machine()}\n\n### {asked.size / 1e6:.0f} MB in {asked.files} files\n")
        hand = by_hand(work, work / "papers")
        mine = ours(work, work / "papers")
        rows = [[name, f"{mine[name]:.1f} s", f"{hand[name]:.1f} s" if name in hand else "–"] for name in mine]
        table(["what", "ours", "restic by hand"], rows)
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
