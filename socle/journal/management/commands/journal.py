"""`socle journal verify`: says whether the journal's chain is intact; `seal`, `head` and `accept` keep it so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from socle.journal import heads
from socle.journal.actions import ChainReport
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.lib.text import number


class Command(BaseCommand):
    help = (
        "Vérifie la chaîne du journal (verify), scelle les lignes en attente (seal), écrit le relevé signé de la "
        "chaîne, à garder hors de cette machine (head), ou accepte un écart qui a une explication (accept)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = ["verify", "seal", "head", "accept"]
        parser.add_argument("verb", choices=verbs, metavar="|".join(verbs))
        parser.add_argument("--against", metavar="FICHIER", help="comparer aussi à ce relevé, gardé ailleurs")
        parser.add_argument(
            "--key", default="", metavar="CLÉ", help="la clé publique qui signa ce relevé, si elle a changé"
        )
        parser.add_argument("--yes", action="store_true", help="accepter pour de bon")
        parser.add_argument("--json", action="store_true", help="répondre en JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, options["verb"])(options)
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal

    def verify(self, options: dict[str, Any]) -> None:
        others = []
        if options["against"]:
            try:
                content = Path(options["against"]).read_bytes()
            except OSError as error:
                raise CommandError(f"Le relevé «\u00a0{options['against']}\u00a0» ne peut pas être lu.") from error
            others.append(heads.read(content, keys=[options["key"]] if options["key"] else []))
        self._tell(heads.examine(*others, at=timezone.now()), options)

    def seal(self, options: dict[str, Any]) -> None:
        sealed = 0
        while count := heads.seal_and_keep():
            sealed += count
        if sealed and not options["json"]:
            self.stdout.write(f"{number(sealed)} lignes viennent d’être scellées.")
        self._tell(heads.examine(at=timezone.now()), options)

    def head(self, options: dict[str, Any]) -> None:
        ours = heads.kept()
        refuse(heads.why_not_follow(ours) if ours else None)
        self.stdout.write(heads.current(at=timezone.now()).as_json())

    def accept(self, options: dict[str, Any]) -> None:
        at = timezone.now()
        if options["yes"]:
            self._tell(heads.accept(by=get_user_model().objects.system(), at=at), options)
            return
        report = heads.examine(at=at)
        if report.is_intact:
            self.stdout.write("La chaîne est intacte\u00a0: il n’y a rien à accepter.")
        else:
            self.stdout.write(
                f"{report.sentence}\nPour l’accepter, ajoutez --yes\u00a0: le journal en gardera une ligne."
            )

    def _tell(self, report: ChainReport, options: dict[str, Any]) -> None:
        if options["json"]:
            said = {
                "intact": report.is_intact,
                "sealed": report.sealed,
                "waiting": report.waiting,
                "broken_at": report.broken_at,
                "reason": report.reason,
                "late": report.late,
                "against": [{"count": count, "at": at.isoformat()} for count, at in report.against],
            }
            self.stdout.write(json.dumps(said, ensure_ascii=False))
        else:
            self.stdout.write(f"{number(report.sealed)} lignes scellées, {number(report.waiting)} en attente.")
            for count, at in report.against:
                self.stdout.write(f"Comparée au relevé du {dates.at_in_words(at)}\u00a0: {number(count)} lignes.")
            if not report.against:
                self.stdout.write(
                    f"Aucun relevé n’est gardé dans {settings.DATA_DIR}\u00a0: des lignes retirées à la fin ne se "
                    "verraient pas. Le planificateur («\u00a0socle scheduler\u00a0») l’écrit."
                )
        if not report.is_intact:
            raise CommandError(f"Le journal a été touché. {report.sentence} {heads.RESTORED}")
        if not options["json"]:
            self.stdout.write(self.style.SUCCESS("La chaîne est intacte."))
