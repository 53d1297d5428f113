"""Starts and stops one set of mail servers without systemd: for tests, and for whoever tries on one machine.

In production systemd does it with the same configurations (`deploy/mail/`): it ends all the processes of a service
whose master was killed before it starts it again, which is what `_end_left` does here.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

from socle.engines.postfix_dovecot import configuration
from socle.engines.postfix_dovecot.layout import Layout
from socle.engines.postfix_dovecot.servers import Servers, ServersError, missing_packages, signalled
from socle.lib import ports as machine_ports

PATIENCE = 30.0
# The first start of rspamd compiles the list of public suffixes; the next ones read what was compiled.
RSPAMD_PATIENCE = 180.0
# In seconds: how long the children of a server that was killed may still hold its ports.
LETS_GO_WITHIN = 8.0
# How long those whose master was killed have to end by themselves what they are doing.
GRACE = 2.0
# Where the programs of each are: a shell that stands in a folder of theirs is none of them.
OF_POSTFIX, OF_DOVECOT = ("/usr/lib/postfix/",), ("/usr/lib/dovecot/", "/usr/sbin/dovecot")
OF_RSPAMD = ("/usr/bin/rspamd",)


def why_not_start() -> str | None:
    """Say why the mail servers cannot start here, and what to do; None when they can."""
    if os.geteuid() != 0:
        return "Postfix et Dovecot ne démarrent que sous l’utilisateur root\u00a0: relancez cette commande avec sudo."
    if missing := missing_packages():
        return f"Il manque des paquets Debian\u00a0: apt-get install {' '.join(missing)}"
    return None


class TrialServers(Servers):
    """The four servers of one layout, that we start and stop ourselves."""

    def start(self) -> None:
        """Write the configurations and start what does not run yet, all or nothing. Raises ServersError."""
        if why := why_not_start():
            raise ServersError(why)
        configuration.write(self.layout)
        self.layout = Layout.load(self.layout.folder)
        try:
            # Each before whoever asks it: Postfix’s queue manager finds everybody there.
            self.start_opendkim()
            self.start_rspamd()
            self.start_dovecot()
            self.start_postfix()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop them all; what is in the queue stays there."""
        self.stop_postfix()
        self.stop_dovecot()
        self.stop_rspamd()
        self.stop_opendkim()

    # --- Postfix ------------------------------------------------------------------------------------------------------
    def start_postfix(self) -> None:
        if self.is_postfix():
            return
        self._end_left(OF_POSTFIX)
        ports = self.layout.ports
        mine = (ports.smtp, ports.submission, ports.submissions, ports.reinjection)
        self._wait_free("Postfix", *mine)
        self._run("Postfix", "/usr/sbin/postfix", "-c", str(self.layout.postfix), "start")
        for port in mine:
            self._wait("Postfix", port, "postfix.log")

    def stop_postfix(self) -> None:
        if self.is_postfix():
            self._run("Postfix", "/usr/sbin/postfix", "-c", str(self.layout.postfix), "stop", check=False)
        self._wait_gone(self.is_postfix)
        self._end_left(OF_POSTFIX)

    # --- Dovecot ------------------------------------------------------------------------------------------------------
    def start_dovecot(self) -> None:
        if self.is_dovecot():
            return
        self._end_left(OF_DOVECOT)
        # Postfix makes the rest of its queue at its start; Dovecot needs this corner of it before.
        private = self.layout.folder / "queue/spool/private"
        if not private.exists():
            private.mkdir()
            shutil.chown(private, "postfix")
            private.chmod(0o700)
        # Killed, it leaves the number of its process, and refuses to start while that number is anybody's.
        (self.layout.folder / "run/master.pid").unlink(missing_ok=True)
        ports = self.layout.ports
        mine = (ports.imap, ports.imaps, ports.lmtp, ports.quota, ports.doveadm)
        self._wait_free("Dovecot", *mine)
        self._run("Dovecot", "/usr/sbin/dovecot", "-c", str(self.layout.dovecot_conf))
        for port in mine:
            self._wait("Dovecot", port, "dovecot.log")

    def stop_dovecot(self) -> None:
        if self.is_dovecot():
            self._run("Dovecot", "/usr/bin/doveadm", "-c", str(self.layout.dovecot_conf), "stop", check=False)
        self._wait_gone(self.is_dovecot)
        self._end_left(OF_DOVECOT)

    # --- OpenDKIM -----------------------------------------------------------------------------------------------------
    def start_opendkim(self) -> None:
        if self.is_opendkim():
            return
        self._wait_free("OpenDKIM", self.layout.ports.dkim)
        self._run("OpenDKIM", "/usr/sbin/opendkim", "-x", str(self.layout.opendkim / "opendkim.conf"))
        self._wait("OpenDKIM", self.layout.ports.dkim, "")

    def stop_opendkim(self) -> None:
        # It holds nothing, and asked politely it takes five seconds to end; meanwhile Postfix makes senders wait.
        if self.is_opendkim():
            signalled(self.layout.opendkim / "run/opendkim.pid", signal.SIGKILL)
        self._wait_gone(self.is_opendkim)

    # --- Rspamd -------------------------------------------------------------------------------------------------------
    def start_rspamd(self) -> None:
        if self.is_rspamd():
            return
        self._end_left(OF_RSPAMD)
        ports = self.layout.ports
        self._wait_free("Rspamd", ports.filter, ports.learning)
        folder = self.layout.rspamd
        line = ["/usr/bin/rspamd", "-u", "_rspamd", "-g", "_rspamd", "-c", str(folder / "rspamd.conf")]
        self._run(
            "Rspamd",
            *line,
            "--var",
            f"LOCAL_CONFDIR={folder}",
            patience=RSPAMD_PATIENCE,
            within=self.layout.rspamd / "run",
        )
        for port in (ports.filter, ports.learning):
            self._wait("Rspamd", port, "rspamd.log", patience=RSPAMD_PATIENCE)

    def stop_rspamd(self) -> None:
        # It would wait for whoever holds a connection, as Postfix does.
        self._end_left(OF_RSPAMD)

    # --- How ----------------------------------------------------------------------------------------------------------
    def _wait_free(self, name: str, *ports: int) -> None:
        deadline = time.monotonic() + LETS_GO_WITHIN
        while taken := [port for port in ports if machine_ports.is_taken(port, host=self.layout.reached_at)]:
            if time.monotonic() > deadline:
                raise ServersError(
                    f"{name} ne peut pas démarrer : un autre programme tient déjà le port {taken[0]}. Arrêtez-le, ou"
                    " choisissez d’autres ports (SOCLE_SERVICES_PORTS=30000 make services)."
                )
            time.sleep(0.1)

    def _wait(self, name: str, port: int, log: str, *, patience: float = PATIENCE) -> None:
        # What only Postfix asks answers on the very machine.
        inside = (self.layout.ports.dkim, self.layout.ports.filter, self.layout.ports.learning)
        host = "127.0.0.1" if port in inside else self.layout.reached_at
        deadline = time.monotonic() + patience
        while True:
            with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=2):
                return
            if time.monotonic() > deadline:
                raise ServersError(f"{name} ne répond pas sur le port {port}.{self._last_words(log) if log else ''}")
            time.sleep(0.02)

    def _last_words(self, log: str) -> str:
        """Say where a log is, and how it ends: whoever reads the refusal elsewhere has no longer the file."""
        path = self.layout.folder / "log" / log
        with contextlib.suppress(OSError), path.open("rb") as kept:
            kept.seek(max(0, path.stat().st_size - 600))
            return f" Son journal, {path}, finit ainsi\u00a0: {kept.read().decode(errors='replace').strip()}"
        return f" Son journal serait {path}\u00a0: il n’y est pas."

    def _end_left(self, programs: tuple[str, ...]) -> None:
        """End those whose master was killed: they hold its ports and its sockets, and the next one would not start.

        They stand in the folder of this set of servers, so that those of another are left alone.
        """
        folder = self.layout.folder.resolve()
        for number, patience in ((signal.SIGTERM, GRACE), (signal.SIGKILL, PATIENCE)):
            for pid in _standing_in(folder, programs):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            deadline = time.monotonic() + patience
            while (left := _standing_in(folder, programs)) and time.monotonic() < deadline:
                time.sleep(0.02)
            if not left:
                return

    def _wait_gone(self, lives: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while lives() and time.monotonic() < deadline:
            time.sleep(0.02)


def _standing_in(folder: Path, programs: tuple[str, ...]) -> list[int]:
    """The processes of these programs whose current folder, or whose root, is this one or below."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            if not os.readlink(process / "exe").startswith(programs):
                continue
            places = [Path(os.readlink(process / name)) for name in ("cwd", "root")]
        except OSError:
            continue  # It has ended, or is a zombie.
        if any(place.is_relative_to(folder) for place in places):
            found.append(int(process.name))
    return found
