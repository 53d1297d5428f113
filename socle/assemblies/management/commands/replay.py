"""`socle replay founding-deliberation --out DIR`: counts the founding act again, and writes what it gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from socle.assemblies import replay, replay_files
from socle.lib.refusals import Refused


class Command(BaseCommand):
    help = (
        "Rejoue une délibération publiée\u00a0: présence, quorum, voix, délai, identifiant, et ce qui s’y contredit. "
        "N’ouvre aucune base, et n’écrit que dans le dossier donné."
    )
    # Nothing of the installation is read here.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["founding-deliberation"], metavar="founding-deliberation")
        parser.add_argument("--out", required=True, metavar="DOSSIER", help="où écrire les fichiers")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counted = replay.founding()
            written = replay_files.write(counted, Path(options["out"]))
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        except OSError as error:
            raise CommandError(
                f"Rien ne s’écrit dans «\u00a0{options['out']}\u00a0»\u00a0: donnez un dossier où vous pouvez écrire."
            ) from error
        for sentence in (counted.convocation.sentence, counted.quorum.sentence, counted.result.sentence):
            self.stdout.write(sentence)
        for flag in counted.contradictions:
            self.stdout.write(self.style.WARNING(f"– {flag.sentence}"))
        if counted.why_not_executory:
            self.stdout.write(counted.why_not_executory)
        self.stdout.write(self.style.SUCCESS(f"Écrits\u00a0: {', '.join(str(path) for path in written)}"))
