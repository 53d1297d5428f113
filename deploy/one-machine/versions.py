"""A version of the platform on this machine: named, built beside the others, examined, removed when it is old."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from machine import CURRENT, PREVIOUS, RELEASES, SLOTS, Failed, python, quietly, run, step, verb

KEPT_RELEASES = 3
NOT_COPIED = (".git", ".venv*", "var", "__pycache__", ".env", "tests", ".*_cache", ".hypothesis", "node_modules")
# How `socle check-release` ends: the release in service could not work on the new database, or it could.
NOTHING_TO_MIGRATE, NEEDS_A_PAUSE, HAS_MIGRATIONS = 0, 3, 4


def version_of(tree: Path) -> str:
    found = re.search(r'__version__ = "([^"]+)"', (tree / "socle/__init__.py").read_text())
    if found is None:
        raise Failed(f"{tree} n’est pas une version de Socle.")
    return found[1]


def name_of(tree: Path) -> str:
    """Name a release after its version and, in a clone, its commit."""
    commit = quietly("git", "-C", str(tree), "rev-parse", "--short=10", "HEAD") if shutil.which("git") else None
    mark = commit.stdout.strip() if commit is not None and commit.returncode == 0 else time.strftime("%Y%m%dT%H%M%S")
    return f"{version_of(tree)}-{mark}"


def build(tree: Path, venv: Path | None) -> Path:
    """Copy the release beside the others and make its environment there; a folder without its mark is not finished."""
    release = RELEASES / name_of(tree)
    if (release / ".ready").exists():
        step(f"{release.name} est déjà construite.")
        return release
    if tree.resolve() == release.resolve():
        raise Failed(
            "Lancez la livraison depuis le dossier de la nouvelle version, et non depuis une version installée."
        )

    def copy() -> None:
        RELEASES.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(release, ignore_errors=True)
        shutil.copytree(tree, release, symlinks=True, ignore=shutil.ignore_patterns(*NOT_COPIED))

    def environment() -> None:
        if venv is not None:
            (release / ".venv").symlink_to(venv)
        else:
            run(str(release / "tools/setup"), "run", env={**os.environ, "PYTHON": python()}, stdin=subprocess.DEVNULL)
        run(str(release / ".venv/bin/python"), "-m", "compileall", "-q", str(release / "socle"), cwd=str(release))
        # Readable by the platform's user whatever the mask of who released; written by nobody.
        run("chmod", "-R", "u+rwX,go+rX,go-w", str(release))
        (release / ".ready").touch()

    step(f"Copie de la version dans {release}", copy)
    step("Construction de son environnement Python", environment)
    return release


def examine(release: Path) -> int:
    """Whether this code is whole, and what its database needs; its stylesheets are gathered beside the others'."""
    outcome = verb(release, "check-release", check=False).returncode
    if outcome not in (NOTHING_TO_MIGRATE, NEEDS_A_PAUSE, HAS_MIGRATIONS):
        raise Failed("La nouvelle version n’est pas en état d’être livrée (voir au-dessus).")
    return outcome


def prune() -> None:
    """Remove the oldest releases, never one that a link names."""
    named = {path.resolve() for path in (CURRENT, PREVIOUS, *SLOTS.glob("*")) if path.exists()}
    made = sorted((path for path in RELEASES.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for path in made[:-KEPT_RELEASES]:
        if path.resolve() not in named:
            shutil.rmtree(path, ignore_errors=True)
