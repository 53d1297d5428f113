"""`socle web`: the web server alone."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from socle.lib.refusals import Refused, refuse
from socle.operations import demonstration, supervisor
from socle.serving import statics


class Command(BaseCommand):
    help = "Sert les pages, et rien d’autre : pour un gestionnaire de services, qui lance le reste à côté."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="adresse d’écoute (127.0.0.1)")
        parser.add_argument("--port", type=int, default=settings.PORT, help=f"port d’écoute ({settings.PORT})")
        parser.add_argument("--workers", type=int, default=2, help="processus du serveur web (2)")

    def handle(self, *args: Any, host: str, port: int, workers: int, **options: Any) -> None:
        try:
            refuse(demonstration.why_not_listen_on(host))
            refuse(demonstration.why_not_this_database())
            refuse(supervisor.why_not_listen(host, port))
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        statics.collect_if_needed()
        self.stdout.flush()
        # This process becomes the server: whoever started it stops it, and reads its code.
        command = supervisor.web_server(host, port, workers, grace=supervisor.LONG_GRACE)
        os.execv(command[0], command)  # noqa: S606 (our own command)
