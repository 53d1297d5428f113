"""`socle describe-states`: draw the states of each thing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from socle.operations import states


class Command(BaseCommand):
    help = "Redessine les pages d’états (docs/dev/states/) d’après le code."

    def handle(self, *args: Any, **options: Any) -> None:
        for path in states.write():
            self.stdout.write(path)
