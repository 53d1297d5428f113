"""`socle retention [--yes]`: what personal data is kept for how long; with --yes, lets go of what is over."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from socle.lib.text import number
from socle.people.models import User
from socle.retention import actions
from socle.retention.table import rules


class Command(BaseCommand):
    help = "Dit combien de temps sont gardées les données personnelles ; avec --yes, efface ce qui a fait son temps."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="appliquer les règles maintenant")

    def handle(self, *args: Any, yes: bool, **options: Any) -> None:
        by, at = User.objects.system(), timezone.now()
        try:
            table = rules()
        except ValueError as error:
            raise CommandError(str(error)) from error
        if not yes:
            waiting = {one.rule.code: one.count for one in actions.due(by=by, at=at)}
            for rule in table:
                length = "tant que c’est utile" if rule.days is None else f"{number(rule.days)} jours {rule.since}"
                over = f" ; {number(waiting[rule.code])} à traiter" if rule.code in waiting else ""
                self.stdout.write(f"{rule.code} : {rule.what}, {rule.fate.label} ({length}){over}")
            self.stdout.write("Rien n’a été changé : ajoutez --yes pour appliquer.")
            return
        failed = 0
        for passage in actions.sweep(by=by, at=at, even_if_recent=True):
            failed += bool(passage.error)
            said = f"échec ({passage.error})" if passage.error else f"{number(passage.treated)} traitées"
            self.stdout.write(f"{passage.rule} : {said}")
        if failed:
            raise CommandError("Une règle au moins a échoué : les journaux techniques disent laquelle et pourquoi.")
        self.stdout.write(self.style.SUCCESS("Les règles sont appliquées."))
