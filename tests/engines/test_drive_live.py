"""The network drive and the agendas as they run: two processes, programs that judge drives, a machine that dies.

litmus (Debian) is the suite that servers of WebDAV are judged by; rclone is an ordinary client.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from socle.lib.ports import free_port
from socle.operations.supervisor import web_server
from tests.agenda.conftest import event
from tests.conftest import tool
from tests.systems import System
from tools.cluster import Cluster, binaries

pytestmark = [pytest.mark.slow, pytest.mark.drill, pytest.mark.django_db]
FURNISH = "tests.engines.furnish_drive"


@dataclass
class Server:
    """One installation whose web server has two processes, and how two mairies enter their folders."""

    system: System
    port: int
    people: list[dict[str, str]] = field(default_factory=list)
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.running = subprocess.Popen(
            web_server("127.0.0.1", self.port, 2, grace=2),
            env=self.system.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 60
        while not self.answers():
            assert self.running.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            return self.ask("OPTIONS").status == 200
        except OSError:
            return False

    def kill(self) -> None:
        """As a machine that loses its power: nobody is told."""
        if self.running is not None:
            os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait(20)
            self.running = None

    def header(self, who: int = 0) -> str:
        one = self.people[who]
        return "Basic " + base64.b64encode(f"{one['login']}:{one['secret']}".encode()).decode()

    def ask(self, method: str, path: str = "", body: Any = None, *, who: int = 0, **headers: str) -> Any:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        where = path if path.startswith("/") else self.people[who]["path"] + path
        link.request(method, where, body, {"Authorization": self.header(who), **headers})
        answer = link.getresponse()
        answer.content = answer.read()  # type: ignore[attr-defined]
        link.close()
        return answer

    def held(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.ran("count").stdout)
        return found

    def ran(self, verb: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", FURNISH, verb], env=self.system.environment, capture_output=True, text=True
        )

    def memory(self) -> int:
        """What all its processes hold in memory, in bytes."""
        assert self.running is not None
        listed = subprocess.run(["ps", "-o", "rss=", "-g", str(self.running.pid)], capture_output=True, text=True)
        return 1024 * sum(map(int, listed.stdout.split()))


@contextlib.contextmanager
def serving(system: System) -> Iterator[Server]:
    port = free_port()
    system.migrate()
    said = subprocess.run([sys.executable, "-m", FURNISH], env=system.environment, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr[-2000:]
    made = Server(system, port, json.loads(said.stdout))
    try:
        made.start()
        yield made
    finally:
        made.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any) -> Iterator[Server]:
    with django_db_blocker.unblock(), System(tmp_path_factory.mktemp("drive")) as system, serving(system) as made:
        yield made


def test_litmus_finds_nothing_to_say(server: Server, tmp_path: Path) -> None:
    program, one = tool("litmus"), server.people[0]
    said = subprocess.run(
        [program, f"http://127.0.0.1:{server.port}{one['path']}", one["login"], one["secret"]],
        cwd=tmp_path,
        env={**os.environ, "TESTROOT": "/usr/libexec/litmus"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    sums = re.findall(r"summary for `(\w+)': of (\d+) tests run: (\d+) passed, (\d+) failed", said.stdout)
    assert [name for name, *_ in sums] == ["basic", "copymove", "props", "locks", "http"], said.stdout[-3000:]
    assert [(name, failed) for name, _, _, failed in sums if failed != "0"] == [], said.stdout[-6000:]
    # The web server cuts the fragment off an address before we read it: only that warning is expected.
    warned = [line for line in said.stdout.splitlines() if "WARNING" in line and "delete_fragment" not in line]
    assert warned == []
    assert sum(int(passed) for _, _, passed, _ in sums) >= 100


def rclone(server: Server, *line: str) -> subprocess.CompletedProcess[str]:
    program, one = tool("rclone"), server.people[0]
    hidden = subprocess.run([program, "obscure", one["secret"]], capture_output=True, text=True, check=True)
    environment = {
        **os.environ,
        "RCLONE_CONFIG": "/dev/null",
        "RCLONE_CONFIG_DRIVE_TYPE": "webdav",
        "RCLONE_CONFIG_DRIVE_URL": f"http://127.0.0.1:{server.port}{one['path']}",
        "RCLONE_CONFIG_DRIVE_VENDOR": "other",
        "RCLONE_CONFIG_DRIVE_USER": one["login"],
        "RCLONE_CONFIG_DRIVE_PASS": hidden.stdout.strip(),
    }
    return subprocess.run([program, *line], env=environment, capture_output=True, text=True, timeout=240)


def test_rclone_carries_two_hundred_files_both_ways_and_they_are_the_same(server: Server, tmp_path: Path) -> None:
    drawn = random.Random(59474)
    there, back = tmp_path / "there", tmp_path / "back"
    for rank in range(200):
        path = there / f"dossier {rank % 7}" / f"été n° {rank} – l’ordre.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(drawn.randbytes(drawn.randrange(0, 20_000)))
    for line in (
        ("copy", str(there), "drive:copie"),
        ("check", str(there), "drive:copie", "--download"),
        ("copy", "drive:copie", str(back)),
        ("check", str(there), str(back)),
    ):
        said = rclone(server, *line)
        assert said.returncode == 0, said.stderr[-3000:]
    assert len([path for path in back.rglob("*") if path.is_file()]) == 200
    about = json.loads(rclone(server, "about", "drive:", "--json").stdout)
    assert about["used"] > 10**6
    assert server.held()["is_right"]


def test_a_lock_granted_by_one_process_is_seen_by_the_other(server: Server) -> None:
    body = (
        b'<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
        b"<D:locktype><D:write/></D:locktype></D:lockinfo>"
    )
    assert server.ask("PUT", "verrou.odt", b"un").status == 201
    locked = server.ask("LOCK", "verrou.odt", body)
    assert locked.status == 200
    # Each request is a new connection: the two processes take them in turn.
    assert {server.ask("PUT", "verrou.odt", b"deux").status for _ in range(12)} == {423}
    assert server.ask("UNLOCK", "verrou.odt", **{"Lock-Token": locked.getheader("Lock-Token")}).status == 204


def test_whoever_left_finds_every_process_closed_at_once(server: Server) -> None:
    """Each process asks the same questions all the while; none of them remembers an answer."""
    said = server.ran("joined")
    assert said.returncode == 0, said.stderr[-2000:]
    server.people.append(json.loads(said.stdout))
    try:
        assert server.ask("PUT", "renfort.txt", b"un", who=2).status == 201
        asked = [(method, "renfort.txt") for method in ("GET", "PUT", "PROPFIND") for _ in range(12)]
        before = {server.ask(method, path, who=2, Depth="0").status for method, path in asked}
        assert before == {200, 204, 207}
        assert server.ran("left").returncode == 0
        assert {server.ask(method, path, who=2, Depth="0").status for method, path in asked} == {404}
        # The others go on.
        assert server.ask("GET", "renfort.txt").status == 200
    finally:
        server.people.pop()


def test_what_is_too_large_is_refused_at_once_and_the_others_go_on(server: Server) -> None:
    link = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    path = server.people[1]["path"]
    link.sendall(
        f"PUT {path}gros.bin HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAuthorization: {server.header(1)}\r\n"
        f"Content-Length: {50 * 2**30}\r\n\r\n".encode()
    )
    # Not one byte of the body was sent.
    assert b" 507 " in link.recv(200)
    link.close()
    assert server.ask("PUT", "petit.txt", b"x", who=0).status in (201, 204)


def test_a_body_cut_in_its_pieces_keeps_what_was_there(server: Server) -> None:
    """The cable is pulled while they come, whether they are announced or not: they take the place of nothing."""
    assert server.ask("PUT", "entier.bin", b"entier", who=1).status == 201
    for announced in ("", "X-Expected-Entity-Length: 10\r\n"):
        link = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        link.sendall(
            f"PUT {server.people[1]['path']}entier.bin HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            f"Authorization: {server.header(1)}\r\n{announced}Transfer-Encoding: chunked\r\n\r\n5\r\nmoiti\r\n".encode()
        )
        time.sleep(0.3)
        link.close()
        time.sleep(0.5)
        assert server.ask("GET", "entier.bin", who=1).content == b"entier"
    # As Finder sends them, whole.
    whole = server.ask(
        "PUT",
        "finder.bin",
        iter([b"moi", b"tie"]),
        who=1,
        **{"X-Expected-Entity-Length": "6"},
    )
    assert whole.status == 201
    assert server.ask("GET", "finder.bin", who=1).content == b"moitie"


def test_slow_lines_keep_nobody_from_their_folder_nor_from_that_one(server: Server) -> None:
    """More people send and fetch slowly than there are processes, several times over."""
    assert server.ask("PUT", "lourd.bin", bytes(40 * 2**20), who=1).status in (201, 204)
    with contextlib.ExitStack() as lines:
        for rank in range(8):
            asked = f"GET {server.people[1]['path']}lourd.bin", f"PUT {server.people[1]['path']}lent-{rank}.bin"
            for line, length in zip(asked, (0, 900_000 + 20_000_000 * (rank % 2)), strict=True):
                link = lines.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=20))
                said = f"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {server.header(1)}\r\n"
                link.sendall(f"{said}Content-Length: {length}\r\n\r\n".encode() + b"x" * min(length, 1000))
        for who in (0, 1) * 3:
            assert server.ask("PUT", "vite.txt", b"vite", who=who).status in (201, 204)
            assert server.ask("GET", "vite.txt", who=who).content == b"vite"
    # What was cut took no name.
    assert server.ask("GET", "lent-0.bin", who=1).status == 404


def test_killed_while_files_come_it_loses_none_that_it_acknowledged(server: Server) -> None:
    drawn, acknowledged = random.Random(62001), {}
    for turn in range(2):
        for rank in range(10):
            name, body = f"t{turn}-{rank}.bin", drawn.randbytes(drawn.randrange(1, 60_000))
            assert server.ask("PUT", name, body, who=1).status == 201
            acknowledged[name] = hashlib.sha256(body).hexdigest()
        # One more is on its way when the power goes.
        link = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        link.sendall(
            f"PUT {server.people[1]['path']}coupe-{turn}.bin HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            f"Authorization: {server.header(1)}\r\nContent-Length: 900000\r\n\r\n".encode()
        )
        link.sendall(b"x" * 400_000)
        time.sleep(0.2)
        server.kill()
        link.close()
        server.start()
    held = server.held()
    there = {name: sha256 for name, _, sha256 in held["files"]}
    assert {name: there.get(name) for name in acknowledged} == acknowledged
    assert not [name for name in there if name.startswith("coupe-")]
    assert held["is_right"]
    for name, sha256 in list(acknowledged.items())[::7]:
        assert hashlib.sha256(server.ask("GET", name, who=1).content).hexdigest() == sha256


def test_a_large_file_passes_through_little_memory_and_an_announced_one_is_refused_unread(server: Server) -> None:
    # Each process reads its code at its first request, and each line goes to one or the other.
    for _ in range(16):
        server.ask("PUT", "avant.bin", b"x" * 1000)
    before, highest, size = server.memory(), 0, 250_000_000

    def body() -> Iterator[bytes]:
        nonlocal highest
        for rank in range(size // 1_000_000):
            if rank % 25 == 0:
                highest = max(highest, server.memory())
            yield b"\0" * 1_000_000

    assert server.ask("PUT", "film.bin", body(), **{"Content-Length": str(size)}).status == 201
    assert highest - before < 30_000_000
    assert server.ask("DELETE", "film.bin").status == 204
    # Five gibibytes over the quota, in pieces: refused on what is announced, whatever the client says of its length.
    link = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    link.sendall(
        f"PUT {server.people[1]['path']}gros.bin HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Authorization: {server.header(1)}\r\nX-Expected-Entity-Length: {50 * 2**30}\r\n"
        "Transfer-Encoding: chunked\r\n\r\n".encode()
    )
    assert b" 507 " in link.recv(200)
    link.close()
    assert server.memory() - before < 30_000_000


class Secretary:
    """Writes events and files without end, for the time of a `with`, and notes what was acknowledged."""

    def __init__(self, server: Server, who: int = 0) -> None:
        self.server, self.who = server, who
        self.acknowledged: dict[str, int] = {}
        self.tried: dict[str, int] = {}
        self.refused: list[int] = []
        self.count = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def _write(self) -> None:
        rank = 0
        while not self._stop.is_set():
            rank += 1
            # New ones, and the same ones again.
            uid = f"k{rank % 40}"
            for path, body in (
                (f"{self.server.people[self.who]['events']}{uid}.ics", event(uid, title=f"Tour {rank}").encode()),
                (f"{self.server.people[self.who]['path']}{uid}.txt", f"Tour {rank}".encode()),
            ):
                self.tried[path] = rank
                try:
                    status = self.server.ask("PUT", path, body, who=self.who).status
                except OSError:
                    status = 0
                if status in (201, 204):
                    self.acknowledged[path] = rank
                    self.count += 1
                else:
                    self.refused.append(status)
                    self._stop.wait(0.2)

    def more(self, count: int) -> None:
        enough, deadline = self.count + count, time.monotonic() + 60
        while self.count < enough:
            assert time.monotonic() < deadline, self.refused[-5:]
            time.sleep(0.05)

    def __enter__(self) -> Secretary:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join(120)

    def check(self) -> None:
        """Each holds what was acknowledged last, or what was tried since and whose answer was lost; and is whole."""
        for path, rank in self.acknowledged.items():
            answer = self.server.ask("GET", path, who=self.who)
            assert answer.status == 200, path
            found = re.search(rb"Tour (\d+)", answer.content)
            assert found is not None, answer.content
            assert rank <= int(found[1]) <= self.tried[path]
            if path.endswith(".ics"):
                assert answer.content.rstrip().endswith(b"END:VCALENDAR")
        events = self.server.people[self.who]["events"]
        listed = self.server.ask("PROPFIND", events, who=self.who, Depth="1").content
        names = re.findall(rb"<[^<>]*href>[^<]*/(k\d+\.ics)</", listed)
        assert len(names) == len(set(names)) == sum(path.startswith(events) for path in self.acknowledged)


def test_killed_while_events_are_written_it_loses_none_and_spoils_none(server: Server) -> None:
    with Secretary(server) as secretary:
        for _ in range(3):
            secretary.more(60)
            server.kill()
            server.start()
        secretary.more(20)
    secretary.check()
    assert 0 in secretary.refused
    assert server.held()["is_right"]


def test_a_worker_killed_amid_an_archive_is_taken_over_and_the_archive_is_whole(server: Server) -> None:
    for rank in range(3):
        assert server.ask("PUT", f"a{rank}.bin", os.urandom(2_000_000), who=1).status == 201
    assert server.ran("killed").returncode == -signal.SIGKILL
    said = server.ran("made")
    assert said.returncode == 0, said.stderr[-2000:]
    found = json.loads(said.stdout)
    assert (found["was"], found["made"], found["status"]) == (["making", True], 1, "ready")
    assert (found["faults"], found["workshop"]) == ([], False)
    assert found["files"] > 5


@dataclass
class OnCluster(System):
    """An installation whose database is a server that a test stops."""

    url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"SOCLE_DATABASE_URL": self.url}

    def migrate(self) -> None:
        # Another server than that of the tests: nothing is kept there to be copied.
        done = self.run("migrate", "--verbosity", "0")
        assert done.returncode == 0, done.stderr[-2000:]


def test_the_database_restarted_while_files_and_events_come_loses_none(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any
) -> None:
    if binaries() is None:
        tool("initdb")
    # What is acknowledged is on its disk.
    cluster = Cluster(Path(f"/tmp/socle-drive-{os.getpid()}"), is_durable=True).make().start()
    try:
        system = OnCluster(tmp_path_factory.mktemp("restarted"), url=cluster.url)
        with django_db_blocker.unblock(), serving(system) as server, Secretary(server) as secretary:
            for mode in ("immediate", "fast"):
                secretary.more(60)
                seen = len(secretary.refused)
                cluster.stop(mode)
                while len(secretary.refused) < seen + 3:
                    time.sleep(0.05)
                cluster.start()
            secretary.more(20)
            secretary._stop.set()
            secretary._thread.join(60)
            # Nobody was told that their password was wrong, nor that their file was refused for good.
            assert all(status >= 500 for status in secretary.refused), set(secretary.refused)
            secretary.check()
            assert server.held()["is_right"]
    finally:
        cluster.remove()
