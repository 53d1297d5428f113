"""One machine, from a clean clone in a bare Debian: installed, served, released under load, taken back, saved.

No systemd there: the same stand-in as the tests starts what the units say. Everything else is what an operator meets:
Debian's packages, the environment built by `tools/setup`, PostgreSQL, Caddy. Needs root and mmdebstrap; some minutes.
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
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.deploy.load import Visitors
from tools.installation import ROOT, wait_for
from tools.object_storage import free_ports

SUITE = "trixie"
INCLUDED = "git,make,python3,python3-venv,ca-certificates"
HOST, SITES = "socle.test", "communes.test"
COMMUNE = "59474"
# How this machine reaches its packages: the same roads from inside.
ROADS = ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf")


@dataclass
class Bare:
    """A Debian under a folder, the clone at /src/project in it."""

    root: Path
    ports: list[int]

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
            ["chroot", str(self.root), "/usr/bin/env", "-C", "/src/project", *command],
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

    def as_socle(self, *command: str, **more: str) -> str:
        """As the platform's own user, with the installation's variables."""
        lines = (self.root / "etc/socle/socle.env").read_text().splitlines()
        variables = dict(line.split("=", 1) for line in lines if line.startswith("SOCLE_"))
        data = {"SOCLE_DATA_DIR": "/var/lib/socle", "HOME": "/var/lib/socle", "PYTHONPATH": "/src/project"}
        user = ("setpriv", "--reuid=socle", "--regid=socle", "--init-groups", "--")
        return self.run(*user, *command, **{**data, **variables, **more})

    def ground(self, verb: str) -> dict[str, Any]:
        said = self.as_socle("/opt/socle/current/.venv/bin/python", "-m", "tests.deploy.ground", verb)
        found: dict[str, Any] = json.loads(said.rstrip().splitlines()[-1])
        return found

    def logs(self) -> str:
        return "\n".join(
            f"--- {path.parent.name}\n{path.read_text(errors='replace')[-1500:]}"
            for path in self.root.glob("run/standin/*/log")
        )

    def kill(self) -> None:
        """End all that runs inside, and nothing else."""
        for _ in range(3):
            for entry in Path("/proc").iterdir():
                if entry.name.isdigit():
                    with contextlib.suppress(OSError):
                        if os.readlink(entry / "root") == str(self.root):
                            os.kill(int(entry.name), signal.SIGKILL)
            time.sleep(0.3)


@contextlib.contextmanager
def bare_debian() -> Iterator[Bare]:
    """Make it, clone into it, remove it afterwards."""
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
        subprocess.run(
            ["cp", "-rL", "/etc/ssl/certs/.", str(root / "etc/ssl/certs/")], check=False, capture_output=True
        )
        # As in an image: no package starts its service by itself.
        (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
        (root / "usr/sbin/policy-rc.d").chmod(0o755)
        for name in ("proc", "dev", "dev/pts", "dev/shm"):
            if Path(f"/{name}").is_dir():
                subprocess.run(["mount", "--bind", f"/{name}", str(root / name)], check=True)
                mounted.append(root / name)
        (root / "src").mkdir()
        subprocess.run(["git", "clone", "-q", str(ROOT), str(root / "src/project")], check=True)
        standin = root / "usr/local/bin/systemctl"
        standin.write_text('#!/bin/sh\nexec /usr/bin/python3 /src/project/tests/deploy/systemctl.py "$@"\n')
        standin.chmod(0o755)
        yield ours
    finally:
        ours.kill()
        for place in reversed(mounted):
            subprocess.run(["umount", str(place)], check=False)
        # Whatever is still mounted under it would be emptied with it.
        if str(root) not in Path("/proc/mounts").read_text():
            shutil.rmtree(root, ignore_errors=True)


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
    (etc / "backup-passphrase").write_text("une phrase de passe longue, pour un exercice\n")
    (etc / "backup-passphrase").chmod(0o600)


def installed(ours: Bare) -> dict[str, Any]:
    """From the clone to a platform in service, a release under load, the way back, a backup: what was seen."""
    wrong: list[str] = []
    seen: dict[str, Any] = {}

    def timed(name: str, *command: str, **more: str) -> str:
        begun = time.monotonic()
        said = ours.run(*command, **more)
        seen[f"{name}, s"] = round(time.monotonic() - begun)
        return said

    options = ["--host", HOST, "--email", "technique@socle.test", "--domain", SITES]
    here = "deploy/one-machine"
    timed("packages and files", f"{here}/install", *options, "--no-start")
    settle(ours)
    timed("first release and start", f"{here}/install", *options)
    again = timed("installed again", f"{here}/install", *options)
    if "Copie de la version" in again:
        wrong.append("the second installation did something again")
    ours.run("install", "-d", "-o", "socle", "-g", "socle", "-m", "700", "/srv/sauvegardes")
    ours.run("socle", "load-territory")
    filled = ours.ground("fill")
    front = ("127.0.0.1", ours.ports[3])
    visitors = Visitors(front, [HOST, filled["site"]], session=filled["session"])
    wait_for(lambda: visitors.ask(HOST, "/").status == 200, seconds=60, what="the front server")
    wait_for(lambda: visitors.ask(filled["site"], "/").status == 200, seconds=60, what="the site of a commune")

    second = ours.root / "src/second"
    shutil.copytree(ours.root / "src/project", second, symlinks=True, ignore=shutil.ignore_patterns(".venv*", "var"))
    module = second / "socle/__init__.py"
    module.write_text(re.sub(r'__version__ = "[^"]+"', '__version__ = "9.0"', module.read_text()))
    with visitors:
        time.sleep(3)
        timed("release under load", f"/src/second/{here}/release", "/src/second")
        if "9.0" not in ours.run("socle", "version", check=False) + str((ours.root / "opt/socle/current").readlink()):
            wrong.append("the new release is not the current one")
        timed("taken back under load", f"/src/second/{here}/rollback")
        time.sleep(3)
    written = ours.ground("written")["siret"]
    if visitors.failures:
        wrong.append(f"{len(visitors.failures)} requests failed: {visitors.failures[:3]}")
    if sorted(visitors.written) != written:
        wrong.append(f"{len(written)} rows for {len(visitors.written)} acknowledged")
    timed("backup", "systemctl", "start", "socle-backup.service")
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
    ours.as_socle(python, "-m", "socle", "demo", **where)
    seen["demonstration prepared, s"] = round(time.monotonic() - begun)
    begun = time.monotonic()
    said = ours.as_socle(python, "-m", "socle", "equip", COMMUNE, **where)
    seen["a commune equipped, s"] = round(time.monotonic() - begun)
    if "Convention n°" not in said:
        wrong.append(f"the commune is not equipped: {said[-300:]}")
