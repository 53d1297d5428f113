"""`socle mend-calendars`: counts the events whose summer time other readers lose; writes it again with --yes."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.agenda.mending import mend, to_mend
from socle.agenda.models import Calendar
from socle.lib.text import number
from socle.people.models import User


class Command(BaseCommand):
    help = (
        "Reprend, dans les événements gardés, la description de l’heure de Paris dont d’autres logiciels ne lisent pas "
        "l’heure d’été\u00a0; sans --yes, les compte seulement."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="les reprendre")

    def handle(self, *args: Any, **options: Any) -> None:
        by, at = User.objects.system(), timezone.now()
        with scopes_disabled():  # The operator’s command works over every beneficiary.
            calendars = list(Calendar.objects.select_related("beneficiary").order_by("beneficiary", "pk"))
        count = places = done = 0
        failed: list[str] = []
        for calendar in calendars:
            try:
                found = len(to_mend(calendar))
                if found and options["yes"]:
                    done += mend(calendar, by=by, at=at)
            except (OSError, RuntimeError) as error:
                failed.append(f"{calendar.beneficiary.name}, agenda {calendar.slug}\u00a0: {type(error).__name__}")
                continue
            count, places = count + found, places + bool(found)
        self.stdout.write(f"Événements à reprendre\u00a0: {number(count)}, dans {number(places)} agendas.")
        if options["yes"]:
            self.stdout.write(f"Événements repris\u00a0: {number(done)}.")
        elif count:
            self.stdout.write("Rien n’a changé\u00a0: socle mend-calendars --yes les reprend.")
        if failed:
            raise CommandError("Agendas qui n’ont pas pu être lus ou écrits\u00a0: " + "\u00a0; ".join(failed))
        if options["yes"] and done < count:
            raise CommandError("Les autres étaient en cours d’écriture\u00a0: relancez la commande.")
