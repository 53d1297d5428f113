"""`socle check-handover FILE`: is this archive whole, and what it was?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from socle.lib.archives import check
from socle.lib.text import bytes_in_french, number


class Command(BaseCommand):
    help = "Vérifie une archive emportée : chaque fichier est là, et n’a pas changé."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FICHIER", help="L’archive, telle qu’elle a été emportée.")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(f"{file} : ce fichier n’existe pas.")
        found = check(file)
        for fault in found.faults:
            self.stderr.write(fault)
        if found.faults:
            raise CommandError("L’archive n’est pas celle qui a été faite : demandez-en une autre.")
        self.stdout.write(f"L’archive est entière : {number(found.files)} fichiers, {bytes_in_french(found.size)}.")
