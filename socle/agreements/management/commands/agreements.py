"""`socle agreements proof NUMBER --out DIR`, `socle agreements concluded --since DAY [--json]`."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.agreements import proof, queries
from socle.agreements.models import Agreement
from socle.lib import dates, money
from socle.lib.refusals import Refused


class Command(BaseCommand):
    help = "La preuve d’une convention, et celles qui sont conclues par délégation."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERBE")
        asked = verbs.add_parser("proof", help="écrit la preuve d’une convention (proof.pdf) dans un dossier")
        asked.add_argument("number", metavar="NUMÉRO")
        asked.add_argument("--out", type=Path, required=True, metavar="DOSSIER")
        listed = verbs.add_parser("concluded", help="liste les conventions conclues par délégation depuis un jour")
        listed.add_argument("--since", type=_day, required=True, metavar="AAAA-MM-JJ")
        listed.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        # Whoever runs the platform reads the agreements of all.
        with scopes_disabled():
            try:
                (self._proof if options["verb"] == "proof" else self._concluded)(options)
            except Refused as refusal:
                raise CommandError(refusal.sentence) from refusal

    def _proof(self, options: dict[str, Any]) -> None:
        agreement = Agreement.every.filter(number=options["number"]).first()
        if agreement is None:
            raise CommandError(f"Aucune convention ne porte le numéro «\u00a0{options['number'][:40]}\u00a0».")
        content = proof.compose(agreement, at=timezone.now())
        folder: Path = options["out"]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "proof.pdf").write_bytes(content)
        except OSError as error:
            raise CommandError(
                f"Le dossier «\u00a0{folder}\u00a0» ne se laisse pas écrire ({error.strerror})."
            ) from error
        self.stdout.write(f"{folder / 'proof.pdf'}")

    def _concluded(self, options: dict[str, Any]) -> None:
        found = list(queries.concluded_since(options["since"]))
        if options["json"]:
            self.stdout.write(json.dumps([queries.told(one) for one in found], ensure_ascii=False, indent=1))
            return
        for one in found:
            assert one.signed_at is not None  # what is listed is concluded.
            self.stdout.write(
                f"{one.number}, {one.bound.name}, conclue le {dates.in_words(dates.day_of(one.signed_at))}, "
                f"{money.euros(one.annual_price)} par an"
            )
        self.stdout.write(f"Conventions conclues par délégation\u00a0: {len(found)}.")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError("un jour s’écrit AAAA-MM-JJ") from error
