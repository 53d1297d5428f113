"""`python -m socle.engines.restic`: keep the backup server alive, until it is asked to stop.

A port that somebody else holds is said, and tried again: the rest of the platform does not stop for it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from socle.backups.contract import StoreError
from socle.engines.restic import server

AGAIN_AFTER = 30.0


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socle.config.settings")
    from django.conf import settings

    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: over.set())
    folder, listen = Path(settings.SOCLE_MACHINE_BACKUPS_DIR), settings.SOCLE_MACHINE_BACKUPS_LISTEN
    said = ""
    while not over.is_set():
        try:
            if server.answers(listen):
                raise StoreError(f"Le serveur des sauvegardes attend : {listen} est pris par un autre programme.")
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


if __name__ == "__main__":
    main()
