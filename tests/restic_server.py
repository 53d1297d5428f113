"""A real restic-rest-server for the tests, in a temporary folder and on a free port, and a machine that saves there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from socle.engines.restic.server import Server, places
from socle.lib.ports import free_port
from tests.conftest import tool

RESTIC = ("restic", "--no-cache", "--retry-lock", "0s")


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Start it, and stop it even on failure; skip, loudly, where it is not installed."""
    tool("restic")
    tool("restic-rest-server")
    with Server(folder, f"127.0.0.1:{free_port()}") as server:
        yield server


@dataclass
class Client:
    """restic as a machine runs it: over HTTP, with its own key."""

    url: str
    user: str
    password: str
    key: str

    def run(
        self, *arguments: str, repository: str = "", key: str = "", check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*RESTIC, *arguments], env=self._environment(repository, key), capture_output=True, text=True, timeout=120
        )
        if check:
            assert done.returncode == 0, done.stderr
        return done

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """The same, without waiting for its end; what it says comes line by line."""
        return subprocess.Popen(
            [*RESTIC, *arguments],
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _environment(self, repository: str = "", key: str = "") -> dict[str, str]:
        where = repository or f"{self.url}/{self.user}/"
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("RESTIC_")},
            "RESTIC_REPOSITORY": f"rest:{where.replace('://', f'://{self.user}:{self.password}@')}",
            "RESTIC_PASSWORD": key or self.key,
        }


def repository_of(server: Server, user: str) -> Path:
    return places(server.folder)[0] / user
