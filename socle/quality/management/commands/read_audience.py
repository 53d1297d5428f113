"""`socle read-audience`: the pages read on the communes' sites, counted since the last time."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from socle.lib.text import number
from socle.quality.audience.reading import read
from socle.quality.audience.rules import why_not_measure


class Command(BaseCommand):
    help = (
        "Compte les pages lues sur les sites des communes depuis la dernière fois, dans ce que le serveur web écrit "
        "(SOCLE_ACCESS_LOGS). Relancée, elle ne compte rien deux fois."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if reason := why_not_measure():
            raise CommandError(reason)
        done = read(at=timezone.now())
        if done.is_busy:
            raise CommandError("Une autre lecture est en cours\u00a0: laissez-la finir, elle compte tout.")
        self.stdout.write(
            f"Fichiers où il y a du nouveau\u00a0: {number(done.files)}\u00a0; lignes lues\u00a0: "
            f"{number(done.lines)}, comptées\u00a0: {number(done.counted)}, "
            f"illisibles\u00a0: {number(done.unreadable)}."
        )
        if done.problems:
            said = "\u00a0; ".join(done.problems[:10])
            raise CommandError(f"Tout n’a pas pu être lu\u00a0: {said}")
