"""Keep the backup server alive, until it is asked to stop.

A port that somebody else holds is said, and tried again: the rest of the platform does not stop for it.
"""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from django.conf import settings

from socle.backups.contract import StoreError
from socle.engines.restic import server, witness
from socle.lib import ports

AGAIN_AFTER = 30.0


def serve() -> None:
    """Serve until a signal; what goes wrong is said once on the error output, and tried again."""
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: over.set())
    folder, listen = Path(settings.SOCLE_MACHINE_BACKUPS_DIR), settings.SOCLE_MACHINE_BACKUPS_LISTEN
    said = ""
    while not over.is_set():
        try:
            if path := settings.MACHINE_BACKUPS_PORT_FILE:
                listen = _chosen(path, listen)
            if server.answers(listen):
                raise StoreError(witness.why_not_ours(folder, listen) or f"Ce serveur tourne déjà sur {listen}.")
            with server.Server(folder, listen) as running:
                said = ""
                while not over.wait(1) and running.process is not None and running.process.poll() is None:
                    pass
        except StoreError as error:
            if error.sentence != said:
                said = error.sentence
                sys.stderr.write(f"{said}\n")
                sys.stderr.flush()
            over.wait(AGAIN_AFTER)


def _chosen(path: Path, listen: str) -> str:
    try:
        return f"127.0.0.1:{ports.keep(path, int(listen.rpartition(':')[2]))}"
    except OSError as error:
        raise StoreError(f"Le dossier des sauvegardes ({path.parent}) ne peut pas être écrit.") from error
