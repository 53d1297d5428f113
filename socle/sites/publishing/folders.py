"""The files on the disk: one folder per release of a site, its unchanged files shared, swapped by one rename.

    published/
    ├── sites/<slug>/<release>/…      what was published at one moment: complete, never changed afterwards
    ├── sites/<slug>/current          → the release that is served
    ├── sites/<slug>/hosts/<host>     the names under which the site is found, so that nobody reads the list of all
    ├── sites/<slug>/leads/@301-<to>  where another name of the site leads, for good (301) or for now (302): <to> is
    │                                 read in the name of the file @301/<to>
    └── hosts/<host>                  → ../sites/<slug>/current, or → ../sites/<slug>/leads/…: where the web server
                                      looks, by the name it was asked

Killed at any point, what was served goes on being served: a release that nothing points to is swept by the next one.
"""

from __future__ import annotations

import contextlib
import gzip
import itertools
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

import brotli
from django.conf import settings

# Compressed once for every reader; pictures and PDF are compressed already, and a few bytes gain nothing.
COMPRESSIBLE = {".html", ".css", ".js", ".svg", ".xml", ".txt", ".json", ".ics", ".atom", ".csv", ".webmanifest"}
WORTH_COMPRESSING = 200
# In the order of `variants_of`: the file itself, then what a browser may prefer to it.
SUFFIXES = ("", ".br", ".gz")
# The release before stays a while: a web server may be sending from it.
KEPT = 2
# An address we accept to make a file of: ASCII, no dot that climbs, nothing that a shell or a file system would take
# for something else. What editors choose (slugs, names of files) is made of these.
PATH = re.compile(r"/(?:[A-Za-z0-9_~][A-Za-z0-9._~-]*(?:/[A-Za-z0-9_~][A-Za-z0-9._~-]*)*/?)?", re.ASCII)
RELEASE = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}", re.ASCII)


def root() -> Path:
    """Where the published sites are."""
    return Path(settings.PUBLISHED_ROOT)


def file_of(path: str) -> PurePosixPath:
    """Return where the answer to an address is kept, relative to the release: `/contact/` is `contact/index.html`."""
    return PurePosixPath(f"{path[1:]}index.html" if path.endswith("/") else path[1:])


def home_of(slug: str) -> Path:
    """Return the folder of a site."""
    return root() / "sites" / slug


def write(folder: Path, path: str, content: bytes) -> None:
    """Write one file of a release, with its compressed variants."""
    target = folder / file_of(path)
    make(target.parent)
    _write(target, content)
    if target.suffix in COMPRESSIBLE and len(content) >= WORTH_COMPRESSING:
        _write(target.with_name(target.name + ".br"), brotli.compress(content, mode=brotli.MODE_TEXT))
        # No name and no date inside: the same bytes each time.
        _write(target.with_name(target.name + ".gz"), gzip.compress(content, mtime=0))


def _write(target: Path, content: bytes) -> None:
    target.write_bytes(content)
    target.chmod(0o644)


def make(folder: Path) -> None:
    """Make a folder that the web server may read, whatever this process lets others read of its other files."""
    missing = list(itertools.takewhile(lambda path: not path.exists(), [folder, *folder.parents]))
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        path.chmod(0o755)


def share(from_: Path, to: Path, path: str) -> bool:
    """Put an unchanged file of a release in the next one, without copying it; say whether it was there."""
    file = file_of(path)
    target = to / file
    make(target.parent)
    for suffix in SUFFIXES:
        try:
            os.link(from_ / f"{file}{suffix}", f"{target}{suffix}")
        except FileNotFoundError:
            if not suffix:
                return False
        except OSError:
            # A file system without hard links, or whose count of them is reached: a copy, dated alike.
            shutil.copy2(from_ / f"{file}{suffix}", f"{target}{suffix}")
    return True


def release(
    slug: str, *, at: datetime, kept: Iterable[str], written: Mapping[str, bytes], old: str
) -> tuple[str, set[str]]:
    """Lay a complete new release of a site beside the one served; return its name, and the paths to be made again.

    `kept` are the paths whose files are taken from the release `old`; those that are not there are returned. Raises
    OSError when the disk does not take it, whole: nothing of it stays.
    """
    name = f"{at:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    folder = home_of(slug) / name
    with whole_or_nothing(folder):
        make(folder)
        missing = {path for path in kept if not (old and share(home_of(slug) / old, folder, path))}
        for path, content in written.items():
            write(folder, path, content)
    return name, missing


@contextlib.contextmanager
def whole_or_nothing(folder: Path) -> Iterator[None]:
    """Leave nothing of a release that could not be finished: on a disk that is full, it would keep it so."""
    try:
        yield
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def absent(slug: str, paths: Iterable[str]) -> set[str]:
    """Return those of these paths that no file answers where readers are sent: a folder emptied, a disk replaced."""
    current = home_of(slug) / "current"
    return {path for path in paths if not (current / file_of(path)).is_file()}


def is_found(slug: str, host: str) -> bool:
    """Whether the web server, asked for this name, finds this site."""
    return _leads_to(root() / "hosts" / host, f"../sites/{slug}/current")


def serve(slug: str, name: str) -> None:
    """Swap: from this instant every reader is sent to this release, whole."""
    _point(home_of(slug) / "current", name)


@dataclass(frozen=True)
class Lead:
    """Where a name leads that is not the main one: a host, with its port when it is not the usual one."""

    to: str
    is_permanent: bool


def answer_at(slug: str, hosts: Iterable[str], *, leads: Mapping[str, Lead] | None = None) -> None:
    """Let the web server find this site under these names, and under no other: there, the platform answers.

    Those of `leads` are found too, and lead elsewhere: the web server reads where in the name of a file.
    """
    links, marks = root() / "hosts", home_of(slug) / "hosts"
    make(links)
    make(marks)
    wanted = dict.fromkeys(hosts, f"../sites/{slug}/current")
    for alias, lead in (leads or {}).items():
        # No page has such a folder: the address of a page begins with a letter or a figure.
        folder = f"leads/{'@301' if lead.is_permanent else '@302'}-{lead.to}"
        mark = home_of(slug) / folder / ("@301" if lead.is_permanent else "@302") / lead.to
        make(mark.parent)
        _write(mark, b"")
        wanted[alias] = f"../sites/{slug}/{folder}"
    for host, target in wanted.items():
        if not _leads_to(links / host, target):
            # Marked first: a link that nothing marks would never be taken away.
            (marks / host).touch()
            _point(links / host, target)
    for mark in list(marks.iterdir()):
        if mark.name not in wanted:
            if _is_of(links / mark.name, slug):
                (links / mark.name).unlink(missing_ok=True)
            mark.unlink(missing_ok=True)
    kept = {Path(target).name for target in wanted.values()}
    for old in list((home_of(slug) / "leads").glob("@*")):
        if old.name not in kept:
            shutil.rmtree(old, ignore_errors=True)


def sweep(slug: str, name: str) -> None:
    """Remove the releases of a site that are served no more, but the last ones."""
    releases = sorted(entry.name for entry in home_of(slug).iterdir() if RELEASE.fullmatch(entry.name))
    for old in [entry for entry in releases if entry != name][: -(KEPT - 1) or None]:
        shutil.rmtree(home_of(slug) / old, ignore_errors=True)


def served(slug: str, path: str, *, release: str = "current") -> bytes | None:
    """Return the bytes that a reader gets at an address of a site; None where no file is served."""
    try:
        return (home_of(slug) / release / file_of(path)).read_bytes()
    except OSError:
        return None


def _leads_to(link: Path, target: str) -> bool:
    try:
        return os.readlink(link) == target
    except OSError:
        return False


def _is_of(link: Path, slug: str) -> bool:
    try:
        return os.readlink(link).startswith(f"../sites/{slug}/")
    except OSError:
        return False


def _point(link: Path, target: str) -> None:
    """Make a symbolic link, or change where it leads, in one step."""
    fresh = link.with_name(f".{link.name}-{secrets.token_hex(4)}")
    os.symlink(target, fresh)
    os.replace(fresh, link)
