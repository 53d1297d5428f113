"""`socle papers --out FOLDER`: one official paper of each kind, and the table of what each bears."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.documents import official
from socle.lib.spreadsheet import as_csv
from socle.lib.text import counted

INDEX = "index.csv"


class Command(BaseCommand):
    help = "Écrit un papier officiel de chaque sorte, et la table de ce que chacun porte."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, required=True, metavar="DOSSIER", help="où les écrire")

    def handle(self, *args: Any, out: Path, **options: Any) -> None:
        at = timezone.now()
        made = []
        try:
            out.mkdir(parents=True, exist_ok=True)
            # Whoever runs the platform reads the papers of all.
            with scopes_disabled():
                for kind in official.kinds():
                    pdf = kind.make(at)
                    file = f"{kind.code}.pdf" if pdf else ""
                    if pdf:
                        (out / file).write_bytes(pdf)
                    made.append((kind, file, official.pages_of(pdf) if pdf else []))
            lines = official.table(made)
            (out / INDEX).write_bytes(as_csv(official.HEADERS, lines))
        except OSError as error:
            raise CommandError(f"{out}\u00a0: {error.strerror}. Choisissez un autre dossier.") from error
        for kind, file, _ in made:
            if not file:
                self.stderr.write(f"{kind.name}\u00a0: aucun ici.")
        absent = sum(1 for line in lines if line[-1] == "absente")
        done = sum(1 for _, file, _ in made if file)
        self.stdout.write(f"{out}\u00a0: {counted(done, 'papier')}, {INDEX}, {counted(absent, 'mention absente')}.")
