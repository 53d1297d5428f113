"""Sites published outside of the data folder, lost with the rest: restored, a web server alone serves every page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import tool
from tests.deploy.fronts import FRONTS, Front, started
from tests.restic_keys import in_haste
from tests.systems import System

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]
PASSPHRASE = "une phrase de passe pour les essais"


def pages_of(published: Path) -> dict[tuple[str, str], bytes]:
    """Each address of each site, and the bytes that readers had there."""
    found = {}
    for host in sorted((published / "hosts").iterdir()):
        for path in sorted(host.resolve().rglob("*")):
            name = path.relative_to(host.resolve())
            if path.is_file() and path.suffix not in (".br", ".gz") and name.parts[0] != "_":
                found[host.name, f"/{name}".removesuffix("index.html")] = path.read_bytes()
    return found


def misread(front: Front, pages: dict[tuple[str, str], bytes]) -> list[tuple[str, str]]:
    return [(host, path) for (host, path), content in pages.items() if front.get(host, path).data != content]


def test_a_web_server_alone_serves_every_page_byte_for_byte_once_all_is_restored(tmp_path: Path) -> None:
    tool("restic")
    passphrase, repository = tmp_path / "passphrase", tmp_path / "repository"
    passphrase.write_text(PASSPHRASE)
    passphrase.chmod(0o600)
    options = (str(repository), "--passphrase-file", str(passphrase))
    there = {"SOCLE_PUBLISHED_DIR": str(tmp_path / "published")}
    with System(tmp_path / "lost") as lost:
        lost.migrate()
        assert lost.furnish().returncode == 0
        done = lost.run("publish", "--all", **there)
        assert done.returncode == 0, done.stderr
        done = lost.run("backup", *options, **there)
        assert done.returncode == 0, done.stderr
    pages = pages_of(tmp_path / "published")
    assert {host for host, _ in pages} == {"prisches.localhost", "ablain-saint-nazaire.localhost"}
    assert len(pages) > 40
    # The machine and its disks are gone, but for the backup.
    shutil.rmtree(tmp_path / "lost")
    shutil.rmtree(tmp_path / "published")
    in_haste(repository, PASSPHRASE)
    with System(tmp_path / "back") as back:
        done = back.run("restore", *options, **there)
        assert done.returncode == 0, done.stderr
        assert "sites à republier" in done.stderr
        # What it marked, and nothing more is asked for.
        done = back.run("publish", **there)
        assert done.returncode == 0, done.stderr
    for kind in FRONTS:
        (tmp_path / kind).mkdir()
        with started(kind, tmp_path / kind, tmp_path / "published", is_stopped=True) as front:
            assert misread(front, pages) == [], kind
