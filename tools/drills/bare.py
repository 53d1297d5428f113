"""One machine, from a bare Debian: the guide's own commands, read in the guide, run as they are written.

Installed, served, released under load, taken back, saved. Its own systemd runs the units, with the walls they ask for,
where this machine's kernel lets it be the first process of namespaces of its own; else the stand-in of the tests does,
and the report says why. The rest is what an operator meets: Debian's packages, the environment built by `tools/setup`,
PostgreSQL, Caddy. Needs root and mmdebstrap; some minutes.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from socle.lib.ports import free_ports
from tests.deploy.load import Visitors
from tools.drills.system import System, Unable
from tools.installation import ROOT, wait_for

SUITE = "trixie"
# What every Debian has, and the smallest of them has not.
INCLUDED = "systemd,systemd-sysv,dbus"
GUIDE = ROOT / "docs/guide/installer.md"
# Where the guide clones from, as this machine has it; the place where it clones to.
ORIGIN, CLONE = "/src/origin.git", "/srv/socle"
HOST = "socle.test"
SAID = {"ADRESSE-DU-PROJET": ORIGIN, "socle.exemple.fr": HOST, "technique@exemple.fr": "technique@socle.test"}
COMMUNE = "59474"
# How this machine reaches its packages: the same roads from inside.
ROADS = ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf")


def commands(section: str) -> list[str]:
    """The commands of a section of the guide, in its order, with this drill's names instead of the examples."""
    text = GUIDE.read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    lines = "".join(re.findall(r"^```\n(.*?)^```", text, re.M | re.S)).splitlines()
    for example, ours in SAID.items():
        lines = [line.replace(example, ours) for line in lines]
    return [line.partition("  #")[0].strip() for line in lines if line.strip()]


@dataclass
class Bare:
    """A Debian under a folder; the project is cloned into it as the guide says."""

    root: Path
    ports: list[int]
    system: System | None = None
    without_systemd: str = ""

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "LANG": "C.UTF-8",
            "SOCLE_PLACES": f"{self.ports[0]} {self.ports[1]}",
        }

    def run(self, *command: str, check: bool = True, seconds: float = 1200, **more: str) -> str:
        """Run a command inside; return what it said."""
        said = subprocess.run(
            [*(self.system.inside if self.system else ("chroot", str(self.root))), *command],
            env={**self.environment, **more},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=seconds,
        )
        if check and said.returncode:
            raise RuntimeError(f"{command}: {said.returncode}\n{said.stdout[-3000:]}\n{self.logs()}")
        return said.stdout

    def as_written(self, line: str) -> str:
        """Run one line of the guide where it left its reader: in the clone, once there is one."""
        there = CLONE if (self.root / CLONE.lstrip("/")).is_dir() else "/root"
        return self.run("/bin/sh", "-ec", f"cd {there}; {line}", DEBIAN_FRONTEND="noninteractive")

    def as_socle(self, *command: str, there: str = CLONE, **more: str) -> str:
        """As the platform's own user, with the installation's variables."""
        lines = (self.root / "etc/socle/socle.env").read_text().splitlines()
        variables = dict(line.split("=", 1) for line in lines if line.startswith("SOCLE_"))
        data = {"SOCLE_DATA_DIR": "/var/lib/socle", "HOME": "/var/lib/socle", "PYTHONPATH": CLONE}
        user = ("setpriv", "--reuid=socle", "--regid=socle", "--init-groups", "--")
        return self.run(*user, "/usr/bin/env", "-C", there, *command, **{**data, **variables, **more})

    def ground(self, verb: str) -> dict[str, Any]:
        said = self.as_socle("/opt/socle/current/.venv/bin/python", "-m", "tests.deploy.ground", verb)
        found: dict[str, Any] = json.loads(said.rstrip().splitlines()[-1])
        return found

    def logs(self) -> str:
        if self.system:
            return self.run("journalctl", "--no-pager", "-o", "cat", "-n", "60", "-u", "socle*", check=False)
        return "\n".join(
            f"--- {path.parent.name}\n{path.read_text(errors='replace')[-1500:]}"
            for path in self.root.glob("run/standin/*/log")
        )

    def kill(self) -> None:
        """End all that runs inside, and nothing else."""
        if self.system:
            self.system.stop()
        for _ in range(3):
            for entry in Path("/proc").iterdir():
                if entry.name.isdigit():
                    with contextlib.suppress(OSError):
                        if os.readlink(entry / "root") == str(self.root):
                            os.kill(int(entry.name), signal.SIGKILL)
            time.sleep(0.3)


@contextlib.contextmanager
def bare_debian() -> Iterator[Bare]:
    """Make it, with what it can clone; remove it afterwards."""
    if shutil.which("mmdebstrap") is None:
        raise SystemExit("mmdebstrap n’est pas sur cette machine. Sous Debian : apt-get install mmdebstrap")
    root = Path(tempfile.mkdtemp(prefix="socle-bare-", dir="/var/tmp"))
    ours = Bare(root, free_ports(5))
    mounted: list[Path] = []
    try:
        subprocess.run(
            ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={INCLUDED}", SUITE, str(root)], check=True
        )
        root.chmod(0o755)
        for road in ROADS:
            if Path(road).exists():
                shutil.copy2(road, root / road.lstrip("/"))
        # The authorities this machine believes; those that are there already are the same.
        (root / "etc/ssl/certs").mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["cp", "-rL", "/etc/ssl/certs/.", str(root / "etc/ssl/certs/")], check=False, capture_output=True
        )
        (root / "src").mkdir()
        subprocess.run(["git", "clone", "-q", "--bare", str(ROOT), str(root / ORIGIN.lstrip("/"))], check=True)
        git(root / ORIGIN.lstrip("/"), "update-ref", "refs/heads/main", git(ROOT, "rev-parse", "HEAD"))
        git(root / ORIGIN.lstrip("/"), "symbolic-ref", "HEAD", "refs/heads/main")
        try:
            ours.system = System(root).start()
        except Unable as reason:
            ours.without_systemd = str(reason)
            stand_in(root, mounted)
        yield ours
    finally:
        ours.kill()
        for place in reversed(mounted):
            subprocess.run(["umount", str(place)], check=False)
        # Whatever is still mounted under it would be emptied with it.
        if str(root) not in Path("/proc/mounts").read_text():
            shutil.rmtree(root, ignore_errors=True)


def without_services(root: Path) -> None:
    """As in an image: no package starts its service by itself."""
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)


def stand_in(root: Path, mounted: list[Path]) -> None:
    """Where systemd cannot run: the tests' stand-in, and what a process of this machine needs there."""
    without_services(root)
    for name in ("proc", "dev", "dev/pts", "dev/shm"):
        if Path(f"/{name}").is_dir():
            subprocess.run(["mount", "--bind", f"/{name}", str(root / name)], check=True)
            mounted.append(root / name)
    shutil.copy2(ROOT / "tests/deploy/systemctl.py", root / "src/systemctl.py")
    ours = root / "usr/local/bin/systemctl"
    ours.write_text('#!/bin/sh\nexec /usr/bin/python3 /src/systemctl.py "$@"\n')
    ours.chmod(0o755)


def git(place: Path, *words: str) -> str:
    who = ("-c", "user.name=Exercice", "-c", "user.email=exercice@socle.test")
    done = subprocess.run(["git", "-C", str(place), *who, *words], check=True, text=True, stdout=subprocess.PIPE)
    return done.stdout.strip()


def publish(ours: Bare, version: str, changes: Mapping[str, Callable[[str], str]] | None = None) -> None:
    """A new version where the guide pulls from, some of its files edited, or made from nothing."""
    origin = ours.root / ORIGIN.lstrip("/")
    with tempfile.TemporaryDirectory() as place:
        work = Path(place) / "work"
        git(origin, "clone", "-q", str(origin), str(work))
        module = work / "socle/__init__.py"
        module.write_text(re.sub(r'__version__ = "[^"]+"', f'__version__ = "{version}"', module.read_text()))
        for name, edit in (changes or {}).items():
            (work / name).write_text(edit((work / name).read_text() if (work / name).exists() else ""))
        git(work, "add", "--all")
        git(work, "commit", "-q", "-m", f"Version {version}.")
        git(work, "push", "-q", "origin", "HEAD")


def settle(ours: Bare) -> None:
    """What the operator writes: free ports and an authority of its own for a trial, where backups go."""
    etc = ours.root / "etc/socle"
    first, second, http, https, inside = ours.ports
    front = (etc / "front.env").read_text().replace("FRONT_ISSUER=acme", "FRONT_ISSUER=internal")
    front += f"FRONT_PLACES=127.0.0.1:{first} 127.0.0.1:{second}\nFRONT_HTTP_PORT={http}\nFRONT_HTTPS_PORT={https}\n"
    (etc / "front.env").write_text(f"{front}FRONT_INSIDE_PORT={inside}\n")
    variables = (etc / "socle.env").read_text()
    # One visitor of the drill counts for a crowd.
    variables += "SOCLE_BACKUP_TARGET=/srv/sauvegardes\nSOCLE_RATE_LIMITS=forms=100000/300\n"
    (etc / "socle.env").write_text(variables)


def steps(said: str) -> list[str]:
    """What an installation said that it does."""
    return [line for line in said.splitlines() if line.startswith("▸")]


def installed(ours: Bare) -> dict[str, Any]:
    """From the clone to a platform in service, a release under load, the way back, a backup: what was seen."""
    wrong: list[str] = []
    version = ours.run("systemctl", "--version").splitlines()[0] if ours.system else ours.without_systemd
    seen: dict[str, Any] = {"systemd": version}

    def timed(name: str, line: str) -> str:
        begun = time.monotonic()
        said = ours.as_written(line)
        seen[f"{name}, s"] = round(time.monotonic() - begun)
        return said

    packages, clone, only_said, install, territory, doctor, backup = commands("Sur une machine")
    pull, release, rollback = commands("Livrer une nouvelle version")
    # Nobody is there to answer « yes ».
    timed("what the guide asks for first", packages.replace("install", "install --yes --quiet", 1))
    timed("cloned", clone)
    before = sorted(path.name for path in (ours.root / "etc").iterdir())
    told = steps(ours.as_written(only_said))
    if sorted(path.name for path in (ours.root / "etc").iterdir()) != before:
        wrong.append("--dry-run did something")
    done = steps(timed("packages and files", f"{install} --no-start"))
    settle(ours)
    done += steps(timed("first release and start", install))
    if told != done:
        wrong.append(f"--dry-run said {told}, and this was done: {done}")
    again = timed("installed again", install)
    if "Copie de la version" in again:
        wrong.append("the second installation did something again")
    ours.run("install", "-d", "-o", "socle", "-g", "socle", "-m", "700", "/srv/sauvegardes")
    timed("the communes", territory)
    seen["doctor"] = re.findall(r"^✗.*", ours.run("/bin/sh", "-c", f"cd {CLONE}; {doctor}", check=False), re.M)
    filled = ours.ground("fill")
    front = ("127.0.0.1", ours.ports[3])
    visitors = Visitors(front, [HOST, filled["site"]], session=filled["session"])
    wait_for(lambda: visitors.ask(HOST, "/").status == 200, seconds=60, what="the front server")
    wait_for(lambda: visitors.ask(filled["site"], "/").status == 200, seconds=60, what="the site of a commune")

    publish(ours, "9.0")
    with visitors:
        time.sleep(3)
        timed("pulled", pull)
        timed("release under load", release)
        if "9.0" not in ours.run("socle", "version", check=False) + str((ours.root / "opt/socle/current").readlink()):
            wrong.append("the new release is not the current one")
        timed("taken back under load", rollback)
        time.sleep(3)
    written = ours.ground("written")["siret"]
    if visitors.failures:
        wrong.append(f"{len(visitors.failures)} requests failed: {visitors.failures[:3]}")
    if sorted(visitors.written) != written:
        wrong.append(f"{len(written)} rows for {len(visitors.written)} acknowledged")
    timed("backup", backup)
    # As root: the platform's own user reads the passphrase only when its unit hands it over.
    path = "/etc/socle/backup-passphrase"
    said = ours.run("restic", "-r", "/srv/sauvegardes", "--password-file", path, "snapshots", "--json")
    backups = json.loads(said.splitlines()[-1])
    if not backups:
        wrong.append("nothing was saved")
    equip(ours, seen, wrong)
    return {
        **seen,
        "answers": dict(visitors.answered),
        "failed": len(visitors.failures),
        "slowest, s": round(visitors.slowest, 1),
        "rows acknowledged": len(visitors.written),
        "rows written": len(written),
        "backups": len(backups),
        "wrong": wrong,
    }


def from_zero(ours: Bare) -> dict[str, Any]:
    """What the guide types from an empty folder to agreements signed, in a bare Debian, on both databases."""
    ours.as_written(commands("Sur une machine")[0].replace("install", "install --yes --quiet", 1))
    ours.as_written(commands("Sur une machine")[1].partition(" && ")[0])
    # What drives the walk comes beside it, and serves nothing: an antivirus would wait for its signatures.
    without_services(ours.root)
    ours.run("/bin/sh", "-ec", f"cd {CLONE} && tools/test prepare", DEBIAN_FRONTEND="noninteractive")
    seen: dict[str, Any] = {}
    for database in ("sqlite", "postgresql"):
        followed = f"cd {CLONE} && .venv/bin/python -m tools.drills.zero --database {database}"
        seen[database] = json.loads(ours.run("/bin/sh", "-ec", followed).rstrip().splitlines()[-1])
    unsaid = {words for told in seen.values() for words in told.pop("said by the guide nowhere")}
    return {**seen, "wrong": sorted(unsaid)}


def equip(ours: Bare, seen: dict[str, Any], wrong: list[str]) -> None:
    """One commune, from eligible to a live site: signatures are those of a demonstration, in a database of its own."""
    ours.run("runuser", "-u", "postgres", "--", "createdb", "-O", "socle", "demonstration")
    ours.run("install", "-d", "-o", "socle", "-g", "socle", "-m", "700", "/var/lib/demonstration")
    where = {
        "SOCLE_DATA_DIR": "/var/lib/demonstration",
        "SOCLE_DATABASE_URL": "postgres:////run/postgresql/demonstration",
        "PYTHONPATH": "/opt/socle/current",
    }
    python = "/opt/socle/current/.venv/bin/python"
    begun = time.monotonic()
    ours.as_socle(python, "-m", "socle", "demo", there="/opt/socle/current", **where)
    seen["demonstration prepared, s"] = round(time.monotonic() - begun)
    begun = time.monotonic()
    said = ours.as_socle(python, "-m", "socle", "equip", COMMUNE, there="/opt/socle/current", **where)
    seen["a commune equipped, s"] = round(time.monotonic() - begun)
    if "Convention n°" not in said:
        wrong.append(f"the commune is not equipped: {said[-300:]}")
