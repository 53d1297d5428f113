"""`socle zones`: prints what differs between the zones we hold and what they should say; acts with --yes."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.domains import actions
from socle.domains.contract import ZonesError
from socle.lib.refusals import Refused
from socle.people.models import User


class Command(BaseCommand):
    help = "Compare les zones DNS tenues ici et ce qu’elles doivent dire\u00a0; sans --yes, montre seulement le plan."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="appliquer le plan")
        parser.add_argument("--force", action="store_true", help="appliquer même au-delà de la limite")
        parser.add_argument("--domain", action="append", default=[], help="seulement ce domaine (répétable)")

    def handle(self, *args: Any, **options: Any) -> None:
        at, by = timezone.now(), User.objects.system()
        with scopes_disabled():  # The operator's command works over every beneficiary.
            known = actions.zones_here()
            try:
                base, lines = actions.survey_here(
                    known.filter(name__in=options["domain"]) if options["domain"] else known, at=at
                )
            except ZonesError as error:
                raise CommandError(error.sentence) from error
            self._print_plan(base.lines, lines)
            if not options["yes"]:
                self.stdout.write("Rien n’a été fait. Pour appliquer ce plan\u00a0: socle zones --yes")
                return
            try:
                done = actions.write_all(lines, known=known.count(), by=by, at=at, force=options["force"])
            except (Refused, ZonesError) as refusal:
                raise CommandError(refusal.sentence) from refusal
            failed = [name for name in done if name.zone_problem]
            for name in failed:
                self.stderr.write(f"{name.name} : {name.zone_problem}")
            self.stdout.write(f"Domaines écrits\u00a0: {len(done) - len(failed)}. En échec\u00a0: {len(failed)}.")
            if failed:
                raise CommandError("Les échecs seront retentés\u00a0; corrigez leur cause si elle dure.")

    def _print_plan(self, base: list[str], lines: list[actions.PlannedZone]) -> None:
        if base:
            self.stdout.write("Opérateur")
            for told in base:
                self.stdout.write(f"  + {told}")
        for line in lines:
            if line.plan:
                self.stdout.write(line.name.name)
                for told in line.plan.lines:
                    self.stdout.write(f"  + {told}")
            for told in (*line.plan.conflicts, *([line.error] if line.error else [])):
                self.stdout.write(f"{line.name.name}\n  ! {told}")
        touched = sum(bool(line.plan) for line in lines)
        self.stdout.write(f"Domaines regardés\u00a0: {len(lines)}. À écrire\u00a0: {touched}.")
