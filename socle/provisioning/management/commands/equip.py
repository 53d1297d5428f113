"""`socle equip INSEE_CODE [--json]`: equips one commune of the demonstration, through the screens' own actions."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from socle.lib.refusals import Refused
from socle.programme.models import Programme
from socle.provisioning import equipping


class Command(BaseCommand):
    help = "Équipe une commune de bout en bout (démonstration) : convention signée, services, site en ligne."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("insee_code", metavar="CODE_INSEE")
        parser.add_argument("--programme", help="code du programme (par défaut : le seul, ou le premier chargé)")
        parser.add_argument("--json", action="store_true", help="répondre en JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        programmes = Programme.objects.order_by("id")
        if options["programme"]:
            programmes = programmes.filter(code=options["programme"])
        programme = programmes.first()
        if programme is None:
            raise CommandError("Aucun programme n’est chargé : lancez d’abord « socle demo ».")

        def say(code: str, sentence: str) -> None:
            if not options["json"]:
                self.stdout.write(f"  {sentence}")
                self.stdout.flush()

        try:
            done = equipping.equip(options["insee_code"], programme=programme, say=say)
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "insee_code": done.insee_code,
                        "steps": done.steps,
                        "agreement_number": done.agreement_number,
                        "agreement_pdf": done.agreement_pdf,
                        "site_url": done.site_url,
                        "already_equipped": done.already_equipped,
                    },
                    ensure_ascii=False,
                    indent=2,
                )
            )
            return
        if done.already_equipped:
            self.stdout.write(self.style.SUCCESS("Déjà équipée : rien n’a été refait."))
        self.stdout.write(f"Convention n° {done.agreement_number} : {done.agreement_pdf}")
        self.stdout.write(f"Site : {done.site_url}")
