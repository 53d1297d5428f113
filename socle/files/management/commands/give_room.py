"""`socle give-room CODE_INSEE GO [--yes]`: changes how much the folder of a mairie may hold."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django_scopes import scope

from socle.files import queries
from socle.files.actions import spaces
from socle.lib.text import bytes_in_french
from socle.people.models import Beneficiary, User


class Command(BaseCommand):
    help = "Change la place du dossier partagé d’une commune\u00a0; sans --yes, dit seulement ce qui changerait."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("insee_code", metavar="CODE_INSEE")
        parser.add_argument("gigabytes", metavar="GO", type=int, help="la place, en gigaoctets")
        parser.add_argument("--yes", action="store_true", help="le faire")

    def handle(self, *args: Any, **options: Any) -> None:
        place = Beneficiary.objects.filter(commune__insee_code=options["insee_code"]).first()
        if place is None:
            raise CommandError("Aucune commune bénéficiaire ne porte ce code INSEE.")
        if not 1 <= options["gigabytes"] <= 100_000:
            raise CommandError("La place se donne en gigaoctets, de 1 à 100\u202f000.")
        with scope(beneficiary=place):
            space = queries.space_of(place)
            if space is None:
                raise CommandError("Cette commune n’a pas encore de dossier partagé.")
            size = options["gigabytes"] * spaces.GIGABYTE
            before, after = bytes_in_french(space.quota_bytes), bytes_in_french(size)
            self.stdout.write(
                f"{place.name}\u00a0: {bytes_in_french(space.used_bytes)} occupés, de {before} à {after}."
            )
            if not options["yes"]:
                self.stdout.write("Rien n’a changé\u00a0: ajoutez --yes pour le faire.")
                return
            spaces.set_quota(space, size, by=User.objects.system(), at=timezone.now())
        self.stdout.write(self.style.SUCCESS("Fait."))
