"""An installation on trial, under a root of its own: the production's units and scripts, on free ports."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from socle.lib.ports import free_ports
from tests.conftest import tool
from tests.consistency import house
from tools import cluster

PLATFORM = "socle.test"
SITES = "communes.test"


@dataclass
class Machine:
    """One machine: its root, the tree of the release it starts from, its ports."""

    root: Path
    database_url: str
    ports: dict[str, int] = field(
        default_factory=lambda: dict(zip(("a", "b", "http", "https", "inside"), free_ports(5), strict=True))
    )

    @property
    def front(self) -> tuple[str, int]:
        return ("127.0.0.1", self.ports["https"])

    @property
    def environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("SOCLE_")}
        return {
            **ours,
            "PATH": f"{self.root / 'bin'}:{ours['PATH']}",
            "SOCLE_MACHINE_ROOT": str(self.root),
            "SOCLE_PLACES": f"{self.ports['a']} {self.ports['b']}",
            "PYTHONPATH": "",
        }

    def tree(self, name: str, version: str) -> Path:
        """The code as a release of this version, what it shows changed with it."""
        tree = self.root / "sources" / name
        for path in house.all_files():
            if path.parts[0] in ("socle", "deploy", "texts", "programmes", "data", "tools") or len(path.parts) == 1:
                (tree / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(house.ROOT / path, tree / path)
        (tree / "socle/__init__.py").write_text(f'"""A release on trial."""\n\n__version__ = "{version}"\n')
        for sheet in (tree / "socle").rglob("static/**/*.css"):
            if "vendor" not in sheet.parts:
                sheet.write_text(f"/* {version} */\n{sheet.read_text()}")
        return tree

    def run(self, command: str, *arguments: str, tree: Path | None = None) -> subprocess.CompletedProcess[str]:
        where = (tree or house.ROOT) / "deploy/one-machine" / command
        return subprocess.run(
            [sys.executable, str(where), *arguments],
            env=self.environment,
            cwd="/",
            text=True,
            capture_output=True,
            timeout=900,
        )

    def systemctl(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["systemctl", *words], env=self.environment, text=True, capture_output=True, timeout=90)

    def ground(self, verb: str) -> dict[str, str]:
        """Run a verb of `tests.deploy.ground` in the release that is current."""
        secret = self.root / "etc/socle/credentials/SOCLE_DATABASE_URL"
        variables = {"SOCLE_DATABASE_URL": secret.read_text().strip()} if secret.exists() else {}
        variables |= dict(
            line.split("=", 1)
            for line in (self.root / "etc/socle/socle.env").read_text().splitlines()
            if line.startswith("SOCLE_")
        )
        said = subprocess.run(
            [sys.executable, "-m", "tests.deploy.ground", verb],
            env={**self.environment, **variables, "SOCLE_DATA_DIR": str(self.root / "var/lib/socle")},
            cwd=house.ROOT,
            text=True,
            capture_output=True,
            timeout=120,
        )
        assert said.returncode == 0, said.stderr
        found: dict[str, str] = json.loads(said.stdout.splitlines()[-1])
        return found

    def log(self) -> str:
        """What its services said: shown when a test fails."""
        return "\n".join(
            f"--- {path.parent.name}\n{path.read_text()[-3000:]}" for path in self.root.glob("run/standin/*/log")
        )

    def wait(self, condition: object, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():  # type: ignore[operator]
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.1)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, database: str) -> Iterator[Machine]:
    """A machine with the stand-in of systemd, its variables written, nothing installed; all it started ends with it."""
    root = tmp_path_factory.mktemp("machine")
    root.chmod(0o755)
    (root / "bin").mkdir()
    stand_in = root / "bin/systemctl"
    stand_in.write_text(f'#!/bin/sh\nexec {sys.executable} {house.ROOT / "tests/deploy/systemctl.py"} "$@"\n')
    stand_in.chmod(0o755)
    made = Machine(root, database)
    try:
        yield made
    finally:
        for name in ("socle-front", "socle.target"):
            made.systemctl("stop", name)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of its own, which keeps its promises: what is under trial runs on nothing else."""
    if cluster.binaries() is None:
        tool("initdb")
    folder = tmp_path_factory.mktemp("postgresql")
    for parent in (folder, *folder.parents):
        if parent == Path(tempfile.gettempdir()):
            break
        parent.chmod(0o755)
    made = cluster.Cluster(folder / "cluster", is_durable=True).make().start()
    try:
        yield made.url
    finally:
        made.remove()


@pytest.fixture(scope="module")
def caddy() -> str:
    return tool("caddy")
