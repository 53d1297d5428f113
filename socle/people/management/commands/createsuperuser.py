"""Django's `createsuperuser`, which opens no door here: `first-person` does."""

from __future__ import annotations

from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Ne sert pas ici\u00a0: «\u00a0socle first-person\u00a0» invite la première personne."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("anything", nargs="*")
        parser.add_argument("--noinput", "--no-input", action="store_true")
        parser.add_argument("--email")

    def handle(self, *args: Any, **options: Any) -> NoReturn:
        raise CommandError(
            "Un compte n’ouvre rien par lui-même\u00a0: ce sont les fonctions qui ouvrent. La première personne "
            "s’invite par «\u00a0socle first-person ADRESSE --name NOM --operator SIREN\u00a0»."
        )
