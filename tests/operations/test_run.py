"""`socle run`, with real processes: it starts, mends itself, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from socle.lib.ports import free_port
from socle.lib.refusals import Refused
from socle.operations import compatibility, processes, supervisor
from socle.serving import statics
from tests import migrated

SOCLE = [sys.executable, "-m", "socle"]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An installation of its own: a migrated SQLite database, real storage, the real queue."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SOCLE_")}
    data = tmp_path_factory.mktemp("installation")
    ours = {**inherited, "SOCLE_DATA_DIR": str(data)}
    migrated.lay(ours)
    return ours


@contextlib.contextmanager
def serving(environment: dict[str, str], port: int) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*SOCLE, "run", "--port", str(port), "--workers", "1"],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        wait_for(lambda: supervisor.answers("127.0.0.1", port), seconds=180)
        wait_for(lambda: {"worker", "scheduler"} <= words_of(process.pid), seconds=180)
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def wait_for(condition: object, *, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def descendants(pid: int) -> dict[int, str]:
    """The living children, at any depth, and their command lines."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if fields[0] != "Z":
                    parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found: dict[int, str] = {}
    todo = [pid]
    while todo:
        for child in parents.get(todo.pop(), []):
            with contextlib.suppress(OSError):
                found[child] = (Path("/proc") / str(child) / "cmdline").read_text().replace("\0", " ")
                todo.append(child)
    return found


def words_of(pid: int) -> set[str]:
    """Every word of the command lines of its descendants."""
    return {word for line in descendants(pid).values() for word in line.split()}


def is_running(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_without_a_prepared_database_nothing_is_served(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SOCLE_")}
    done = subprocess.run(
        [*SOCLE, "run", "--port", str(free_port())],
        env={**environment, "SOCLE_DATA_DIR": str(tmp_path)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (done.returncode, compatibility.UNPREPARED in done.stderr) == (1, True)


def test_children_die_when_their_parent_is_killed(environment: dict[str, str]) -> None:
    with serving(environment, free_port()) as process:
        family = descendants(process.pid)
        assert len(family) >= 4
        process.kill()
        process.wait()
        wait_for(lambda: not [pid for pid in family if is_running(pid)])


def test_it_serves_replaces_a_killed_worker_and_ctrl_c_stops_everything(environment: dict[str, str]) -> None:
    locks = Path(environment["SOCLE_DATA_DIR"]) / "locks"

    def worker_of(process: subprocess.Popen[str]) -> int | None:
        return next((pid for pid, line in descendants(process.pid).items() if "worker --child" in line), None)

    port = free_port()
    with serving(environment, port) as process:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as response:
            assert response.status == 200
        wait_for(lambda: list(locks.glob("worker-*")))
        first = worker_of(process)
        assert first is not None
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: worker_of(process) not in (None, first))
        family = descendants(process.pid)
        assert {"granian", "worker", "scheduler"} <= words_of(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert not [pid for pid in family if is_running(pid)]
        assert not supervisor.answers("127.0.0.1", port)
        assert process.stdout is not None
        assert "L’exécuteur de tâches s’est arrêté (code -9) : il est relancé." in process.stdout.read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_signal_that_asks_to_stop_stops_every_child(number: signal.Signals) -> None:
    def missed(*args: object) -> None:
        raise AssertionError("it is not listened to")

    children = [supervisor.Child(name, ["sleep", "60"]) for name in ("le serveur web", "le planificateur")]
    before = signal.signal(number, missed)
    try:
        supervisor.supervise(
            children, ready=lambda: True, on_ready=lambda: os.kill(os.getpid(), number), say=lambda sentence: None
        )
        assert signal.getsignal(number) is missed
    finally:
        signal.signal(number, before)
    assert [one.process.poll() if one.process else None for one in children] == [-signal.SIGTERM] * 2


def test_a_busy_port_is_refused_with_its_remedy(environment: dict[str, str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = subprocess.run(
            [*SOCLE, "run", "--port", str(port)], env=environment, capture_output=True, text=True, timeout=60
        )
    assert result.returncode == 1
    assert f"Le port {port} est déjà pris" in result.stderr
    assert f"--port {port + 1}" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("host", "port", "word"), [("127.0.0.1", 0, "n’existe pas"), ("nulle-part.invalid", 8000, "inconnue")]
)
def test_an_impossible_address_is_refused(host: str, port: int, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if host.endswith(".invalid"):
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: (_ for _ in ()).throw(socket.gaierror()))
    assert word in (supervisor.why_not_listen(host, port) or "")


def test_a_worker_that_keeps_ending_leaves_the_web_alone_and_is_told(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.01)
    steady = supervisor.Child("le serveur web", [sys.executable, "-c", "import time; time.sleep(60)"])
    hopeless = supervisor.Child("l’exécuteur de tâches", [sys.executable, "-c", "raise SystemExit(3)"], code="worker")
    said: list[str] = []
    told: list[processes.Failing] = []

    def say(sentence: str) -> None:
        said.append(sentence)
        if len(said) == supervisor.TOO_OFTEN + 2:
            assert steady.process is not None
            assert steady.process.poll() is None
            told.extend(processes.failing())
            os.kill(os.getpid(), signal.SIGTERM)

    supervisor.supervise([steady, hopeless], ready=lambda: True, on_ready=lambda: None, say=say)
    (one,) = told
    assert (one.code, one.times >= supervisor.TOO_OFTEN, one.exit_code) == ("worker", True, 3)
    # Stopped, nothing fails any more.
    assert processes.failing() == []


def test_a_web_server_that_keeps_ending_stops_everything() -> None:
    hopeless = supervisor.Child("le serveur web", [sys.executable, "-c", "raise SystemExit(3)"])
    steady = supervisor.Child("le planificateur", [sys.executable, "-c", "import time; time.sleep(60)"])
    said: list[str] = []
    with pytest.raises(Refused, match="Le serveur web s’est arrêté 5 fois"):
        supervisor.supervise([hopeless, steady], ready=lambda: True, on_ready=lambda: None, say=said.append)
    assert steady.process is None or steady.process.poll() is not None
    assert sum("relancé" in sentence for sentence in said) == 4


def test_two_runs_never_serve_the_same_port(environment: dict[str, str]) -> None:
    # Its web server does not listen yet: nothing but this says that it is there.
    port = free_port()
    with processes.port_of_run(port) as is_ours:
        assert is_ours
        result = subprocess.run(
            [*SOCLE, "run", "--port", str(port)], env=environment, capture_output=True, text=True, timeout=60
        )
    assert result.returncode == 1
    assert f"sert déjà le port {port}" in result.stderr
    assert f"--port {port + 1}" in result.stderr
    assert "Traceback" not in result.stderr
    with processes.port_of_run(port) as is_ours:
        assert is_ours


def test_what_is_started_beside_finds_the_port_that_is_served(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    port = free_port()
    settings.DATA_DIR, settings.HAS_MACHINE_BACKUPS = tmp_path, False
    monkeypatch.setenv("SOCLE_PORT", "8000")  # Put back afterwards.
    monkeypatch.setattr(statics, "collect_if_needed", lambda: False)
    monkeypatch.setattr(supervisor, "supervise", lambda family, **told: None)
    monkeypatch.setattr(compatibility, "why_not_ready", lambda connection: None)
    call_command("run", "--port", str(port), stdout=io.StringIO())
    given = {name: value for name, value in os.environ.items() if not name.startswith("SOCLE_")}

    def address(**extra: str) -> str:
        told = subprocess.run(
            [sys.executable, "-c", "from socle.config import settings; print(settings.PLATFORM_URL)"],
            env={**given, "SOCLE_DATA_DIR": str(tmp_path), **extra},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return told.stdout.strip()

    # As `tools/services` reads it to say where the webmail finds the platform.
    assert address() == f"http://localhost:{port}"
    assert address(SOCLE_PORT="8001") == "http://localhost:8001"


def test_an_installation_keeps_the_port_of_its_saves_wherever_it_is_served(tmp_path: Path) -> None:
    told = "from django.conf import settings as s; print(s.SOCLE_MACHINE_BACKUPS_LISTEN, s.SOCLE_MACHINE_BACKUPS_URL)"

    def read(**given: str) -> str:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SOCLE_")}
        environment = inherited | {"SOCLE_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "socle.config.settings"}
        run = subprocess.run(
            [sys.executable, "-c", told], capture_output=True, text=True, env=environment | given, check=True
        )
        return run.stdout.strip()

    assert read(SOCLE_PORT="8000") == "127.0.0.1:18000 http://127.0.0.1:18000"
    (tmp_path / "machine-backups").mkdir()
    (tmp_path / "machine-backups" / "port").write_text("18003")
    assert read(SOCLE_PORT="9000") == "127.0.0.1:18003 http://127.0.0.1:18003"
    given = read(SOCLE_MACHINE_BACKUPS_LISTEN="10.0.0.5:9000", SOCLE_MACHINE_BACKUPS_URL="https://sauvegardes.test")
    assert given == "10.0.0.5:9000 https://sauvegardes.test"
