"""`socle load-territory`: load the communes of France from the derived files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from socle.lib.refusals import Refused
from socle.lib.text import number
from socle.territory.actions import load_vintages


class Command(BaseCommand):
    help = "Charge les communes de France (code officiel géographique) depuis les fichiers dérivés."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, help="dossier des fichiers (par défaut data/territory)")

    def handle(self, *args: Any, folder: Path | None, **options: Any) -> None:
        try:
            report = load_vintages(
                folder, by=get_user_model().objects.system(), at=timezone.now(), progress=self.stdout.write
            )
        except Refused as refusal:
            raise CommandError(refusal.sentence) from None
        years = " et ".join(str(year) for year in report.years)
        if report.was_already_loaded:
            self.stdout.write(f"Déjà chargés : millésimes {years}.")
            return
        self.stdout.write(
            f"{number(report.communes)} communes chargées (millésimes {years}) ; "
            f"{len(report.merged)} fusionnées et suivies, {len(report.renumbered)} renumérotées, "
            f"{len(report.restored)} rétablies, {len(report.lost)} non suivies."
        )
        if report.lost:
            self.stdout.write("Non suivies : " + ", ".join(report.lost))
