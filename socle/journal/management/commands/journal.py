"""`socle journal verify`: says whether the journal's chain is intact; `socle journal seal` seals what waits."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from socle.journal import actions
from socle.lib.text import number


class Command(BaseCommand):
    help = "Vérifie la chaîne du journal (verify), ou scelle les lignes en attente (seal)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["verify", "seal"], metavar="verify|seal")
        parser.add_argument("--json", action="store_true", help="répondre en JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        sealed_now = 0
        if options["verb"] == "seal":
            while count := actions.seal():
                sealed_now += count
        report = actions.verify()
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "intact": report.is_intact,
                        "sealed": report.sealed,
                        "waiting": report.waiting,
                        "broken_at": report.broken_at,
                        "reason": report.reason,
                    },
                    ensure_ascii=False,
                )
            )
        else:
            if sealed_now:
                self.stdout.write(f"{number(sealed_now)} lignes viennent d’être scellées.")
            self.stdout.write(f"{number(report.sealed)} lignes scellées, {number(report.waiting)} en attente.")
        if not report.is_intact:
            raise CommandError(f"Chaîne rompue à la ligne {report.broken_at} : {report.reason}.")
        if not options["json"]:
            self.stdout.write(self.style.SUCCESS("La chaîne est intacte."))
