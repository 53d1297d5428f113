"""A throw-away installation for measurements and drills: its data, its database, its processes, each killed at will.

Everything lives under one scratch directory and on free ports of loopback, and is gone at the end. Processes are
started one by one, as on a server, so that each can be watched, killed or multiplied.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from socle.lib.ports import free_port
from tools.cluster import Cluster

ROOT = Path(__file__).resolve().parent.parent
SOCLE = [sys.executable, "-m", "socle"]


def executable(name: str) -> str:
    """The path of a command, or nothing: beside our Python first, as a Caddy of the system may be older than ours."""
    beside = Path(sys.executable).parent / name
    if beside.exists():
        return str(beside)
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin") or ""


def wait_for(condition: Callable[[], Any], *, seconds: float, what: str, every: float = 0.2) -> Any:
    """Return what the condition answers once it is true; raise after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not seen in {seconds:.0f} s")
        time.sleep(every)
    return answer


def family_of(pid: int) -> list[int]:
    """A process and its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


@dataclass
class Running:
    """One process of the installation: its kind, and what it took at most."""

    kind: str
    process: subprocess.Popen[bytes]
    peak: float = 0.0

    @property
    def lives(self) -> bool:
        return self.process.poll() is None

    def family(self) -> list[int]:
        """This process and its descendants."""
        return family_of(self.process.pid)

    def watch(self) -> float:
        """Read the highest resident memory of any process of this family so far, in MiB."""
        for pid in self.family():
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                    if line.startswith("VmHWM:"):
                        self.peak = max(self.peak, int(line.split()[1]) / 1024)
        return self.peak

    def kill(self) -> None:
        """Kill it without warning, its descendants with it, and wait for its end."""
        self.watch()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Ask it to end; insist after ten seconds."""
        self.watch()
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.kill()


@dataclass
class Installation:
    """A demonstration of its own, on PostgreSQL (`cluster`) or SQLite."""

    directory: Path
    cluster: Cluster | None = None
    port: int = field(default_factory=free_port)
    running: list[Running] = field(default_factory=list)
    # Further variables of its environment.
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SOCLE_")}
        ours = {"SOCLE_DATA_DIR": str(self.data), "SOCLE_PORT": str(self.port), "PYTHONPATH": str(ROOT)}
        if self.cluster:
            ours["SOCLE_DATABASE_URL"] = self.cluster.url
        return {**inherited, **ours, **self.variables}

    def socle(self, *arguments: str, seconds: float = 600) -> str:
        """Run one command of the platform and return what it printed; its errors show."""
        done = subprocess.run(
            [*SOCLE, *arguments],
            env=self.environment,
            cwd=ROOT,
            check=True,
            timeout=seconds,
            stdout=subprocess.PIPE,
            stderr=None,
            text=True,
        )
        return done.stdout

    def inside(self, function: str, *arguments: object, seconds: float = 3600) -> Any:
        """Call a function of a module (`module:function`) in a process of this installation; return its JSON answer."""
        script = (
            "import importlib, json, sys, django; django.setup(); module, _, name = sys.argv[1].partition(':'); "
            "answer = getattr(importlib.import_module(module), name)(*json.loads(sys.argv[2])); "
            "print('\\n' + json.dumps(answer))"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, function, json.dumps(arguments)],
            env={**self.environment, "DJANGO_SETTINGS_MODULE": "socle.config.settings"},
            cwd=ROOT,
            check=True,
            timeout=seconds,
            stdout=subprocess.PIPE,
            text=True,
        )
        return json.loads(done.stdout.rstrip("\n").rpartition("\n")[2])

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Read the database with SQL (`?` for each value), cheaply; raises when it does not answer."""
        if self.cluster:
            with psycopg.connect(self.cluster.url, connect_timeout=5) as link:
                return list(link.execute(question.replace("?", "%s").encode(), values))
        with contextlib.closing(sqlite3.connect(f"file:{self.data}/socle.sqlite3?mode=ro", uri=True)) as link:
            return list(link.execute(question, values))

    def start(self, kind: str, *command: str) -> Running:
        """Start one process: `worker`, `scheduler`, `web`, or any command under a name of its own."""
        known = {
            "worker": [*SOCLE, "worker"],
            "scheduler": [*SOCLE, "scheduler"],
            "web": [*SOCLE, "web", "--port", str(self.port)],
        }
        log = (self.directory / f"{kind}.log").open("ab")
        with log:
            process = subprocess.Popen(
                list(command) or known[kind],
                env=self.environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running = Running(kind, process)
        self.running.append(running)
        return running

    def answers(self) -> bool:
        """Say whether the web server answers."""
        try:
            with urllib.request.urlopen(self.address, timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def log_of(self, kind: str) -> str:
        path = self.directory / f"{kind}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def peaks(self) -> dict[str, float]:
        """The highest memory each kind of process took so far, in MiB."""
        found: dict[str, float] = {}
        for running in self.running:
            if running.lives:
                running.watch()
            found[running.kind] = max(found.get(running.kind, 0), running.peak)
        return found

    def stop(self) -> None:
        """Stop what still runs."""
        for running in self.running:
            if running.lives:
                running.stop()


@contextlib.contextmanager
def installation(
    database: str = "sqlite", *, where: Path | None = None, keep: bool = False, settings: str = ""
) -> Iterator[Installation]:
    """Give a demonstration ready to use on this database (`sqlite` or `postgresql`, durable); remove it afterwards.

    `settings`: of PostgreSQL, one a line.
    """
    directory = Path(tempfile.mkdtemp(prefix="socle-installation-", dir=where))
    directory.chmod(0o711)
    cluster = None
    if database == "postgresql":
        cluster = Cluster(directory / "postgresql", is_durable=True, settings=settings).make().start()
    ours = Installation(directory, cluster)
    try:
        ours.socle("demo")
        ours.socle("collectstatic", "--no-input", "--verbosity", "0")
        yield ours
    finally:
        ours.stop()
        if cluster:
            cluster.stop()
        if not keep:
            shutil.rmtree(directory, ignore_errors=True)
