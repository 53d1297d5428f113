"""`socle load-identity-stations`: load the list of the mairies that issue identity cards and passports."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from socle.lib.refusals import Refused
from socle.territory import stations


class Command(BaseCommand):
    help = "Charge la liste des mairies qui délivrent cartes d’identité et passeports (CSV ou XLSX, code_insee)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FICHIER", help="la liste, avec une colonne code_insee")
        parser.add_argument("--as-of", type=date.fromisoformat, required=True, help="date de la liste (AAAA-MM-JJ)")
        parser.add_argument("--source", required=True, help="d’où elle vient\u00a0: nommée sur les sites")
        parser.add_argument("--yes", action="store_true", help="la garder\u00a0; sinon, dire seulement ce qui change")
        parser.add_argument("--json", action="store_true", help="répondre en JSON")

    def handle(self, *args: Any, file: Path, as_of: date, source: str, **options: Any) -> None:
        try:
            with file.open("rb") as opened:
                report = stations.load(
                    opened,
                    source=source,
                    as_of=as_of,
                    is_kept=options["yes"],
                    by=get_user_model().objects.system(),
                    at=timezone.now(),
                )
        except OSError as error:
            raise CommandError(f"Ce fichier ne se lit pas\u00a0: {error.strerror}.") from None
        except Refused as refusal:
            raise CommandError(refusal.sentence) from None
        if options["json"]:
            self.stdout.write(json.dumps({**asdict(report), "kept": options["yes"]}, ensure_ascii=False))
            return
        self.stdout.write(stations.summary(report))
        if not options["yes"]:
            self.stdout.write("Rien n’est gardé\u00a0: ajoutez --yes.")
