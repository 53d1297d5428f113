"""`socle transmission-server`: a server of ours that speaks the interface of S²LOW, on this machine only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from socle.lib import ports
from socle.trials.s2low import TrialServer

STARTS_WITHIN = 20.0
IS_NOT = (
    "C’est un serveur à nous, qui parle l’interface documentée de S²LOW\u00a0: ce n’est pas S²LOW, rien ne part d’ici "
    "et aucune préfecture ne lit rien."
)


class Command(BaseCommand):
    help = "Tient un serveur d’essai qui parle l’interface de S²LOW (ce n’en est pas un), à côté d’une démonstration."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["start", "stop", "status", "forget", "serve"])
        parser.add_argument("--ports", type=int, default=20000, help="le port\u00a0: celui-ci plus 43")
        parser.add_argument("--siren", default="", help="l’organisme dont le certificat d’essai est à faire")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Ceci n’est pas une démonstration\u00a0: en production, le dispositif est homologué.")
        folder, port = Path(settings.DATA_DIR) / "transmission-server", options["ports"] + 43
        verb = options["verb"]
        if verb == "serve":
            with TrialServer(folder, port=port):
                signal.pause()
        elif verb == "start":
            self._start(folder, port, options["siren"])
        elif verb == "status":
            is_there = _pid(folder) is not None
            self.stdout.write(f"Le serveur d’essai {'répond' if is_there else 'est arrêté'}. {IS_NOT}")
        else:
            if (pid := _pid(folder)) is not None:
                os.kill(pid, signal.SIGTERM)
            if verb == "forget":
                shutil.rmtree(folder, ignore_errors=True)
            self.stdout.write("Le serveur d’essai est arrêté.")

    def _start(self, folder: Path, port: int, siren: str) -> None:
        if _pid(folder) is None:
            if ports.is_taken(port):
                raise CommandError(f"Un autre programme tient déjà le port {port}\u00a0: --ports 30000.")
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            line = [sys.executable, "-m", "socle", "transmission-server", "serve", "--ports", str(port - 43)]
            running = subprocess.Popen(  # noqa: S603 (this very program)
                line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
            (folder / "pid").write_text(str(running.pid))
            deadline = time.monotonic() + STARTS_WITHIN
            while not ports.is_taken(port):
                if running.poll() is not None or time.monotonic() > deadline:
                    raise CommandError("Le serveur d’essai ne démarre pas.")
                time.sleep(0.05)
        server = TrialServer(folder)
        server.close()
        self.stdout.write(f"{IS_NOT} Il répond sur https://127.0.0.1:{port}")
        self.stdout.write(
            "Pour que la plateforme l’atteigne\u00a0: "
            f"SSL_CERT_FILE={server.authority} SOCLE_OUTGOING_INTERNAL=127.0.0.1"
        )
        if siren:
            self.stdout.write(f"Le certificat d’essai de cet organisme\u00a0: {server.body(siren)}")


def _pid(folder: Path) -> int | None:
    """The process that serves this folder, or None."""
    try:
        pid = int((folder / "pid").read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if b"transmission-server" in words else None
