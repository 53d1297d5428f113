"""Starts a real PowerDNS in a folder, on loopback: for tests, and for whoever tries the services on one machine.

In production the operator's own runs as Debian's package says: nothing of this is used there.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from pathlib import Path
from types import TracebackType

from socle.lib import ports

PROGRAMS = ("/usr/sbin/pdns_server", "/usr/local/sbin/pdns_server")
SCHEMAS = (
    "/usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql",
    "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql",
)
PACKAGES = ("pdns-server", "pdns-backend-sqlite3")
STARTS_WITHIN = 20.0
# How long one that was killed may still hold its ports.
LETS_GO_WITHIN = 2.0


def why_not_here() -> str | None:
    """Say what is missing on this machine, with the remedy."""
    if _first(PROGRAMS) is None or _first(SCHEMAS) is None:
        return f"PowerDNS n’est pas sur cette machine. Sous Debian\u00a0: apt-get install {' '.join(PACKAGES)}"
    return None


def _first(paths: tuple[str, ...]) -> Path | None:
    return next((path for path in map(Path, paths) if path.exists()), None)


class Server:
    """One PowerDNS: its files in `folder`, its zones in SQLite; `port` answers in DNS, `url` over HTTP with `key`.

    Started again on the same folder, it has the same zones, ports and key.
    """

    def __init__(self, folder: Path, *, port: int = 0, api_port: int = 0) -> None:
        self.folder = folder
        self.port = port
        self.api_port = api_port
        self.key = ""
        self.running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.api_port}"

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def prepare(self) -> Server:
        """Write its configuration and its database, once. Raises RuntimeError, in French, where it is not installed.

        `key` holds its key and its two ports: what the settings of a demonstration read (`SOCLE_POWERDNS_URL`).
        """
        if sentence := why_not_here():
            raise RuntimeError(sentence)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._choose()
        database = self.folder / "zones.sqlite"
        if not database.exists():
            schema = _first(SCHEMAS)
            assert schema is not None
            with contextlib.closing(sqlite3.connect(database)) as link:
                link.executescript(schema.read_text())
        configuration = self.folder / "pdns.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(self._configuration(database))
        if self._gives_rights_up:
            owner = pwd.getpwnam("pdns")
            for path in (self.folder, *self.folder.iterdir()):
                # The key is read by whoever runs the platform; the server has it in its configuration.
                if path.name != "key":
                    os.chown(path, owner.pw_uid, owner.pw_gid)
        return self

    def _choose(self) -> None:
        """Its key and its ports: those it had, unless other ports are asked for and it does not run."""
        kept = self.folder / "key"
        try:
            self.key, *former = kept.read_text().split()
            port, api_port = map(int, former)
        except (FileNotFoundError, ValueError):
            # The first time; or a write that was cut short.
            self.key, (port, api_port) = secrets.token_hex(16), ports.free_ports(2)
        if self.pid is None:
            port, api_port = self.port or port, self.api_port or api_port
        self.port, self.api_port = port, api_port
        told = f"{self.key} {port} {api_port}"
        if not kept.exists() or kept.read_text() != told:
            kept.touch(mode=0o600)
            kept.write_text(told)

    def why_not_start(self) -> str | None:
        """Say which of its two ports another program holds, or None; called when it does not run."""
        for port in (self.port, self.api_port):
            is_dns = port == self.port
            deadline = time.monotonic() + LETS_GO_WITHIN
            while ports.is_taken(port) or (is_dns and ports.is_taken(port, packets=True)):
                if time.monotonic() > deadline:
                    return (
                        f"PowerDNS ne peut pas démarrer : un autre programme tient déjà le port {port}. Arrêtez-le, ou"
                        " choisissez d’autres ports (SOCLE_SERVICES_PORTS=30000 make services, ou --ports 30000)."
                    )
                time.sleep(0.1)
        return None

    def _configuration(self, database: Path) -> str:
        lines = [
            "local-address=127.0.0.1",
            f"local-port={self.port}",
            "launch=gsqlite3",
            f"gsqlite3-database={database}",
            "gsqlite3-dnssec=yes",
            "gsqlite3-pragma-synchronous=0",
            "api=yes",
            f"api-key={self.key}",
            "webserver=yes",
            "webserver-address=127.0.0.1",
            f"webserver-port={self.api_port}",
            "webserver-allow-from=127.0.0.1",
            f"socket-dir={self.folder}",
            "guardian=no",
            "daemon=no",
            "disable-syslog=yes",
            # An answer kept for a moment would hide what was just written.
            "cache-ttl=0",
            "query-cache-ttl=0",
            "negquery-cache-ttl=0",
            "zone-cache-refresh-interval=0",
            "version-string=anonymous",
            "security-poll-suffix=",
        ]
        if self._gives_rights_up:
            lines += ["setuid=pdns", "setgid=pdns"]
        return "\n".join([*lines, ""])

    @property
    def _gives_rights_up(self) -> bool:
        """Whether it runs as its own user, for which every folder above its own must be open."""
        return os.getuid() == 0 and all(parent.stat().st_mode & 0o001 for parent in self.folder.resolve().parents)

    def start(self) -> Server:
        """Start it, and wait until it answers. Raises RuntimeError with what it said when it does not."""
        is_new = not (self.folder / "key").exists()
        try:
            self._start()
        except BaseException:
            # By its key a demonstration believes that it has a name server.
            if is_new:
                (self.folder / "key").unlink(missing_ok=True)
            raise
        return self

    def _start(self) -> None:
        self.prepare()
        if sentence := self.why_not_start():
            raise RuntimeError(sentence)
        program = _first(PROGRAMS)
        assert program is not None
        log = self.folder / "pdns.log"
        with log.open("ab") as said:
            self.running = subprocess.Popen(  # noqa: S603 (a program of the machine, with our own arguments)
                [str(program), f"--config-dir={self.folder}"],
                stdout=said,
                stderr=said,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        (self.folder / "pid").write_text(str(self.running.pid))
        deadline = time.monotonic() + STARTS_WITHIN
        while not _listens(self.api_port):
            if self.running.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"PowerDNS ne démarre pas : {log.read_text(errors='replace')[-1500:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it, even when another process of ours started it; its zones stay in its folder."""
        if self.running is not None:
            self.running.terminate()
            try:
                self.running.wait(10)
            except subprocess.TimeoutExpired:
                self.running.kill()
                self.running.wait(10)
            self.running = None
        elif (pid := self.pid) is not None:
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + 10
            while self.pid is not None and time.monotonic() < deadline:
                time.sleep(0.05)
            if (pid := self.pid) is not None:
                os.kill(pid, signal.SIGKILL)
        (self.folder / "pid").unlink(missing_ok=True)

    @property
    def pid(self) -> int | None:
        """The process that serves this very folder, or None."""
        try:
            pid = int((self.folder / "pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except (OSError, ValueError):
            return None
        return pid if f"--config-dir={self.folder}" in command.split("\0") else None

    def remove(self) -> None:
        """Stop it, and remove its folder with its zones."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
