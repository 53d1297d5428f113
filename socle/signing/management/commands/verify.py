"""`socle verify FILE.pdf`: says who signed what and when, and whether a byte moved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from asn1crypto import pem, x509
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
        parser.add_argument(
            "--seal",
            metavar="CACHET.pem",
            action="append",
            default=[],
            help="croire aussi ce que déclare ce cachet\u00a0: le certificat de celui d’une autre plateforme",
        )
        parser.add_argument("--json", action="store_true", help="répondre en JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        seals = [sha256 for name in options["seal"] for sha256 in _certificates(Path(name))]
        report = verify(_read(Path(options["file"])), seals=seals)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))
        else:
            sentence, *lines = _lines(report)
            self.stdout.write((self.style.SUCCESS if report.is_sound else self.style.ERROR)(sentence))
            for line in lines:
                self.stdout.write(self.style.ERROR(line) if line.startswith(WRONG) or NOT_VALID in line else line)
        if not report.is_sound:
            raise SystemExit(1)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(
            f"Le fichier «\u00a0{path}\u00a0» ne peut pas être lu\u00a0: vérifiez son nom et vos droits."
        ) from error


def _certificates(path: Path) -> list[str]:
    """The SHA-256 of each certificate of a file, PEM or DER."""
    content = _read(path)
    try:
        found = [der for _, _, der in pem.unarmor(content, multiple=True)] if pem.detect(content) else [content]
        return [x509.Certificate.load(der, strict=True).sha256.hex() for der in found]
    except (ValueError, TypeError) as error:
        raise CommandError(
            f"Le fichier «\u00a0{path}\u00a0» n’est pas un certificat (PEM ou DER)\u00a0: choisissez celui du cachet."
        ) from error


def _lines(report: Report) -> list[str]:
    lines = [report.sentence, *(f"{WRONG}{problem}" for problem in report.problems)]
    for position, signature in enumerate(report.signatures, 1):
        lines += ["", *_signature_lines(position, signature)]
    if report.empty_fields:
        lines += ["", f"Places qui restent à signer\u00a0: {', '.join(report.empty_fields)}."]
    return [*lines, "", report.kept, f"SHA-256\u00a0: {report.sha256}"]


def _signature_lines(position: int, signature: SignatureReport) -> list[str]:
    proven = dates.at_in_words(signature.proven_at) if signature.proven_at else "aucune date prouvée"
    declared = f", date déclarée\u00a0: {dates.at_in_words(signature.declared_at)}" if signature.declared_at else ""
    verdict = "valide" if not signature.problems else NOT_VALID
    place = f", à {signature.place}" if signature.place else ""
    known = "connue ici" if signature.is_trusted else "inconnue ici" if signature.is_intact else "non vérifiée"
    return [
        f"{position}. {signature.signer}, {signature.organisation} – {verdict}",
        f"   place «\u00a0{signature.field}\u00a0»{place}",
        f"   signé au plus tard le\u00a0: {proven}{declared}",
        *([f"   {signature.reason}"] if signature.reason else []),
        f"   certificat\u00a0: {signature.certificate}",
        f"   certifié par {signature.issuer} ({known})",
        f"   couvre {signature.covers}\u00a0; a changé ensuite\u00a0: {signature.changes_after}",
        *([f"   {signature.qualification}"] if signature.qualification else []),
        *([f"{WRONG}{signature.claim}"] if signature.claim else []),
        *(f"{WRONG}{problem}" for problem in signature.problems),
    ]
