"""The platform itself, as a newcomer starts it: the two commands, real processes, its own data directory."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from socle.config import supervisor

# Small, one per department; the first has exactly the population of the threshold.
EQUIPPED = ("59474", "62056")
# One of the communes of the fictitious secretary.
EDITED = "59062"


@dataclass(frozen=True)
class Platform:
    """A demonstration being served: where, and with which variables its commands are run."""

    port: int
    environment: dict[str, str]

    def url(self, path: str = "/", *, host: str = "") -> str:
        return f"http://{host + '.' if host else ''}localhost:{self.port}{path}"

    def socle(self, *arguments: str) -> str:
        """Run a verb of the command line; return what it printed."""
        return _socle(self.environment, *arguments)


def _socle(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "socle", *arguments]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, f"socle {' '.join(arguments)}:\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """`socle demo`, two communes equipped, `socle run`; stopped as Ctrl-C stops it."""
    data: Path = tmp_path_factory.mktemp("demonstration")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SOCLE_")}
    environment |= {"SOCLE_DATA_DIR": str(data), "SOCLE_PORT": str(port)}
    _socle(environment, "demo")
    for insee_code in (*EQUIPPED, EDITED):
        _socle(environment, "equip", insee_code)
    log = data / "run.log"
    with log.open("w") as output:
        running = subprocess.Popen(
            [sys.executable, "-m", "socle", "run", "--port", str(port)],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            deadline = time.monotonic() + 60
            while not supervisor.answers("127.0.0.1", port):
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.2)
            yield Platform(port, environment)
        finally:
            running.terminate()
            assert running.wait(20) == 0, log.read_text()
    # Whatever the journeys did, nothing broke behind the pages.
    assert " ERROR " not in log.read_text(), log.read_text()
