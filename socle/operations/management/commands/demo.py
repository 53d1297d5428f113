"""`socle demo`: prepare a demonstration."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from socle.lib.refusals import Refused, refuse
from socle.operations import demonstration, processes


class Command(BaseCommand):
    help = (
        "Prépare une démonstration : base, territoire, programme, personnes fictives. "
        "Relancée, elle ne refait que ce qui manque."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="effacer la démonstration et recommencer")
        parser.add_argument("--yes", action="store_true", help="ne pas demander de confirmation")

    def handle(self, *args: Any, reset: bool, yes: bool, **options: Any) -> None:
        try:
            if reset and settings.DEMO:
                self._start_over(yes)
            if not settings.DEMO:
                demonstration.open_mode()
            refuse(demonstration.why_not_this_database())
            demonstration.prepare(self._say, demonstration.steps())
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        self._say(self.style.SUCCESS("La démonstration est prête."))

    def _start_over(self, yes: bool) -> None:
        with processes.held(processes.RUN_LOCK) as free:
            if not free:
                raise Refused("Socle tourne avec ce dossier de données : arrêtez-le d’abord (Ctrl-C).")
            if not yes and not self._confirmed():
                raise Refused("Rien n’a été effacé.")
            demonstration.start_over()
        demonstration.restart()

    def _confirmed(self) -> bool:
        self._say(f"Toutes les données de la démonstration ({settings.DATA_DIR}) vont être effacées.")
        try:
            return input("Tapez « oui » pour continuer : ").strip().lower() == "oui"
        except EOFError:
            return False

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
