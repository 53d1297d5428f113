"""`socle name-server`: a real PowerDNS beside a demonstration, on this machine only."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from socle.trials.powerdns import PACKAGES, Server, why_not_here


class Command(BaseCommand):
    help = "Démarre un vrai serveur de noms (PowerDNS) à côté d’une démonstration, sur cette machine seulement."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["packages", "start", "stop", "status", "forget"])
        parser.add_argument(
            "--ports", type=int, help="les ports : celui-ci plus 53, et plus 81 (les derniers, sinon 20000)"
        )
        parser.add_argument("--owner", default="", help="à qui appartient la plateforme, quand root agit à sa place")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.DATA_DIR) / "name-server"
        verb, base = options["verb"], options["ports"]
        if base is None and not (folder / "key").exists():
            base = 20000
        server = Server(folder, port=base + 53, api_port=base + 81) if base else Server(folder)
        if verb == "packages":
            self.stdout.write(" ".join(PACKAGES) if why_not_here() else "")
        elif verb == "start":
            self._start(server, options["owner"])
        elif verb == "status":
            is_there = server.pid is not None
            self.stdout.write("Le serveur de noms répond." if is_there else "Le serveur de noms est arrêté.")
        else:
            try:
                server.stop()
            except PermissionError as error:
                raise CommandError("Il tourne sous root : relancez cette commande avec sudo.") from error
            if verb == "forget":
                # From now on the demonstration has its twin again.
                shutil.rmtree(folder, ignore_errors=True)
            self.stdout.write("Le serveur de noms est arrêté.")

    def _start(self, server: Server, owner: str) -> None:
        if not settings.DEMO:
            raise CommandError("Ceci n’est pas une démonstration\u00a0: en production, PowerDNS a son propre service.")
        if server.pid is None:
            try:
                server.start()
            except RuntimeError as error:
                raise CommandError(str(error)) from error
        else:
            server.prepare()
        if os.getuid() == 0:
            # Whoever runs the platform reads the key.
            shutil.chown(server.folder / "key", user=owner or "root")
        self.stdout.write(
            f"Le serveur de noms répond. Pour le lire\u00a0: dig @127.0.0.1 -p {server.port} "
            f"{settings.SOCLE_MAIL_DOMAIN} TXT"
        )
