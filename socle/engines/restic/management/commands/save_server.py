"""`socle save-server`: the server at which the mairies' machines save (restic-rest-server)."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from socle.backups.contract import StoreError
from socle.engines.restic import server, serving, witness

# The programs, which Debian's packages are named after.
PROGRAMS = ("restic", server.PROGRAM)


class Command(BaseCommand):
    help = "Le serveur où les machines des mairies sauvegardent (restic-rest-server) ; « socle run » le lance aussi."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("packages", help="nommer les paquets Debian qui manquent")
        verbs.add_parser("status", help="dire s’il répond, et s’il refuse ce qu’il doit refuser")
        verbs.add_parser("serve", help="le tenir en marche jusqu’à Ctrl-C")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        missing = [name for name in PROGRAMS if shutil.which(name) is None]
        if verb == "packages":
            self.stdout.write(" ".join(missing))
        elif missing:
            raise CommandError(f"Il manque des paquets Debian : apt-get install {' '.join(missing)}")
        elif verb == "serve":
            serving.serve()
        else:
            self._status()

    def _status(self) -> None:
        listen = settings.SOCLE_MACHINE_BACKUPS_LISTEN
        try:
            why = witness.why_not_ours(Path(settings.SOCLE_MACHINE_BACKUPS_DIR), listen)
        except StoreError as error:
            raise CommandError(error.sentence) from error
        if why:
            raise CommandError(why)
        self.stdout.write(f"Le serveur des sauvegardes répond sur {listen} : rien ne s’y efface, chacun est chez soi.")
