"""`socle reconcile`: prints what differs between wanted and found; acts with --yes."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.lib.refusals import Refused
from socle.people.models import User
from socle.provisioning import actions
from socle.provisioning.models import Installation, State


class Command(BaseCommand):
    help = "Compare ce que chaque bénéficiaire doit avoir et ce qu’il a ; sans --yes, montre seulement le plan."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="appliquer le plan")
        parser.add_argument("--force", action="store_true", help="appliquer même au-delà de la limite")
        parser.add_argument("--service", help="seulement ce service (code)")
        parser.add_argument("--insee-code", action="append", default=[], help="seulement cette commune (répétable)")

    def handle(self, *args: Any, **options: Any) -> None:
        with scopes_disabled():  # The operator's command works over every beneficiary.
            everything = Installation.objects.select_related("beneficiary__commune", "service").order_by("id")
            known = everything.values("beneficiary").distinct().count()
            chosen = everything
            if options["insee_code"]:
                chosen = everything.filter(beneficiary__commune__insee_code__in=options["insee_code"])
            if options["service"]:
                chosen = chosen.filter(service__code=options["service"])
            lines = actions.survey(chosen)
            self._print_plan(lines)
            if not options["yes"]:
                self.stdout.write("Rien n’a été fait. Pour appliquer ce plan : socle reconcile --yes")
                return
            try:
                done = list(
                    actions.reconcile(
                        lines,
                        known_beneficiaries=known,
                        by=User.objects.system(),
                        at=timezone.now(),
                        force=options["force"],
                    )
                )
            except Refused as refusal:
                raise CommandError(refusal.sentence) from refusal
            failed = [installation for installation in done if installation.state == State.FAILED]
            for installation in failed:
                self.stderr.write(
                    f"{installation.beneficiary.name}, {installation.service.name} : {installation.last_error}"
                )
            waiting = sum(line.waits != "" for line in lines)
            self.stdout.write(
                f"{len(done) - len(failed) - waiting} installations faites, {len(failed)} en échec"
                f"{f', {waiting} sans moteur ici' if waiting else ''}."
            )
            if failed:
                raise CommandError("Les échecs seront retentés ; corrigez leur cause si elle dure.")

    def _print_plan(self, lines: list[actions.PlannedChange]) -> None:
        steps = 0
        for line in lines:
            if not (line.plan or line.error or line.waits):
                continue
            self.stdout.write(f"{line.installation.beneficiary.name} · {line.installation.service.name}")
            for change in line.plan.changes:
                steps += 1
                self.stdout.write(f"  + {change.says}")
            if said := line.error or line.waits:
                self.stdout.write(f"  ! {said}")
        self.stdout.write(f"{len(lines)} installations regardées, {steps} étapes à faire.")
