"""A PostgreSQL cluster of one's own, on a free port of loopback, for tests and measurements; gone when it is stopped.

    python tools/cluster.py start DIRECTORY [--durable]     make it, start it, print its address
    python tools/cluster.py stop DIRECTORY

What is lost in a crash is of no account to most tests, and speed is: `--durable` keeps the promises of a real one.
"""

from __future__ import annotations

import argparse
import os
import pwd
import secrets
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

FAST = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")


def binaries() -> Path | None:
    """Where the newest PostgreSQL of this machine keeps its commands, or None when there is none."""
    found = list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return max(found, key=lambda path: int(path.parent.parent.name)).parent if found else None


@dataclass
class Cluster:
    """One cluster; `url` says where it answers once it was started."""

    directory: Path
    is_durable: bool = False
    port: int = 0
    password: str = ""
    host: str = "127.0.0.1"
    # Before each command (another network, say), and further settings, one a line.
    before: tuple[str, ...] = ()
    settings: str = ""

    @property
    def url(self) -> str:
        return f"postgres://socle:{self.password}@{self.host}:{self.port}/postgres"

    def make(self) -> Cluster:
        """Make its files; PostgreSQL refuses to run as root, so that they belong to its own user there."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o711)
        self.password = secrets.token_hex(16)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))  # A name for a port, free there; another network has all of them.
            self.port = probe.getsockname()[1]
        for name in ("data", "socket"):
            (self.directory / name).mkdir(mode=0o700)
        secret = self.directory / "password"
        secret.write_text(self.password)
        secret.chmod(0o600)
        if os.getuid() == 0:
            owner = pwd.getpwnam("postgres")
            for path in (self.directory / "data", self.directory / "socket", secret):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        self._run(
            "initdb",
            "-D",
            self._data,
            "-U",
            "socle",
            "--pwfile",
            str(secret),
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        )
        if self.settings:
            with (self.directory / "data/postgresql.conf").open("a") as file:
                file.write(f"\n{self.settings}\n")
        if self.host != "127.0.0.1":
            with (self.directory / "data/pg_hba.conf").open("a") as file:
                file.write("host all socle samenet scram-sha-256\n")
        return self

    @property
    def _data(self) -> str:
        return str(self.directory / "data")

    def start(self) -> Cluster:
        options = ["-p", str(self.port), "-k", str(self.directory / "socket"), "-c", f"listen_addresses={self.host}"]
        options += [*(() if self.settings else ("-c", "max_connections=60")), *(() if self.is_durable else FAST)]
        log = str(self.directory / "data" / "log.txt")
        self._run("pg_ctl", "-D", self._data, "-w", "-l", log, "-o", " ".join(options), "start")
        return self

    def stop(self, mode: str = "immediate") -> None:
        """Stop it as a power cut would (`immediate`), or cleanly (`fast`)."""
        self._run("pg_ctl", "-D", self._data, "-m", mode, "-w", "stop", check=False)

    def is_running(self) -> bool:
        """Say whether its server runs."""
        try:
            self._run("pg_ctl", "-D", self._data, "status")
        except subprocess.CalledProcessError:
            return False
        return True

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _run(self, command: str, *arguments: str, check: bool = True) -> None:
        where = binaries()
        if where is None:
            raise SystemExit("PostgreSQL n’est pas sur cette machine. Sous Debian : apt-get install postgresql-17")
        line = [str(where / command), *arguments]
        if os.getuid() == 0:
            line = ["runuser", "-u", "postgres", "--", *line]
        line = [*self.before, *line]
        subprocess.run(line, check=check, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def running_in(directory: Path) -> Cluster:
    """The cluster whose server runs in this directory."""
    lines = (directory / "data" / "postmaster.pid").read_text().splitlines()
    return Cluster(directory, port=int(lines[3]), password=(directory / "password").read_text())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["start", "stop"])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--durable", action="store_true")
    chosen = parser.parse_args()
    if chosen.verb == "start":
        print(Cluster(chosen.directory, is_durable=chosen.durable).make().start().url)
    else:
        running_in(chosen.directory).remove()


if __name__ == "__main__":
    main()
