"""Measure each type of page of a demonstration's site with Lighthouse, on a supposed phone, and print a table.

python -m tools.lighthouse               a throw-away demonstration, three minutes
python -m tools.lighthouse --why         and what each page lacks, even when it is enough
"""

from __future__ import annotations

import argparse

from socle.lib.ports import free_port
from tools import lighthouse
from tools.bench.__main__ import machine, table
from tools.installation import installation

COMMUNE = "59474"
ENOUGH = 98


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--why", action="store_true", help="say what each page lacks")
    chosen = parser.parse_args()
    if lacking := lighthouse.missing():
        raise SystemExit(lacking)
    print(machine() + "\n", flush=True)
    rows, lacks = [], []
    with installation("sqlite") as ours:
        ours.socle("equip", COMMUNE)
        port = free_port()
        published = ours.directory / "published"
        pages = ours.inside("tools.lighthouse.site:lay_first", str(published), port)
        kinds = {address: kind for kind, address in pages}
        with lighthouse.served(published, ours.directory / "caddy", port) as authority:
            for seen in lighthouse.measure(list(kinds), believes=authority):
                kind = kinds[seen.address]
                scores = [str(seen.scores[name]) for name in lighthouse.CATEGORIES]
                rows.append([kind, *scores, f"{seen.bytes / 1000:.0f} kB", str(seen.requests)])
                for name in lighthouse.CATEGORIES:
                    if chosen.why or seen.scores[name] < ENOUGH:
                        lacks += [f"- {kind}, {name}: {lack}" for lack in seen.lacks[name]]
    table(["page", *lighthouse.CATEGORIES, "transferred", "requests"], rows)
    print("\n".join(lacks))


if __name__ == "__main__":
    main()
