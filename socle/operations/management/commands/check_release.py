"""`socle check-release`: is this code whole, and may the release in service go on beside it?"""

from __future__ import annotations

import sys
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from socle.operations import compatibility
from socle.serving import statics

# How it ends, for whoever releases: see `deploy/one-machine/versions.py`.
NEEDS_A_PAUSE, HAS_MIGRATIONS = 3, 4


class Command(BaseCommand):
    help = (
        "Vérifie une version avant de la livrer, rassemble ses feuilles de style, et dit si la version en service "
        "peut continuer pendant et après ses migrations. Ne touche pas à la base."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("check", stdout=self.stdout)
        # Gathered before anybody serves a page that names them: an old process serves them too.
        statics.collect_if_needed()
        pending = compatibility.pending(connection)
        if not pending:
            self.stdout.write("Aucune migration n’attend.")
            return
        obstacles = compatibility.obstacles(connection)
        self.stdout.write(f"{len(pending)} migration(s) en attente.")
        for sentence in obstacles:
            self.stdout.write(self.style.WARNING(f"  {sentence}"))
        self.stdout.flush()
        sys.exit(NEEDS_A_PAUSE if obstacles else HAS_MIGRATIONS)
