"""`socle acts export PLACE`, `socle acts import PLACE [--yes]`, `socle acts check`, `socle acts read FILE`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.deliberations import checking, exchange, messages
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.lib.text import counted
from socle.people.models import User

MOST_SAID = 200


class Command(BaseCommand):
    help = "Les actes des organismes\u00a0: les emporter, les apporter, dire ce qui est en retard ou se contredit."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERBE")
        taken = verbs.add_parser("export", help="écrit les actes dans un dossier, ou dans un ZIP")
        taken.add_argument("place", type=Path, metavar="DOSSIER|FICHIER.zip")
        taken.add_argument("--body", default="", metavar="SIRET", help="ceux de cet organisme\u00a0; de tous, sinon")
        brought = verbs.add_parser("import", help="lit ce dossier\u00a0; sans --yes, dit seulement ce qui serait fait")
        brought.add_argument("place", type=Path, metavar="DOSSIER|FICHIER.zip")
        brought.add_argument("--yes", action="store_true", help="enregistrer pour de bon\u00a0: tout, ou rien")
        checked = verbs.add_parser("check", help="dit par organisme ce qui est en retard, contradictoire ou altéré")
        checked.add_argument("--body", default="", metavar="SIRET", help="ceux de cet organisme\u00a0; de tous, sinon")
        checked.add_argument("--without-files", action="store_true", help="sans relire les fichiers")
        checked.add_argument("--json", action="store_true", help="répondre en JSON")
        read = verbs.add_parser("read", help="dit ce que contient un message de la préfecture, et n’écrit rien")
        read.add_argument("file", type=Path, metavar="FICHIER")
        read.add_argument("--json", action="store_true", help="répondre en JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        # Whoever runs the platform reads the acts of all.
        with scopes_disabled():
            try:
                verbs = {"export": self._export, "import": self._import, "check": self._check, "read": self._read}
                verbs[options["verb"]](options)
            except (Refused, messages.Unreadable) as refusal:
                raise CommandError(refusal.sentence) from refusal

    def _export(self, options: dict[str, Any]) -> None:
        done = exchange.export(exchange.bodies_of(options["body"]), options["place"])
        for sentence in done.lacking:
            self.stderr.write(sentence)
        self.stdout.write(
            f"{options['place']}\u00a0: {counted(done.acts, 'acte')}, {counted(done.files, 'fichier')}, "
            f"{exchange.INDEX} et {exchange.OPEN_DATA}."
        )

    def _import(self, options: dict[str, Any]) -> None:
        at, source = timezone.now(), exchange.Source(options["place"])
        found = exchange.read(source, on=dates.day_of(at))
        for line, sentence in found.refusals[:MOST_SAID]:
            self.stderr.write(f"Ligne {line}\u00a0: {sentence}")
        if len(found.refusals) > MOST_SAID:
            self.stderr.write(f"Et {len(found.refusals) - MOST_SAID} autres lignes refusées.")
        said = f"{counted(len(found.coming), 'acte')} à enregistrer, {found.known} déjà là"
        if found.refusals:
            raise CommandError(f"{said}, {counted(len(found.refusals), 'ligne')} à corriger. Rien n’est enregistré.")
        if not options["yes"]:
            self.stdout.write(f"{said}. Rien n’est enregistré\u00a0: ajoutez --yes.")
            return
        count = exchange.bring_in(found, source, by=User.objects.system(), at=at)
        self.stdout.write(self.style.SUCCESS(f"{counted(count, 'acte')} de plus, {found.known} déjà là."))

    def _check(self, options: dict[str, Any]) -> None:
        on, count, told = dates.day_of(timezone.now()), 0, []
        for body in exchange.bodies_of(options["body"]):
            found = list(checking.examine(body, on=on, with_files=not options["without_files"]))
            count += len(found)
            if options["json"]:
                findings = [{"act": one.act, "says": one.says} for one in found]
                told.append({"body": body.name, "siret": body.siret, "findings": findings})
            elif found:
                self.stdout.write(body.name)
                for one in found:
                    self.stdout.write(f"  {one.act}\u00a0: {one.says}")
        if options["json"]:
            self.stdout.write(json.dumps({"bodies": told}, ensure_ascii=False, indent=1))
        elif not count:
            self.stdout.write(self.style.SUCCESS("Rien n’est en retard, et rien ne se contredit."))
        if count:
            raise CommandError(f"{counted(count, 'chose')} à reprendre.")

    def _read(self, options: dict[str, Any]) -> None:
        try:
            with options["file"].open("rb") as file:
                content = file.read(messages.MOST_UNFOLDED + 1)
        except OSError as error:
            raise CommandError(f"«\u00a0{options['file']}\u00a0» ne se lit pas ({error.strerror}).") from error
        for one in messages.read_file(content):
            on = one.day.isoformat() if one.day else ""
            told = {"kind": messages.TOLD_AS[one.kind], "identifier": one.identifier, "on": on, "says": one.says}
            if options["json"]:
                self.stdout.write(json.dumps(told, ensure_ascii=False))
                continue
            parts = [
                str(one.kind.label).capitalize(),
                dates.in_words(one.day) if one.day else "",
                one.identifier,
                one.says,
            ]
            self.stdout.write("\u00a0; ".join(filter(None, parts)))
