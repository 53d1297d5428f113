"""`socle verify FILE.pdf`: says who signed what and when, and whether a byte moved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from socle.lib import dates
from socle.signing.report import Report, SignatureReport
from socle.signing.verification import verify

WRONG, NOT_VALID = "   – ", "NON VALIDE"


class Command(BaseCommand):
    help = (
        "Dit qui a signé un PDF, quand, et si un octet a changé. Le code de retour est 1 dès que quelque chose cloche."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FICHIER.pdf", help="le PDF à vérifier")
        parser.add_argument("--json", action="store_true", help="répondre en JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(
                f"Le fichier «\u00a0{path}\u00a0» ne peut pas être lu\u00a0: vérifiez son nom et vos droits."
            ) from error
        report = verify(content)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))
        else:
            sentence, *lines = _lines(report)
            self.stdout.write((self.style.SUCCESS if report.is_sound else self.style.ERROR)(sentence))
            for line in lines:
                self.stdout.write(self.style.ERROR(line) if line.startswith(WRONG) or NOT_VALID in line else line)
        if not report.is_sound:
            raise SystemExit(1)


def _lines(report: Report) -> list[str]:
    lines = [report.sentence, *(f"{WRONG}{problem}" for problem in report.problems)]
    for position, signature in enumerate(report.signatures, 1):
        lines += ["", *_signature_lines(position, signature)]
    if report.empty_fields:
        lines += ["", f"Places qui restent à signer\u00a0: {', '.join(report.empty_fields)}."]
    return [*lines, "", report.kept, f"SHA-256\u00a0: {report.sha256}"]


def _signature_lines(position: int, signature: SignatureReport) -> list[str]:
    when = dates.at_in_words(signature.signed_at) if signature.signed_at else "date inconnue"
    verdict = "valide" if not signature.problems else NOT_VALID
    place = f", à {signature.place}" if signature.place else ""
    known = "connue ici" if signature.is_trusted else "inconnue ici" if signature.is_intact else "non vérifiée"
    return [
        f"{position}. {signature.signer}, {signature.organisation} – {verdict}",
        f"   place «\u00a0{signature.field}\u00a0», le {when}{place}",
        *([f"   {signature.reason}"] if signature.reason else []),
        f"   certifié par {signature.issuer} ({known})",
        f"   couvre {signature.covers}\u00a0; a changé ensuite\u00a0: {signature.changes_after}",
        *([f"   {signature.qualification}"] if signature.qualification else []),
        *(f"{WRONG}{problem}" for problem in signature.problems),
    ]
