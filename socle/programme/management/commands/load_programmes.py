"""`socle load-programmes [FILE…]`: reads programme files; refuses a wrong one with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from socle.lib.refusals import Refused
from socle.people.models import User
from socle.programme import actions


class Command(BaseCommand):
    help = (
        "Charge les fichiers de programme nommés\u00a0; sans nom, ceux du dossier «\u00a0programmes\u00a0» des données."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, metavar="FICHIER")

    def handle(self, *args: Any, **options: Any) -> None:
        paths = [actions.placed(one) for one in options["files"]] or actions.files()
        if not paths:
            raise CommandError(
                f"Aucun fichier de programme dans {actions.folder()}. "
                "«\u00a0socle programme new FICHIER.toml\u00a0» en écrit un."
            )
        for path in paths:
            try:
                programme, written = actions.load(
                    path, by=User.objects.system(), at=timezone.now(), demonstration=settings.DEMO
                )
            except Refused as refusal:
                raise CommandError(refusal.sentence) from refusal
            self.stdout.write(f"{programme.name} : {'chargé' if written else 'déjà à jour'}.")
            for kind in programme.agreement_types.filter(text_chosen_at__isnull=False):
                self.stdout.write(
                    f"  {kind.name}\u00a0: version {kind.text_version}, choisie dans la console et gardée."
                )
