"""restic-rest-server: one process for every commune. Append-only, each user in its own folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

from socle.backups.contract import StoreError
from socle.engines.restic import htpasswd, witness

PROGRAM = "restic-rest-server"
PID_FILE, HTPASSWD = "server.pid", "htpasswd"
PATIENCE = 10.0


def places(folder: Path) -> tuple[Path, Path]:
    """The folder of the repositories, and the file of who enters: never below one another."""
    return folder / "repositories", folder / HTPASSWD


def command(folder: Path, listen: str) -> list[str]:
    """The command line of the server; it holds no secret."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise StoreError(
            "restic-rest-server n’est pas sur cette machine. Sous Debian : apt-get install restic-rest-server"
        )
    repositories, doors = places(folder)
    return [
        program, "--listen", listen, "--path", str(repositories), "--htpasswd-file", str(doors),
        "--append-only", "--private-repos",
    ]  # fmt: skip


class Server:
    """A server of this folder, for the time of a `with`: started, answering, then stopped even on failure."""

    def __init__(self, folder: Path, listen: str) -> None:
        self.folder, self.listen = folder, listen
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Server:
        """Start it and wait until it answers. Raises StoreError."""
        repositories, doors = places(self.folder)
        repositories.mkdir(parents=True, exist_ok=True)
        with htpasswd.locked(self.folder):
            known = htpasswd.read(doors)
            if (wanted := witness.added(self.folder, known)) != known:
                htpasswd.write(doors, wanted)
        with open(self.folder / "server.log", "ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 (a program of the machine, with our own arguments)
                command(self.folder, self.listen), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        (self.folder / PID_FILE).write_text(str(self.process.pid))
        deadline = time.monotonic() + PATIENCE
        while not answers(self.listen):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise StoreError(f"Le serveur des sauvegardes ne démarre pas sur {self.listen} : voyez server.log.")
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        """Ask it to end, then insist."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        (self.folder / PID_FILE).unlink(missing_ok=True)

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def answers(listen: str) -> bool:
    """Whether something listens at this `host:port`."""
    host, _, port = listen.rpartition(":")
    with contextlib.suppress(OSError, ValueError), socket.create_connection((host.strip("[]"), int(port)), timeout=2):
        return True
    return False


def reload(folder: Path) -> bool:
    """Have the server of this folder read who enters at once, not within half a minute; False when none is known."""
    with contextlib.suppress(OSError, ValueError):
        pid = int((folder / PID_FILE).read_text())
        # The number may have become another program's since.
        if PROGRAM.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGHUP)
            return True
    return False
