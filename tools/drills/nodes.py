"""Several machines, each in a network of its own joined by a bridge: one is killed, another's link is cut, under load.

What production uses is what runs: `deploy/one-machine/install --several`, its units (through the stand-in of systemd),
the fronts' Caddyfile and an ACME authority, PostgreSQL, SeaweedFS. Needs root: network namespaces.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.deploy.conftest import PLATFORM, SITES, Machine
from tests.deploy.load import Visitors
from tools.cluster import Cluster
from tools.drills import certificates, links
from tools.drills.authority import Authority
from tools.installation import ROOT, wait_for

NETWORK = "10.231.0"
BRIDGE = "socle-bridge"
BIN = Path(sys.executable).parent
SERVICES = {
    "db": ("2", ""), "store": ("3", "storage"), "web1": ("11", "web"), "web2": ("12", "web"),
    "work1": ("21", "worker,scheduler"), "work2": ("22", "worker,scheduler"), "front1": ("31", "front"),
    "front2": ("32", "front"), "authority": ("41", ""),
}  # fmt: skip
TASKS = 80


def network(*words: str, check: bool = True) -> None:
    subprocess.run(["ip", *words], check=check, capture_output=not check)


@dataclass
class Node:
    """A machine: a network of its own, a name, a root under which it is installed."""

    name: str
    root: Path
    installed: list[str] = field(default_factory=list)

    @property
    def space(self) -> str:
        return f"socle-{self.name}"

    @property
    def address(self) -> str:
        return f"{NETWORK}.{SERVICES[self.name][0]}"

    @property
    def inside(self) -> tuple[str, ...]:
        """What makes a command run on this machine."""
        named = 'echo "$0" > /proc/sys/kernel/hostname; exec "$@"'
        return ("nsenter", f"--net=/run/netns/{self.space}", "unshare", "--uts", "sh", "-c", named, self.space)

    def plug(self) -> None:
        network("netns", "add", self.space)
        network("link", "add", self.space, "type", "veth", "peer", "name", "eth0", "netns", self.space)
        network("link", "set", self.space, "master", BRIDGE, "up")
        network("-n", self.space, "addr", "add", f"{self.address}/24", "dev", "eth0")
        network("-n", self.space, "link", "set", "eth0", "up")
        network("-n", self.space, "link", "set", "lo", "up")

    def cut(self) -> None:
        """As one pulls the cable out: nobody is told anything."""
        network("link", "set", self.space, "nomaster")

    def mend(self) -> None:
        network("link", "set", self.space, "master", BRIDGE)

    def processes(self, matching: str = "") -> list[int]:
        said = subprocess.run(["ip", "netns", "pids", self.space], capture_output=True, text=True).stdout
        found = []
        for pid in map(int, said.split()):
            with contextlib.suppress(OSError):
                if matching in Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "):
                    found.append(pid)
        return found

    def kill(self, matching: str = "") -> int:
        """Kill at once what runs there; everything is a machine whose power fails. Return how many processes."""
        pids = self.processes(matching)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(pids)

    @property
    def environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("SOCLE_")}
        return {
            **ours,
            "PATH": f"{self.root / 'bin'}:{ours['PATH']}",
            "SOCLE_MACHINE_ROOT": str(self.root),
            "PYTHONPATH": "",
        }

    def run(self, *command: str, seconds: float = 1200) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.inside, *command],
            env=self.environment,
            cwd="/",
            text=True,
            capture_output=True,
            timeout=seconds,
        )

    def install(self, tree: Path, *options: str) -> None:
        """Once to be given its files, which the operator then fills, once to start."""
        line = [sys.executable, str(tree / "deploy/one-machine/install"), str(tree), "--several", "--host", PLATFORM]
        line += ["--email", "technique@socle.test", "--domain", SITES, "--roles", SERVICES[self.name][1]]
        line += ["--caddy", str(BIN / "caddy"), "--weed", str(BIN / "weed"), "--venv", str(ROOT / ".venv"), *options]
        said = self.run(*line)
        if said.returncode:
            raise RuntimeError(f"{self.name}: {said.stdout[-1500:]} {said.stderr[-1500:]} {self.logs()}")

    def settle(self, credentials: dict[str, str], authority: Authority | None = None) -> None:
        """What the operator writes: this machine's address instead of the examples, the secrets, the authority."""
        etc = self.root / "etc/socle"
        for path in etc.glob("*.env"):
            text = path.read_text().replace("10.0.0.", f"{NETWORK}.")
            if path.name == "front.env" and authority:
                text += f"FRONT_ACME_CA={authority.directory}\nSSL_CERT_FILE={authority.root}\n"
            if path.name == "socle.env":
                # One visitor of the drill counts for a crowd.
                text += "SOCLE_RATE_LIMITS=forms=100000/300\n"
            text = re.sub(r"^WEB_HOST=.*$", f"WEB_HOST={self.address}", text, flags=re.M)
            path.write_text(text)
        for name, value in credentials.items():
            (etc / "credentials" / name).write_text(f"{value}\n")

    def logs(self) -> str:
        return "\n".join(
            f"--- {self.name} {path.parent.name}\n{path.read_text(errors='replace')[-1500:]}"
            for path in self.root.glob("run/standin/*/log")
        )


@dataclass
class Machines:
    """All of them, and what they share."""

    directory: Path
    nodes: dict[str, Node]
    cluster: Cluster
    credentials: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.authority = Authority(self.nodes["authority"], BIN / "caddy")

    @property
    def environment(self) -> dict[str, str]:
        """The variables of an installed machine, for what looks at the whole from outside."""
        lines = (self.nodes["web1"].root / "etc/socle/socle.env").read_text().splitlines()
        variables = dict(line.split("=", 1) for line in lines if line.startswith("SOCLE_"))
        ours = {name: value for name, value in os.environ.items() if not name.startswith("SOCLE_")}
        data = {"SOCLE_DATA_DIR": str(self.directory / "outside"), "PYTHONPATH": str(ROOT)}
        return {**ours, **variables, **self.credentials, **data, "DJANGO_SETTINGS_MODULE": "socle.config.settings"}

    def call(self, *command: str) -> Any:
        """Run a Python command over the shared database and storage; return the JSON of its last line."""
        said = subprocess.run(
            [sys.executable, *command], env=self.environment, cwd=ROOT, text=True, capture_output=True, timeout=300
        )
        if said.returncode:
            raise RuntimeError(f"{shlex.join(command)}: {said.stderr[-2000:]}")
        return json.loads(said.stdout.rstrip().splitlines()[-1])

    def ask(self, function: str, *arguments: object) -> Any:
        module, _, name = function.rpartition(".")
        return self.call(
            "-c",
            f"import django, json; django.setup(); from {module} import {name};"
            f" print(json.dumps({name}(*{arguments!r})))",
        )

    def sql(self, question: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.cluster.url, connect_timeout=5) as link:
            return list(link.execute(question.encode()))

    def scheduler(self) -> str:
        """The address of the scheduler at work: whoever holds its lock."""
        import hashlib

        key = int.from_bytes(hashlib.sha256(b"socle:scheduler-at-work").digest()[:8], "big")
        found = self.sql(
            "SELECT host(client_addr) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory'"
            f" AND classid::bigint = {key >> 32} AND objid::bigint = {key & 0xFFFFFFFF}"
        )
        return str(found[0][0]) if found else ""


@contextlib.contextmanager
def machines(keep: bool = False) -> Iterator[Machines]:
    """Plug them, install them, start them; unplug and remove everything afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="socle-machines-"))
    directory.chmod(0o755)
    nodes = {name: Node(name, directory / name) for name in SERVICES}
    unplug(nodes)
    cluster = Cluster(
        directory / "postgresql",
        is_durable=True,
        host=nodes["db"].address,
        before=nodes["db"].inside,
        settings=re.sub(
            r"^listen_addresses.*$", "", (ROOT / "deploy/several-machines/postgresql.conf").read_text(), flags=re.M
        ),
    )
    ours = Machines(directory, nodes, cluster)
    try:
        network("link", "add", BRIDGE, "type", "bridge")
        network("addr", "add", f"{NETWORK}.1/24", "dev", BRIDGE)
        network("link", "set", BRIDGE, "up")
        for node in nodes.values():
            node.plug()
            (node.root / "bin").mkdir(parents=True)
            node.root.chmod(0o755)
            standin = node.root / "bin/systemctl"
            line = shlex.join([*node.inside, sys.executable, str(ROOT / "tests/deploy/systemctl.py")])
            standin.write_text(f'#!/bin/sh\nexec {line} "$@"\n')
            standin.chmod(0o755)
        cluster.make().start()
        settle(ours)
        yield ours
    finally:
        for node in nodes.values():
            # The keepers are told first: nothing is started again.
            node.kill("systemctl.py")
            node.kill()
        time.sleep(0.5)
        cluster.stop()
        subprocess.run(
            ["umount", "-l", *(str(n.root / "var/lib/socle-certificates") for n in nodes.values())], capture_output=True
        )
        unplug(nodes)
        for left in Path("/tmp").glob("seaweedfs-*8333*.sock"):
            left.unlink(missing_ok=True)
        if not keep:
            shutil.rmtree(directory, ignore_errors=True)


def unplug(nodes: dict[str, Node]) -> None:
    """Also what a drill that was killed left behind."""
    for node in nodes.values():
        network("netns", "del", node.space, check=False)
        network("link", "del", node.space, check=False)
    network("link", "del", BRIDGE, check=False)


def settle(ours: Machines) -> None:
    """Install and start each machine in the order of the guide."""
    nodes = ours.nodes
    tree = Machine(ours.directory, "").tree("release", "1.0")
    store = nodes["store"]
    store.install(tree, "--no-start")
    key = json.loads((store.root / "etc/socle/storage.json").read_text())["identities"][0]["credentials"][0]
    ours.credentials = {
        "SOCLE_SECRET_KEY": secrets.token_urlsafe(64),
        "SOCLE_DATABASE_URL": ours.cluster.url,
        "SOCLE_FILES_S3_KEY_ID": key["accessKey"],
        "SOCLE_FILES_S3_SECRET": key["secretKey"],
    }
    store.settle({})
    store.install(tree)
    ours.authority.start().names([PLATFORM], [nodes["front2"].address, nodes["front1"].address])
    others = [name for name in nodes if SERVICES[name][1] and name != "store"]
    for name in others:
        nodes[name].install(tree, "--no-start")
        nodes[name].settle(ours.credentials, ours.authority)
    (ours.directory / "outside").mkdir(exist_ok=True)

    def bucket() -> bool:
        done = subprocess.run(
            [sys.executable, "-m", "socle", "files", "create"], env=ours.environment, cwd=ROOT, capture_output=True
        )
        return done.returncode == 0

    wait_for(bucket, seconds=90, what="the storage")
    nodes["web1"].install(tree)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: nodes[name].install(tree, "--no-migrate"), set(others) - {"web1"}))


def in_service(address: str) -> bool:
    import http.client

    for port in (8101, 8102):
        connection = http.client.HTTPConnection(address, port, timeout=2)
        try:
            connection.request("GET", "/-/in-service")
            if connection.getresponse().status == 200:
                return True
        except OSError:
            continue
        finally:
            connection.close()
    return False


def broken_nodes(ours: Machines, *, tasks: int = TASKS) -> dict[str, Any]:
    """The certificates; then, under reads and writes: web1 killed, its link cut; a worker's link cut, the other worker
    without power; front1 killed. What was seen.
    """
    nodes, wrong = ours.nodes, []
    seen: dict[str, Any] = {}
    filled = ours.call("-m", "tests.deploy.ground", "fill")
    fronts = [(nodes[name].address, 443) for name in ("front1", "front2")]
    visitors = Visitors(
        fronts[0], [PLATFORM, filled["site"]], session=filled["session"], readers=3, retries=3, others=(fronts[1],)
    )
    for number in range(2):
        wait_for(lambda n=number: visitors.ask(PLATFORM, "/", attempt=n).status == 200, seconds=60, what="a front")
    wait_for(lambda: all(in_service(nodes[name].address) for name in ("web1", "web2")), seconds=60, what="two webs")
    wait_for(ours.scheduler, seconds=60, what="a scheduler at work")
    certified = certificates.shared(ours, filled["sites"], PLATFORM)
    seen |= certified["certificates"]
    wrong += certified["wrong"]
    web = nodes["web1"]
    with visitors:
        time.sleep(5)
        seen["web processes killed"] = web.kill("granian")
        seen["web back after, s"] = links.timed(lambda: in_service(web.address), seconds=90, what="web1 back")
        time.sleep(3)
        web.cut()
        time.sleep(25)
        web.mend()
        wait_for(lambda: in_service(web.address), seconds=90, what="web1 linked")
        time.sleep(3)

        seen |= links.cut(ours, tasks=tasks, wrong=wrong)
        seen |= links.without_power(ours, tasks=tasks // 2, first=tasks + tasks // 2, wrong=wrong)
        nodes["front1"].kill("caddy")
        time.sleep(5)
    state = ours.ask("tools.drills.chores.state")
    written = ours.call("-m", "tests.deploy.ground", "written")["siret"]
    lost = set(visitors.written) - set(written)
    if visitors.failures:
        wrong.append(f"{len(visitors.failures)} requests failed: {visitors.failures[:3]}")
    if lost:
        wrong.append(f"{len(lost)} rows acknowledged and lost")
    if len(written) != len(set(written)) or len(written) > len(visitors.written) + len(visitors.retried):
        wrong.append(f"{len(written)} rows for {len(visitors.written)} acknowledged")
    inspected = ours.ask("tools.drills.chores.inspect", 2 * tasks)
    return {
        **seen,
        "answered": sum(visitors.answered.values()),
        "answers": dict(visitors.answered),
        "tried again": len(visitors.retried),
        "why": sorted({re.sub(r"[\d.]{7,}", "…", one)[:90] for one in visitors.retried}),
        "failed after retry": len(visitors.failures),
        "slowest, s": round(visitors.slowest, 1),
        "rows acknowledged": len(visitors.written),
        "rows written": len(written),
        "tasks": state,
        **inspected,
        "wrong": [*wrong, *inspected["wrong"]],
    }
