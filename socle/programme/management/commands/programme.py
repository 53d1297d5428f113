"""`socle programme new FILE`, `socle programme check FILE`: an operator writes its own programme."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from socle.documents.models import Text
from socle.lib import dates, siret
from socle.lib.refusals import Refused
from socle.lib.text import counted
from socle.people.models import User
from socle.programme import actions, skeleton
from socle.programme.vat import why_not_vat
from socle.territory.models import Vintage

TEXT = "convention-tripartite"


class Command(BaseCommand):
    help = "Écrit le fichier d’un nouveau programme (new), ou dit toutes les fautes d’un fichier (check)."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERBE")
        new = verbs.add_parser(
            "new",
            help="écrit un fichier commenté, qui se charge tel quel\u00a0; un nom seul va au dossier des programmes",
        )
        new.add_argument("file", type=Path, metavar="FICHIER.toml")
        for option, words in (
            ("name", "le nom du programme"),
            ("prefix", "devant le numéro des conventions, de 2 à 8 majuscules"),
            ("lead", "le nom du chef de file"),
            ("lead-siret", "son SIRET"),
            ("lead-seat", "son siège"),
            ("cdg", "le nom du centre de gestion"),
            ("cdg-siret", "son SIRET"),
            ("cdg-seat", "son siège"),
            ("act", "le numéro de la délibération qui décide le programme"),
            ("vat", "la TVA de la contribution\u00a0: hors de son champ, ou hors taxes avec son taux, et sa source"),
        ):
            new.add_argument(f"--{option}", help=words)
        for option, words in (
            ("adopted-on", "le jour où elle fut adoptée"),
            ("received-on", "celui de sa réception en préfecture"),
            ("published-on", "celui de sa publication"),
        ):
            new.add_argument(f"--{option}", type=date.fromisoformat, metavar="AAAA-MM-JJ", help=words)
        new.add_argument("--department", action="append", dest="departments", metavar="CODE", help="répétable")
        check = verbs.add_parser(
            "check", help="dit toutes les fautes du fichier, avec leur ligne\u00a0; ne change rien"
        )
        check.add_argument("file", type=Path, metavar="FICHIER.toml")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            {"new": self._new, "check": self._check}[options["verb"]](options)
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal

    def _new(self, options: dict[str, Any]) -> None:
        given = {name: value for name in skeleton.Facts.__dataclass_fields__ if (value := options.get(name))}
        for name in ("lead_siret", "cdg_siret"):
            if name in given:
                given[name] = siret.normalise(given[name])
                if reason := siret.why_not_siret(given[name]):
                    raise CommandError(f"--{name.replace('_', '-')}\u00a0: {reason}")
        if "vat" in given and (reason := why_not_vat(given["vat"])):
            raise CommandError(f"--vat\u00a0: {reason}")
        vintage = Vintage.objects.order_by("-year").values_list("year", flat=True).first()
        if vintage is None:
            raise CommandError(
                "Les communes ne sont pas chargées\u00a0: lancez d’abord «\u00a0socle load-territory\u00a0»."
            )
        version = Text.objects.filter(name=TEXT, is_shipped=True).order_by("-version").values_list("version", flat=True)
        given["departments"] = tuple(given.get("departments", skeleton.Facts.departments))
        text = skeleton.written(
            skeleton.Facts(**given), vintage=vintage, version=version[0], today=dates.day_of(timezone.now())
        )
        path = actions.placed(options["file"])
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError as error:
            raise CommandError(f"{path} existe déjà\u00a0: rien n’y est changé. Choisissez un autre nom.") from error
        except OSError as error:
            raise CommandError(f"{path} ne peut pas être écrit\u00a0: {error.strerror}.") from error
        self.stdout.write(f"{path} est écrit. {self._left(text)}")

    def _check(self, options: dict[str, Any]) -> None:
        path = actions.placed(options["file"])
        faults = actions.faults_of(path, by=User.objects.system(), at=timezone.now(), demonstration=settings.DEMO)
        if faults:
            for fault in faults:
                self.stderr.write(fault)
            raise CommandError(f"{counted(len(faults), 'faute')} à corriger. Rien n’est changé.")
        self.stdout.write(f"{path.name} se charge tel quel. {self._left(path.read_text(encoding='utf-8'))}")

    def _left(self, text: str) -> str:
        lines = skeleton.lines_to_fill(text)
        if not lines:
            return "Rien n’y reste à compléter."
        return f"À compléter, lignes {', '.join(str(line) for line in lines)}."
