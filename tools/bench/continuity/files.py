"""Shared folders: what a network drive asks of one among hundreds of thousands of files, and WsgiDAV by hand beside."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.bench.continuity import dav
from tools.bench.continuity.agenda import XML, login_of
from tools.bench.continuity.dav import FILLING, SERIAL, Asked, Gesture
from tools.bench.continuity.furnishing import LARGE_NAME, LISTED, READ

# What programs of drives ask of each file of a folder (rclone, davfs2).
PROPERTIES = (
    '<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop><D:displayname/><D:getlastmodified/>'
    "<D:getcontentlength/><D:resourcetype/><D:getetag/></D:prop></D:propfind>"
)


@contextlib.contextmanager
def by_hand(where: Path, stored: Path, chosen: Sequence[dict[str, Any]]) -> Iterator[dav.Served]:
    """Serve the same files with WsgiDAV alone, on its provider of folders of the disk.

    Those files are other names of ours: nothing here writes over one.
    """
    root = where / "root"
    for place in chosen:
        _lay(root / login_of(place), stored, place["files"])
    users = {login_of(place): {"password": place["secret"]} for place in chosen}
    (where / "users.json").write_text(json.dumps(users))
    variables = {"BENCH_DRIVE_ROOT": str(root), "BENCH_DRIVE_USERS": str(where / "users.json")}
    with dav.served("tools.bench.continuity.drive_by_hand:application", where, variables) as served:
        yield served


def _lay(root: Path, stored: Path, files: Mapping[str, str]) -> None:
    for path, name in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        os.link(stored / name, root / path)


def gestures(chosen: Sequence[dict[str, Any]]) -> list[Gesture]:
    """What is asked of both: a folder’s files, one file, a new file."""

    def both(name: str, method: str, path: str, body: str = "", *, counts: str = "", **headers: str) -> Gesture:
        said = {**headers, **(XML if method == "PROPFIND" else {})}
        mine = [
            Asked(method, f"/dav/dossier/{one['pk']}/{path}", one["login"], one["secret"], body, said) for one in chosen
        ]
        theirs = [Asked(method, f"/{login_of(one)}/{path}", login_of(one), one["secret"], body, said) for one in chosen]
        return Gesture(name, mine, theirs, counts)

    return [
        both("PROPFIND, the 50 files of a folder", "PROPFIND", f"{LISTED}/", PROPERTIES, counts="getetag>", Depth="1"),
        both("GET, 100 kB", "GET", f"{READ}/{LARGE_NAME}"),
        both("PUT, a new file of 100 kB", "PUT", f"{READ}/{SERIAL}.bin", f"{SERIAL}{FILLING}"),
    ]
