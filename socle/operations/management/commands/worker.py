"""`socle worker`: run background tasks."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from socle.operations import worker


class Command(BaseCommand):
    help = "Exécute les tâches de fond, jusqu’à ce qu’on l’arrête. « socle run » le lance déjà."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--child", action="store_true", help="s’arrêter avec le processus qui l’a lancé")

    def handle(self, *args: Any, child: bool, **options: Any) -> None:
        worker.work(dies_with_parent=child)
