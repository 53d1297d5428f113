"""`socle restore-machine`: restore a save for a mairie, as two people agreed in the console."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from socle.backups import escrow
from socle.backups.models import EscrowUse
from socle.lib.refusals import Refused
from socle.people.models import User


class Command(BaseCommand):
    help = "Restaure, dans un dossier vide, une sauvegarde d’une machine de mairie, une fois l’accord donné."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("use", type=int, help="numéro de l’accord, tel que la console le montre")
        parser.add_argument("--into", type=Path, required=True, help="dossier vide où restaurer")
        parser.add_argument("--snapshot", default="", help="début de l’identifiant de la sauvegarde (la dernière)")

    def handle(self, *args: Any, use: int, into: Path, snapshot: str, **options: Any) -> None:
        with scopes_disabled():  # The agreement says whose it is.
            found = EscrowUse.objects.select_related("repository__beneficiary").filter(pk=use).first()
        if found is None:
            raise CommandError("Aucun accord ne porte ce numéro : voyez la page de la machine, dans la console.")
        with scope(beneficiary=found.repository.beneficiary):
            saves = found.repository.snapshots.filter(forgotten_at=None, vanished_at=None)
            chosen = saves.filter(identifier__startswith=snapshot.lower()).first()
            if chosen is None:
                raise CommandError("Aucune sauvegarde ne porte cet identifiant dans ce dépôt.")
            try:
                count = escrow.restore(found, chosen, into, by=User.objects.system(), at=timezone.now())
            except Refused as refusal:
                raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"{count} fichiers restaurés dans {into}. Remettez-les à la mairie, puis effacez ce dossier.")
