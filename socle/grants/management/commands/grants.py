"""`socle grants read-invoice FILE`, `socle grants recount ARCHIVE`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from socle.grants.recounting import recount
from socle.lib import dates
from socle.lib.invoices import NO_DATA, read_invoice
from socle.lib.money import euros
from socle.lib.refusals import Refused
from socle.lib.text import counted


class Command(BaseCommand):
    help = "Les subventions\u00a0: lire une facture électronique, recompter une demande depuis l’archive de ses pièces."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERBE")
        read = verbs.add_parser("read-invoice", help="dit ce que contient une facture électronique, et n’écrit rien")
        read.add_argument("file", type=Path, metavar="FICHIER")
        again = verbs.add_parser("recount", help="refait le total d’une demande depuis l’archive de ses pièces, seule")
        again.add_argument("file", type=Path, metavar="PIECES.zip")
        for verb in (read, again):
            verb.add_argument("--json", action="store_true", help="répondre en JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        verbs = {"read-invoice": self._read, "recount": self._recount}
        try:
            verbs[options["verb"]](options["file"], options)
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        except OSError as error:
            raise CommandError(
                f"«\u00a0{options['file']}\u00a0» ne se lit pas ({error.strerror})\u00a0: vérifiez son nom, "
                "et vos droits."
            ) from error

    def _read(self, path: Path, options: dict[str, Any]) -> None:
        with path.open("rb") as file:
            invoice = read_invoice(file)
        if not invoice.has_data:
            raise CommandError(NO_DATA)
        if options["json"]:
            self.stdout.write(json.dumps(invoice.plain(), ensure_ascii=False))
            return
        amounts = {"hors taxes": invoice.net, "TVA": invoice.vat, "TTC": invoice.gross, "à payer": invoice.due}
        parts = [
            f"{'Avoir' if invoice.is_credit_note else 'Facture'} {invoice.number or 'sans numéro'}",
            dates.in_words(invoice.issued_on) if invoice.issued_on else "",
            invoice.supplier_name or "",
            *(f"{name} {invoice.in_words(amount)}" for name, amount in amounts.items() if amount is not None),
        ]
        self.stdout.write("\u00a0; ".join(filter(None, parts)))
        for doubt in invoice.doubts:
            self.stdout.write(f"  {doubt}")

    def _recount(self, path: Path, options: dict[str, Any]) -> None:
        found = recount(path)
        if options["json"]:
            told = {
                "lines": found.lines,
                "claimed": f"{found.claimed:f}",
                "accepted": None if found.accepted is None else f"{found.accepted:f}",
                "partners": {name: f"{amount:f}" for name, amount in found.partners.items()},
                "faults": found.faults,
            }
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            for name, amount in found.partners.items():
                self.stdout.write(f"{name}\u00a0: {euros(amount)}")
            accepted = "" if found.accepted is None else f", {euros(found.accepted)} acceptés"
            self.stdout.write(f"{counted(found.lines, 'ligne')}\u00a0: {euros(found.claimed)} demandés{accepted}.")
            for fault in found.faults:
                self.stdout.write(f"  {fault}")
        if found.faults:
            raise CommandError(f"{counted(len(found.faults), 'faute')}\u00a0: cette archive ne fait pas preuve.")
