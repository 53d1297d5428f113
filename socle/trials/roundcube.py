"""Starts and stops Roundcube by PHP's own server, beside a demonstration and in tests."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from socle.engines.roundcube import configuration
from socle.engines.roundcube.layout import Webmail, WebmailError
from socle.engines.roundcube.server import missing_packages

PATIENCE = 20.0
# Requests carried at once by a trial: a page asks for several things.
WORKERS = 4


class Server:
    """PHP's own server on one Roundcube."""

    def __init__(self, webmail: Webmail) -> None:
        self.webmail = webmail
        # Ours to wait for, when this very object started it.
        self._started: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Write the settings and start it, unless it runs. Raises WebmailError."""
        if missing := missing_packages():
            raise WebmailError(f"Il manque des paquets Debian\u00a0: apt-get install {' '.join(missing)}")
        if self.webmail.url.startswith("https://") or self.webmail.path != "/":
            raise WebmailError(
                "Ce serveur d’essai ne répond qu’en http, à la racine\u00a0: en production, php-fpm derrière le serveur"
                " web (deploy/mail/webmail)."
            )
        if self.is_running():
            return
        configuration.write(self.webmail)
        where = f"{self.webmail.listen}:{self.webmail.port}"
        log = self.webmail.folder / "logs" / "php.log"
        owner = self.webmail.owner if os.geteuid() == 0 else None
        with log.open("ab") as said:
            running = self._started = subprocess.Popen(  # noqa: S603 (our own arguments)
                ["/usr/bin/php", "-d", "expose_php=0", "-S", where, "-t", str(self.webmail.public)],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=self.webmail.public,
                env={
                    "PATH": "/usr/bin:/bin",
                    "TZ": "Europe/Paris",
                    "LANG": "C.UTF-8",
                    "PHP_CLI_SERVER_WORKERS": str(WORKERS),
                    "ROUNDCUBE_CONFIG_DIR": str(self.webmail.settings),
                },
                start_new_session=True,
                user=owner,
                group=owner,
            )
        self.webmail.pid.write_text(f"{running.pid}\n")
        deadline = time.monotonic() + PATIENCE
        while not self._listens():
            if running.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise WebmailError(f"Roundcube n’a pas démarré. Son journal\u00a0: {log}.")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it, with the processes it made."""
        if self.is_running():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._pid() or 0, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        while self.is_running() and time.monotonic() < deadline:
            time.sleep(0.05)
        if self._started is not None:
            self._started.wait(PATIENCE)
            self._started = None
        self.webmail.pid.unlink(missing_ok=True)

    def is_running(self) -> bool:
        """Whether the process we started runs, and is PHP: numbers are used again."""
        pid = self._pid()
        if pid is None:
            return False
        try:
            is_dead = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
            return not is_dead and Path(f"/proc/{pid}/comm").read_text().startswith("php")
        except OSError:
            return False

    def _pid(self) -> int | None:
        try:
            return int(self.webmail.pid.read_text())
        except (OSError, ValueError):
            return None

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((self.webmail.listen, self.webmail.port), 2):
            return True
        return False
