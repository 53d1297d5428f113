"""Looks at one set of mail servers, and has them read again what changed: systemd starts them (`deploy/mail/`).

Beside a demonstration and in tests, without systemd, `socle/trials/mail_servers.py` does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from socle.engines.postfix_dovecot.layout import Layout
from socle.lib.refusals import Said

# What must be installed, and the Debian packages that bring it.
PROGRAMS = {
    "/usr/sbin/postfix": "postfix",
    "/usr/lib/postfix/postfix-sqlite.so": "postfix-sqlite",
    "/usr/lib/postfix/postfix-pgsql.so": "postfix-pgsql",
    "/usr/sbin/dovecot": "dovecot-core",
    "/usr/lib/dovecot/imap": "dovecot-imapd",
    "/usr/lib/dovecot/lmtp": "dovecot-lmtpd",
    "/usr/bin/sievec": "dovecot-sieve",
    "/usr/lib/dovecot/modules/auth/libdriver_sqlite.so": "dovecot-sqlite",
    "/usr/lib/dovecot/modules/auth/libdriver_pgsql.so": "dovecot-pgsql",
    "/usr/sbin/opendkim": "opendkim",
    "/usr/bin/rspamd": "rspamd",
}


class ServersError(Said):
    """A server did not start or stop; `sentence` says in French which one and where it says why."""


def missing_packages() -> list[str]:
    """The Debian packages to install before anything can start."""
    return sorted({package for path, package in PROGRAMS.items() if not Path(path).exists()})


class Servers:
    """The four servers of one layout."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def reload(self) -> None:
        """Have Postfix and Dovecot read again their configurations and their certificate; nobody is cut off."""
        if self.is_dovecot():
            self._run("Dovecot", "/usr/bin/doveadm", "-c", str(self.layout.dovecot_conf), "reload")
        if self.is_postfix():
            self._run("Postfix", "/usr/sbin/postfix", "-c", str(self.layout.postfix), "reload")

    def running(self) -> dict[str, bool]:
        """Which of them run."""
        return {
            "postfix": self.is_postfix(),
            "dovecot": self.is_dovecot(),
            "opendkim": self.is_opendkim(),
            "rspamd": self.is_rspamd(),
        }

    def silent(self) -> list[tuple[str, int]]:
        """Which of them do not answer, and at which port: asked by whoever may not see their processes."""
        ports = self.layout.ports
        asked = {
            "Postfix": ports.submission,
            "Dovecot": ports.imap,
            "OpenDKIM": ports.dkim,
            "Rspamd": ports.filter,
        }
        # These two speak to Postfix, on the very machine.
        hosts = dict.fromkeys(("OpenDKIM", "Rspamd"), "127.0.0.1")
        found = []
        for name, port in asked.items():
            try:
                socket.create_connection((hosts.get(name, self.layout.reached_at), port), timeout=2).close()
            except OSError:
                found.append((name, port))
        return found

    def is_postfix(self) -> bool:
        return _lives(self.layout.folder / "queue/spool/pid/master.pid", "master")

    def is_dovecot(self) -> bool:
        return _lives(self.layout.folder / "run/master.pid", "dovecot")

    def is_opendkim(self) -> bool:
        return _lives(self.layout.opendkim / "run/opendkim.pid", "opendkim")

    def is_rspamd(self) -> bool:
        return _lives(self.layout.rspamd / "run/rspamd.pid", "rspamd")

    def _run(self, name: str, *line: str, check: bool = True, patience: float = 60, within: Path = Path("/")) -> None:
        # A server keeps what it inherits: a pipe would never end. And what is answered on a given day (absences) goes
        # by the hour of the communes.
        with tempfile.TemporaryFile("w+") as said:
            done = subprocess.run(  # noqa: S603 (our own arguments)
                line,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                timeout=patience,
                cwd=within,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TZ": "Europe/Paris", "LANG": "C.UTF-8"},
            )
            said.seek(0)
            if check and done.returncode != 0:
                raise ServersError(f"{name} n’a pas démarré\u00a0: {said.read().strip()[-400:]}")


def _pid(path: Path) -> int | None:
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _lives(path: Path, name: str) -> bool:
    """Whether the process this file names runs, and is the one we mean: numbers are used again."""
    pid = _pid(path)
    if pid is None:
        return False
    try:
        # Killed, it stays listed as a zombie until its parent looks.
        is_dead = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        return not is_dead and Path(f"/proc/{pid}/comm").read_text().strip().startswith(name[:15])
    except OSError:
        return False


def signalled(path: Path, number: signal.Signals) -> None:
    """Send this signal to the process that this file names, where we may."""
    pid = _pid(path)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def reload_keys(layout: Layout) -> None:
    """Tell OpenDKIM to read its tables again; where we may not, systemd watches them (deploy/mail)."""
    signalled(layout.opendkim / "run/opendkim.pid", signal.SIGUSR1)
