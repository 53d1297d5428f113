"""What each family of processes holds in memory: resident, and its own part of what is shared (PSS)."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from pathlib import Path

from tools.installation import family_of

# How many processes, their resident memory and their own part of it, in MiB.
Held = tuple[int, float, float]
RSS, PSS = re.compile(r"^Rss:\s+(\d+) kB", re.MULTILINE), re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def of(families: Mapping[str, list[int]]) -> dict[str, Held]:
    """How many processes each family has, and their RSS and PSS in MiB, by the pids of those who began it."""
    found = {}
    for name, heads in families.items():
        count, resident, own = 0, 0.0, 0.0
        for pid in {pid for head in heads for pid in family_of(head)}:
            # One may end meanwhile.
            with contextlib.suppress(OSError):
                said = Path(f"/proc/{pid}/smaps_rollup").read_text()
                rss, pss = RSS.search(said), PSS.search(said)
                if rss and pss:
                    count, resident, own = count + 1, resident + int(rss[1]) / 1024, own + int(pss[1]) / 1024
        found[name] = (count, resident, own)
    return found


def head_of(pid_file: Path) -> list[int]:
    """The process that a file names; none when it does not run."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return [int(pid_file.read_text().split()[0])]
    return []


def rows_of(rest: Mapping[str, Held], end: Mapping[str, Held]) -> list[list[str]]:
    """Lay out both looks, in the order of the first."""
    rows = []
    for name in {**rest, **end}:
        row = [name]
        for look in (rest, end):
            count, resident, own = look.get(name, (0, 0.0, 0.0))
            row += [str(count), f"{resident:,.0f} MiB", f"**{own:,.0f} MiB**"] if count else ["–", "–", "–"]
        rows.append(row)
    return rows


HEAD = ["processes", "at rest", "RSS", "PSS", "at the end", "RSS", "PSS"]
