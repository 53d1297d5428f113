"""`socle replay … --out DIR`: counts the founding act again, or plays a fictitious grant, and writes its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from socle.lib.refusals import Refused
from socle.replays import act_files, counting, react_eu

WHAT = ("founding-deliberation", "react-eu")


class Command(BaseCommand):
    help = (
        "Rejoue la délibération fondatrice (présence, quorum, voix, délai, identifiant, ce qui s’y contredit), ou une "
        "opération React-EU fictive, de la demande au dernier versement. N’ouvre pas la base de l’installation, et "
        "n’écrit que dans le dossier donné."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=WHAT, metavar="|".join(WHAT))
        parser.add_argument("--out", required=True, metavar="DOSSIER", help="où écrire les fichiers")

    def handle(self, *args: Any, **options: Any) -> None:
        out = Path(options["out"])
        try:
            if options["what"] == "react-eu":
                self.stdout.write(react_eu.replay(out), ending="")
            else:
                self._founding(out)
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        except OSError as error:
            raise CommandError(
                f"Rien ne s’écrit dans «\u00a0{out}\u00a0»\u00a0: donnez un dossier où vous pouvez écrire."
            ) from error

    def _founding(self, out: Path) -> None:
        counted = counting.founding()
        written = act_files.write(counted, out)
        for sentence in (counted.convocation.sentence, counted.quorum.sentence, counted.result.sentence):
            self.stdout.write(sentence)
        for flag in counted.contradictions:
            self.stdout.write(self.style.WARNING(f"– {flag.sentence}"))
        if counted.why_not_executory:
            self.stdout.write(counted.why_not_executory)
        self.stdout.write(self.style.SUCCESS(f"Écrits\u00a0: {', '.join(str(path) for path in written)}"))
