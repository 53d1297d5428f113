"""The folder of one mairie as a network drive, beside WsgiDAV and `rclone serve webdav` on the same disk; two minutes.

python -m tools.bench.drive                    requests by wrk, a thousand files up and down by rclone, 300 MB up
python -m tools.bench.drive --only files       one part of it: requests, files, large
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import http.client
import json
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from socle.lib.ports import free_port
from tools.bench import fronts
from tools.bench.__main__ import machine, table
from tools.bench.continuity import dav, files
from tools.bench.continuity.agenda import XML
from tools.bench.continuity.dav import FILLING, SERIAL, Asked
from tools.installation import Installation, executable, family_of, installation, wait_for

PARTS = ("requests", "files", "large")
OURS, WSGIDAV, RCLONE = "ours", "WsgiDAV", "rclone"
LISTED, FILES, LARGE = 50, 1000, 300_000_000
READ = "plan.bin"
# Every request of the measure comes from one address.
UNBOUNDED = "drives=9000000/60"


def device() -> dict[str, Any]:
    """Called inside the installation: a device of the secretary of one folder, and where that folder is."""
    from django.utils import timezone
    from django_scopes import scopes_disabled

    from socle.files.models import Space
    from socle.people.devices import actions
    from socle.people.devices.models import Use
    from socle.people.models import Membership, Role

    with scopes_disabled():  # A measure sees everything.
        space = Space.objects.filter(beneficiary__memberships__role=Role.SECRETARY).order_by("pk").first()
        assert space is not None
        person = Membership.objects.filter(beneficiary=space.beneficiary_id, role=Role.SECRETARY).first().user
        _, secret = actions.make(person, name="Mesure", uses=[Use.FILES], by=person, at=timezone.now())
    return {"path": f"/dav/dossier/{space.beneficiary_id}", "login": person.email, "secret": secret}


@dataclass(frozen=True)
class Server:
    """A server of files: where it answers, how one enters, and its first process."""

    name: str
    port: int
    path: str
    login: str
    secret: str
    pid: int

    def asked(self, method: str, path: str, body: str = "", **headers: str) -> Asked:
        return Asked(method, self.path + path, self.login, self.secret, body, headers)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> bytes:
        """Ask it once; raises when it refuses."""
        shown = base64.b64encode(f"{self.login}:{self.secret}".encode()).decode()
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        link.request(method, self.path + path, body, {"Authorization": f"Basic {shown}", **headers})
        answer = link.getresponse()
        said = answer.read()
        link.close()
        if answer.status >= 300:
            raise RuntimeError(f"{self.name}: {method} {path}: {answer.status} {said[:300]!r}")
        return said

    def rclone(self, *line: str) -> None:
        """Have rclone, as a client, carry files to or from `drive:`."""
        program = executable("rclone")
        hidden = subprocess.run([program, "obscure", self.secret], capture_output=True, text=True, check=True)
        environment = {
            **os.environ,
            "RCLONE_CONFIG": "/dev/null",
            "RCLONE_CONFIG_DRIVE_TYPE": "webdav",
            "RCLONE_CONFIG_DRIVE_URL": f"http://127.0.0.1:{self.port}{self.path}",
            "RCLONE_CONFIG_DRIVE_VENDOR": "other",
            "RCLONE_CONFIG_DRIVE_USER": self.login,
            "RCLONE_CONFIG_DRIVE_PASS": hidden.stdout.strip(),
        }
        said = subprocess.run([program, *line], env=environment, capture_output=True, text=True)
        if said.returncode:
            raise RuntimeError(f"{self.name}: rclone {line}: {said.stderr[-2000:]}")

    def processor(self) -> float:
        """The seconds of processor that it and its descendants took so far."""
        ticks = 0
        for pid in family_of(self.pid):
            with contextlib.suppress(OSError):
                ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def ours(where: Installation) -> Iterator[Server]:
    where.variables["SOCLE_RATE_LIMITS"] = UNBOUNDED
    entered = where.inside("tools.bench.drive:device")
    web = where.start("web")
    wait_for(where.answers, seconds=60, what="the web server")
    yield Server(OURS, where.port, entered["path"], entered["login"], entered["secret"], web.process.pid)


@contextlib.contextmanager
def wsgidav(where: Path) -> Iterator[Server]:
    (where / "root").mkdir(parents=True)
    (where / "users.json").write_text(json.dumps({"a": {"password": "b"}}))
    variables = {"BENCH_DRIVE_ROOT": str(where / "root"), "BENCH_DRIVE_USERS": str(where / "users.json")}
    with dav.served("tools.bench.continuity.drive_by_hand:application", where, variables) as served:
        yield Server(WSGIDAV, served.port, "", "a", "b", served.pid)


@contextlib.contextmanager
def rclone(where: Path) -> Iterator[Server]:
    (where / "root").mkdir(parents=True)
    port = free_port()
    line = [executable("rclone"), "serve", "webdav", str(where / "root"), "--addr", f"127.0.0.1:{port}"]
    with fronts.running(
        [*line, "--user", "a", "--pass", "b"], where / "log", {"RCLONE_CONFIG": "/dev/null"}
    ) as process:
        fronts.listens(port, where / "log")
        yield Server(RCLONE, port, "", "a", "b", process.pid)


# --- Measured -------------------------------------------------------------------------------------------------------
def furnish(server: Server) -> None:
    """A folder of so many files, and one to be read."""
    server.ask("MKCOL", "/mesure/")
    server.ask("MKCOL", "/mesure/liste/")
    for rank in range(LISTED):
        server.ask("PUT", f"/mesure/liste/compte-rendu-{rank}.txt", b"x" * (4000 + rank))
    server.ask("PUT", f"/mesure/{READ}", random.Random(1).randbytes(100_000))


def requests(servers: list[Server], where: Path, *, rounds: int, seconds: float) -> list[list[str]]:
    """What a drive asks one at a time: a folder, a file, a new file."""
    rows = []
    for name, method, path, body, headers in (
        ("PROPFIND, 50 files", "PROPFIND", "/mesure/liste/", files.PROPERTIES, {"Depth": "1", **XML}),
        ("GET, 100 kB", "GET", f"/mesure/{READ}", "", {}),
        ("PUT, a new file of 100 kB", "PUT", f"/mesure/{SERIAL}.bin", f"{SERIAL}{FILLING}", {}),
    ):
        targets = {}
        for server in servers:
            asked = server.asked(method, path, body, **headers)
            for _ in range(dav.WARMING):
                asked.ask(server.port)
            targets[server.name] = dav.write(where / f"{method}-{server.name}", [asked], server.port)
        spent = {server.name: server.processor() for server in servers}
        seen = fronts.compare(targets, rounds=rounds, seconds=seconds, by=dav.load)
        cells = []
        for server in servers:
            used = server.processor() - spent[server.name]
            # The warming round counts as well.
            count = seen[server.name].per_second * (rounds * max(1, round(seconds)) + min(2, round(seconds)))
            cells.append(f"{seen[server.name].per_second:,.0f}/s ({used / count * 1000:.2f} ms)")
        best = max(seen[server.name].per_second for server in servers if server.name in (WSGIDAV, RCLONE))
        rows.append([name, f"**{seen[OURS].per_second / best:.2f}**", *cells])
    return rows


def folder(where: Path) -> Path:
    """A thousand files of documents, in ten folders."""
    chance = random.Random(59474)
    for rank in range(FILES):
        path = where / "there" / f"dossier-{rank % 10}" / f"piece-{rank}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(chance.randbytes(chance.randrange(1000, 40_000)))
    return where / "there"


def thousand(servers: list[Server], where: Path, *, rounds: int) -> list[list[str]]:
    """A thousand files up then down, each server in turn."""
    there = folder(where)
    up: dict[str, list[tuple[float, float]]] = {server.name: [] for server in servers}
    down: dict[str, list[tuple[float, float]]] = {server.name: [] for server in servers}
    for turn in range(rounds):
        for server in servers[:: -1 if turn % 2 else 1]:
            back, to = where / f"back-{server.name}-{turn}", f"drive:mille-{server.name}-{turn}"
            up[server.name].append(timed(server, partial(server.rclone, "copy", str(there), to)))
            down[server.name].append(timed(server, partial(server.rclone, "copy", to, str(back))))
            assert sum(1 for path in back.rglob("*.bin")) == FILES
            shutil.rmtree(back)
    return [against(name, servers, seen) for name, seen in (("1,000 files up", up), ("1,000 files down", down))]


def large(servers: list[Server], *, rounds: int) -> list[list[str]]:
    """One file of 300 MB up, never the same twice."""
    seen: dict[str, list[tuple[float, float]]] = {server.name: [] for server in servers}
    piece = os.urandom(1_000_000)

    def body() -> Iterator[bytes]:
        yield os.urandom(1_000_000)
        for _ in range(LARGE // 1_000_000 - 1):
            yield piece

    for turn in range(rounds):
        for server in servers[:: -1 if turn % 2 else 1]:
            sent = partial(server.ask, "PUT", "/mesure/film.bin", body(), **{"Content-Length": str(LARGE)})
            seen[server.name].append(timed(server, sent))
    return [against("300 MB up", servers, seen)]


def timed(server: Server, act: Callable[[], object]) -> tuple[float, float]:
    """The seconds it lasted, and those of processor that the server took."""
    spent, begun = server.processor(), time.monotonic()
    act()
    return time.monotonic() - begun, server.processor() - spent


def against(name: str, servers: list[Server], seen: dict[str, list[tuple[float, float]]]) -> list[str]:
    """How many times longer than the better of the two others, then what each took."""
    lasted = {server.name: statistics.median(one for one, _ in seen[server.name]) for server in servers}
    spent = {server.name: statistics.median(one for _, one in seen[server.name]) for server in servers}
    best = min(lasted[server.name] for server in servers if server.name in (WSGIDAV, RCLONE))
    cells = [f"{lasted[server.name]:.2f} s ({spent[server.name]:.2f} s)" for server in servers]
    return [name, f"**× {lasted[OURS] / best:.2f}**", *cells]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2, help="each round of requests lasts")
    chosen = parser.parse_args()
    if lacking := [name for name in ("wrk", "rclone") if not executable(name)]:
        raise SystemExit(f"apt-get install {' '.join(lacking)}")
    print(machine() + "\n", flush=True)
    with contextlib.ExitStack() as stack:
        where = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="socle-drive-")))
        servers = [
            stack.enter_context(ours(stack.enter_context(installation("postgresql")))),
            stack.enter_context(wsgidav(where / "wsgidav")),
            stack.enter_context(rclone(where / "rclone")),
        ]
        for server in servers:
            furnish(server)
        rows: list[list[str]] = []
        if "requests" in chosen.only:
            rows += requests(servers, where, rounds=chosen.rounds, seconds=chosen.seconds)
        if "files" in chosen.only:
            rows += thousand(servers, where, rounds=chosen.rounds)
        if "large" in chosen.only:
            rows += large(servers, rounds=chosen.rounds)
    print("### The drive; in brackets, processor of the web server: by request, or in all\n")
    table(["what", "of the better", OURS, WSGIDAV, f"{RCLONE} serve webdav"], rows)
    print(f"\nLoad average {os.getloadavg()[0]:.1f}.")


if __name__ == "__main__":
    main()
