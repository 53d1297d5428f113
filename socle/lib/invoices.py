"""Invoices that machines read: a PDF that carries its data (Factur-X, ZUGFeRD), or the data alone (CII, UBL).

What the file says is taken as it says it; what it does not say is None, and named in `missing`: nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import BinaryIO

from socle.lib.refusals import Refused


class Kind(Enum):
    """An invoice, or a credit note: the amounts of both are positive, and those of the second are given back."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


@dataclass(frozen=True)
class Vat:
    """The VAT of one rate: in percent, on which base, how much."""

    rate: Decimal | None
    base: Decimal | None
    amount: Decimal | None


@dataclass(frozen=True)
class Line:
    """One line of an invoice: its rank as written, its object, its net amount, its rate of VAT in percent."""

    rank: str
    object: str | None
    net: Decimal | None
    vat_rate: Decimal | None


@dataclass(frozen=True)
class Invoice:
    """An invoice as its file says it.

    `profile` is « MINIMUM », « BASIC WL », « BASIC », « EN 16931 », « EXTENDED », « CII » or « UBL »; empty when a PDF
    carries no data, and then everything is missing. `missing` names in French what the file does not say, `doubts`
    are French sentences on what does not agree: both are shown to whoever confirms.
    """

    profile: str = ""
    supplier_name: str | None = None
    supplier_siret: str | None = None
    supplier_siren: str | None = None
    buyer_name: str | None = None
    buyer_siret: str | None = None
    buyer_siren: str | None = None
    number: str | None = None
    issued_on: date | None = None
    kind: Kind | None = None
    currency: str | None = None
    net: Decimal | None = None
    vat: Decimal | None = None
    gross: Decimal | None = None
    due: Decimal | None = None
    vat_rates: tuple[Vat, ...] = ()
    service_from: date | None = None
    service_to: date | None = None
    order: str | None = None
    contract: str | None = None
    lines: tuple[Line, ...] = ()
    missing: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def has_data(self) -> bool:
        """Whether the file carried data at all: if not, everything is typed."""
        return bool(self.profile)


def read_invoice(file: BinaryIO | bytes) -> Invoice:
    """Read an invoice handed over by a person; raise `Refused` when the file is not one that can be read.

    A PDF without data is no error: it gives an invoice of which everything is missing, and a doubt that says so.
    """
    raise Refused("La lecture des factures n’est pas encore ouverte\u00a0: saisissez-la à la main.")


def same_number_key(number: str) -> str:
    """Return what is alike in two spellings of one invoice number, to find the same invoice handed over twice."""
    raise NotImplementedError
