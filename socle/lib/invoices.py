"""Invoices that machines read: a PDF that carries its data (Factur-X, ZUGFeRD), or the data alone (CII, UBL).

What the file says is taken as it says it; what it does not say is None, and named in `missing`: nothing is guessed.
What does not agree, within the data or with the pages of the PDF, is a doubt; what is no invoice is refused.
"""

from __future__ import annotations

import itertools
import logging
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, BinaryIO

from lxml import etree  # type: ignore[import-untyped]

from socle.lib import dates, siret
from socle.lib.money import CENT, to_cents
from socle.lib.pdf_contents import MOST_PDF, MOST_XML, contents_of
from socle.lib.refusals import Refused
from socle.lib.text import folded

MOST_LINES = 10_000
# A line of an invoice has fifty tags and eight attributes; the schema complains of each attribute, in a thousand bytes.
_MOST_TAGS, _MOST_ATTRIBUTES = 600_000, 100_000
_MOST_CHARACTERS, _MOST_RANK = 500, 50
# Twelve figures before the point: a thousand billions.
_AMOUNT = re.compile(r"[+-]?(?:[0-9]{1,12}(?:\.[0-9]{0,10})?|\.[0-9]{1,10})")


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

    @property
    def is_credit_note(self) -> bool:
        """Whether it gives money back: a credit note, or what calls itself an invoice of a negative amount."""
        return self.kind is Kind.CREDIT_NOTE or any(one is not None and one < 0 for one in (self.net, self.gross))

    def plain(self) -> dict[str, Any]:
        """Return what it says as plain values, for programs: amounts are texts (« 463.00 »), None what it does not say.

        Amounts have the sign of the file, and their cents, or all their figures when the file goes beyond the cent.
        """

        def amount(value: Decimal | None) -> str | None:
            return None if value is None else f"{to_cents(value) if value == to_cents(value) else value:f}"

        kind = Kind.CREDIT_NOTE if self.is_credit_note else self.kind
        return {
            "number": self.number,
            "issued_on": self.issued_on and self.issued_on.isoformat(),
            "seller": self.supplier_name,
            "siret": self.supplier_siret,
            "currency": self.currency,
            "kind": kind and kind.value,
            "net": amount(self.net),
            "vat": amount(self.vat),
            "gross": amount(self.gross),
            "due": amount(self.due),
            "lines": [
                {"rank": one.rank, "object": one.object, "net": amount(one.net), "vat_rate": amount(one.vat_rate)}
                for one in self.lines
            ],
            "doubts": [*self.doubts],
        }

    def in_words(self, amount: Decimal) -> str:
        """Return « 1 234,50 € », or « 1 234,50 USD », and every figure of what goes beyond the cent."""
        shown = to_cents(amount) if amount == to_cents(amount) else amount.normalize()
        text = f"{shown:,f}".replace(",", "\u202f").replace(".", ",")
        return f"{text}\u00a0{'€' if self.currency in (None, 'EUR') else self.currency}"


# What may be missing, in the order in which it is asked.
LABELS = {
    "supplier_name": "le nom du fournisseur",
    "supplier_siret": "le SIRET du fournisseur",
    "buyer_name": "le nom de l’acheteur",
    "buyer_siret": "le SIRET de l’acheteur",
    "number": "le numéro de la facture",
    "issued_on": "la date de la facture",
    "kind": "sa nature (facture ou avoir)",
    "currency": "la monnaie",
    "net": "le total hors taxes",
    "vat": "le total de la TVA",
    "gross": "le total toutes taxes comprises",
    "due": "le reste à payer",
    "vat_rates": "la TVA par taux",
    "service_from": "le début de la période",
    "service_to": "la fin de la période",
    "order": "le numéro de la commande",
    "contract": "le numéro du marché ou du contrat",
    "lines": "les lignes",
}

_BY_HAND = "demandez au fournisseur de la produire de nouveau, ou saisissez-la à la main."
_NO_INVOICE = (
    "Ce fichier n’est ni un PDF ni les données d’une facture (Factur-X, CII, UBL)\u00a0: "
    "ouvrez-le pour le vérifier, puis déposez-en un autre."
)
_OTHER_FORM = (
    "Ces données ne sont pas celles d’une facture que la plateforme sait lire (Factur-X, CII, UBL)\u00a0: demandez au "
    "fournisseur l’une de ces formes, ou saisissez la facture à la main."
)
_TOO_LONG = f"Les données de cette facture sont trop longues pour être lues\u00a0: {_BY_HAND}"
_BROKEN = f"Les données de cette facture sont coupées ou abîmées\u00a0: {_BY_HAND}"
_ENTITIES = f"Les données de cette facture définissent des entités, ce qu’aucune facture ne fait\u00a0: {_BY_HAND}"
_ODD = f"Les données de cette facture ne suivent pas leur norme\u00a0: {_BY_HAND}"
NO_DATA = (
    "Ce PDF ne porte pas de données lisibles\u00a0: saisissez les champs en le lisant, ou demandez au fournisseur une "
    "facture Factur-X."
)

_CII = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
_RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
_UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_CAC, _CBC = f"{_UBL}CommonAggregateComponents-2", f"{_UBL}CommonBasicComponents-2"
# The roots that are invoices, and how the library calls them.
_FLAVORS = {
    f"{{{_CII}}}CrossIndustryInvoice": "factur-x",
    f"{{{_UBL}Invoice-2}}Invoice": "ubl-2.1-invoice",
    f"{{{_UBL}CreditNote-2}}CreditNote": "ubl-2.1-creditnote",
}
_PROFILES = {
    "minimum": "MINIMUM",
    "basicwl": "BASIC WL",
    "basic": "BASIC",
    "en16931": "EN 16931",
    "extended": "EXTENDED",
    "extended-ctc-fr": "EXTENDED",
}
_LINES = (f"{{{_RAM}}}IncludedSupplyChainTradeLineItem", f"{{{_CAC}}}InvoiceLine", f"{{{_CAC}}}CreditNoteLine")
_CURRENCIES = (
    f"{{{_RAM}}}InvoiceCurrencyCode", f"{{{_RAM}}}TaxCurrencyCode",
    f"{{{_CBC}}}DocumentCurrencyCode", f"{{{_CBC}}}TaxCurrencyCode",
)  # fmt: skip
# UNTDID 1001, those that suppliers of here use: invoice, partial, corrected, prepayment, self-billed, factored, both,
# for accounting; credit notes, factored and self-billed ones included.
_INVOICES = ("326", "380", "384", "386", "389", "393", "471", "472", "473", "500", "501", "751")
_KINDS = {
    **dict.fromkeys(_INVOICES, Kind.INVOICE),
    **dict.fromkeys(("261", "262", "296", "381", "396", "502", "503"), Kind.CREDIT_NOTE),
}
# ISO 6523: SIREN (the norm's « 0002 », under which many write a SIRET), SIRET, the French electronic address.
_SCHEMES = ("0002", "0009", "0225")
# What the extended profile adds to lines: titles, and groups whose lines are there too.
_NOT_COUNTED = ("GROUP", "INFORMATION")


def read_invoice(file: BinaryIO | bytes) -> Invoice:
    """Read an invoice handed over by a person; raise `Refused` when the file is not one that can be read.

    A PDF without data is no error: it gives an invoice of which everything is missing, and a doubt that says so.
    """
    content = file if isinstance(file, bytes) else file.read(MOST_PDF + 1)
    if content.startswith(b"%PDF-"):
        return _from_pdf(content)
    if not content.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00").startswith(b"<"):
        raise Refused(_NO_INVOICE)
    return _said(_root(content), is_alone=True)


def _from_pdf(content: bytes) -> Invoice:
    found = contents_of(content)
    roots, refusal = list[Any](), None
    # The same file is often attached twice: to the document, and to its first page.
    for xml in dict.fromkeys(xml for _, xml in found.files):
        try:
            root = _root(xml)
        except Refused as said:
            refusal = said
            continue
        if root.tag in _FLAVORS:
            roots.append(root)
    if len(roots) > 1:
        raise Refused(
            "Ce PDF porte les données de plusieurs factures\u00a0: demandez au fournisseur un fichier par facture, ou "
            "saisissez-les à la main."
        )
    if not roots and refusal is not None:
        raise refusal
    if not roots:
        return replace(Invoice(), missing=tuple(LABELS.values()), doubts=(NO_DATA,))
    invoice = _said(roots[0], is_alone=False)
    return replace(invoice, doubts=(*invoice.doubts, *doubts_of_pages(invoice, found.words)))


# --- The data --------------------------------------------------------------------------------------------------------
def _root(xml: bytes) -> Any:
    """Return the root of this XML, read without unfolding an entity nor opening anything."""
    if len(xml) > MOST_XML or xml.count(b"<") > _MOST_TAGS or xml.count(b"=") > _MOST_ATTRIBUTES:
        raise Refused(_TOO_LONG)
    if b"<!DOCTYPE" in xml:
        raise Refused(_ENTITIES)
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False,
        # « 1<!-- -->20.00 » is 120 for the schema, and 1 for who reads what comes before the comment.
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused(_BROKEN) from error
    if root.getroottree().docinfo.internalDTD is not None:  # In an alphabet where it was not seen above.
        raise Refused(_ENTITIES)
    return root


def _said(root: Any, *, is_alone: bool) -> Invoice:
    """Return what these data say, once they are found to follow the schema of their profile."""
    flavor = _FLAVORS.get(root.tag)
    if flavor is None:
        raise Refused(_OTHER_FORM)
    if sum(1 for _ in itertools.islice(root.iter(*_LINES), MOST_LINES + 1)) > MOST_LINES:
        raise Refused(_TOO_LONG)
    # The library writes it into a path that it then follows: nothing but a code goes there.
    if any(not re.fullmatch(r"\s*[A-Z]{3}\s*", one.text or "") for one in root.iter(*_CURRENCIES)):
        raise Refused(_ODD)
    # It would take « 2022111 » for a day.
    for one in root.iter(f"{{{_UDT}}}DateTimeString", f"{{{_UDT}}}DateString"):
        if not re.fullmatch(r"\s*[0-9]{8}\s*", one.text or "") or one.get("format", "102") != "102":
            raise Refused(_ODD)
    level, found = _parsed(root, flavor)
    return _invoice(
        _Said(found),
        says_paid=level != "minimum",
        is_credit_note=flavor == "ubl-2.1-creditnote",
        profile="UBL" if flavor != "factur-x" else "CII" if is_alone else _PROFILES[level],
    )


def _parsed(root: Any, flavor: str) -> tuple[str, Mapping[str, Any]]:
    """Return the level, and the fields by the numbers of the norm (« BT-1 »), checked against the schema.

    Its own `get_xml_from_pdf` is not asked: it unfolds what is attached without a bound, and keeps to itself why it
    takes nothing. Its other check, by Schematron, would post the invoice to a server: it stays off.
    """
    # It quotes what it reads. Nobody would see it but the logs, which hold no invoice.
    logging.getLogger("factur-x").setLevel(logging.CRITICAL + 1)
    from facturx import get_level, parse_ubl_cii_xml, xml_check_xsd

    try:
        # All of UBL has one schema, and its profile may be left out.
        level = get_level(root, flavor) if flavor == "factur-x" else "en16931"
        xml_check_xsd(root, flavor=flavor, level=level)
        return level, parse_ubl_cii_xml(
            root, flavor=flavor, level=level, float_as="string", date_as="date", bytes_as="string",
            check_xsd=False, check_schematron=False,
        )  # fmt: skip
    except Exception as error:  # It raises bare ones, and lets those of what it calls go by.
        raise Refused(_odd(error.__cause__)) from None


def _odd(cause: BaseException | None) -> str:
    """Say where the schema was not followed, without a word of the invoice: which line, which element."""
    first = next(iter(getattr(cause, "error_log", ())), None)
    name = re.match(r"Element '(?:\{[^}]*\})?(\w{1,60})'", first.message) if first else None
    if first is None or name is None:
        return _ODD
    return _ODD.replace("leur norme", f"leur norme (ligne {first.line}, «\u00a0{name[1]}\u00a0»)")


@dataclass
class _Said:
    """The fields of an invoice, or of a part of it, read one by one; what cannot be taken is a doubt."""

    fields: Mapping[str, Any]
    doubts: list[str] = field(default_factory=list)

    def part(self, name: str) -> _Said:
        return _Said(self.fields.get(name) or {}, self.doubts)

    def parts(self, name: str) -> list[_Said]:
        return [_Said(one, self.doubts) for one in self.fields.get(name) or ()]

    def text(self, name: str, label: str, *, most: int = _MOST_CHARACTERS) -> str | None:
        value = self.fields.get(name)
        if isinstance(value, list):
            if len(set(value)) > 1:
                self.doubts.append(
                    f"Le fichier dit plusieurs fois, et différemment, {label}\u00a0: rien n’en est pris."
                )
                return None
            value = value[0]
        text = " ".join("".join(sign for sign in str(value or "") if not _is_unseen(sign)).split())
        if len(text) > most:
            self.doubts.append(f"Le fichier dit {label} en plus de {most} caractères\u00a0: rien n’en est pris.")
            return None
        return text or None

    def amount(self, name: str, label: str) -> Decimal | None:
        text = self.text(name, label)
        if text is None:
            return None
        if not _AMOUNT.fullmatch(text):
            self.doubts.append(f"Le fichier écrit {label} d’une façon qui ne se lit pas\u00a0: rien n’en est pris.")
            return None
        return Decimal(text)

    def day(self, name: str, label: str) -> date | None:
        value = self.fields.get(name)
        if isinstance(value, list):
            self.text(name, label)
            return value[0] if len(set(value)) == 1 else None
        return value


def _is_unseen(sign: str) -> bool:
    """Whether it would not be seen where it stands, as a direction of writing; a space of any kind is."""
    return unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cn", "Cs") and not sign.isspace()


def _invoice(said: _Said, *, profile: str, is_credit_note: bool, says_paid: bool) -> Invoice:
    """Gather the fields. `says_paid`: whether this profile has a place for what is paid already."""
    supplier, buyer = said.part("BG-4"), said.part("BG-7")
    supplier_siren, supplier_siret = _identified(supplier, "du fournisseur")
    buyer_siren, buyer_siret = _identified(buyer, "de l’acheteur")
    kind = Kind.CREDIT_NOTE if is_credit_note else _KINDS.get(said.text("BT-3", LABELS["kind"]) or "")
    rates = tuple(
        Vat(
            one.amount("BT-119", "un taux de TVA"),
            one.amount("BT-116", "la base d’un taux de TVA"),
            one.amount("BT-117", "le montant d’un taux de TVA"),
        )
        for one in said.parts("BG-23")
    )
    lines = tuple(
        Line(
            one.text("BT-126", "le rang d’une ligne", most=_MOST_RANK) or "",
            one.text("BT-153", "l’objet d’une ligne", most=5 * _MOST_CHARACTERS),
            one.amount("BT-131", "le montant d’une ligne"),
            one.amount("BT-152", "le taux de TVA d’une ligne"),
        )
        for one in said.parts("BG-25")
        if one.fields.get("EXT-FR-FE-163") not in _NOT_COUNTED
    )
    invoice = Invoice(
        profile=profile,
        supplier_name=supplier.text("name", LABELS["supplier_name"])
        or supplier.text("biz_name", LABELS["supplier_name"]),
        supplier_siret=supplier_siret,
        supplier_siren=supplier_siren,
        buyer_name=buyer.text("name", LABELS["buyer_name"]) or buyer.text("biz_name", LABELS["buyer_name"]),
        buyer_siret=buyer_siret,
        buyer_siren=buyer_siren,
        number=said.text("BT-1", LABELS["number"], most=100),
        issued_on=said.day("BT-2", LABELS["issued_on"]),
        kind=kind,
        currency=said.text("BT-5", LABELS["currency"]),
        net=said.amount("BT-109", LABELS["net"]),
        vat=said.amount("BT-110", LABELS["vat"]),
        gross=said.amount("BT-112", LABELS["gross"]),
        due=said.amount("BT-115", LABELS["due"]),
        vat_rates=rates,
        service_from=said.day("BT-73", LABELS["service_from"]),
        service_to=said.day("BT-74", LABELS["service_to"]),
        order=said.text("BT-13", LABELS["order"], most=100),
        contract=said.text("BT-12", LABELS["contract"], most=100),
        lines=lines,
    )
    others = {
        name: said.amount(code, label) or Decimal(0)
        for name, (code, label) in {
            "allowances": ("BT-107", "le total des remises"),
            "charges": ("BT-108", "le total des frais"),
            "paid": ("BT-113", "ce qui est déjà payé"),
            "rounding": ("BT-114", "l’arrondi"),
        }.items()
    }
    missing = tuple(label for name, label in LABELS.items() if getattr(invoice, name) in (None, ()))
    doubts = dict.fromkeys((*said.doubts, *_sums(invoice, **others, says_paid=says_paid), *_oddities(invoice)))
    return replace(invoice, missing=missing, doubts=tuple(doubts))


def _identified(party: _Said, whose: str) -> tuple[str | None, str | None]:
    """Return the SIREN and the SIRET that this party gives for its own, keys checked."""
    given = [(party.fields.get("legal_identifier_schemeid"), party.text("legal_identifier", f"le numéro {whose}"))]
    # One without a scheme is often a number that the supplier gives to its customer.
    given += [(scheme, text) for scheme, text in party.part("identifiers").fields.items() if scheme is not None]
    given.append((party.fields.get("einvoicing_addr_schemeid"), party.text("einvoicing_addr", f"l’adresse {whose}")))
    numbers = list[str]()
    for scheme, text in given:
        # The electronic address of an establishment is « SIREN_SIRET ».
        for number in siret.normalise(text or "").split("_"):
            kind = {9: "SIREN", 14: "SIRET"}.get(len(number))
            if kind is None or scheme not in (None, *_SCHEMES):
                continue
            if not (siret.why_not_siren(number) if kind == "SIREN" else siret.why_not_siret(number)):
                numbers.append(number)
            elif scheme is not None and number.isascii() and number.isdigit():
                shown = siret.spaced(number)
                party.doubts.append(
                    f"La clé du {kind} {whose} ({shown}) est fausse dans le fichier\u00a0: vérifiez-le."
                )
    vat = siret.normalise(party.text("vat_identifier", f"le numéro de TVA {whose}") or "").upper()
    if re.fullmatch(r"FR[0-9A-Z]{2}[0-9]{9}", vat) and not siret.why_not_siren(vat[4:]):
        numbers.append(vat[4:])
    sirens = list(dict.fromkeys(number[:9] for number in numbers))
    sirets = list(dict.fromkeys(number for number in numbers if len(number) == 14))
    if len(sirens) > 1 or len(sirets) > 1:
        one, other = (sirens if len(sirens) > 1 else sirets)[:2]
        party.doubts.append(
            f"Le fichier donne deux numéros {whose} ({siret.spaced(one)} et {siret.spaced(other)})\u00a0: choisissez."
        )
        return (sirens[0] if len(sirens) == 1 else None), None
    return (sirens[0] if sirens else None), (sirets[0] if sirets else None)


# --- What does not agree ---------------------------------------------------------------------------------------------
def _sums(
    invoice: Invoice,
    *,
    allowances: Decimal,
    charges: Decimal,
    paid: Decimal,
    rounding: Decimal,
    says_paid: bool,
) -> Iterable[str]:
    """Say in French which sums and products are not those that the norm wants (BR-CO-10, 13 to 17)."""
    net, vat, gross, due, say = invoice.net, invoice.vat, invoice.gross, invoice.due, invoice.in_words
    lines = [line.net for line in invoice.lines if line.net is not None]
    if lines and len(lines) == len(invoice.lines) and net is not None:
        total = sum(lines, -allowances + charges)
        if total != net:
            yield f"Les lignes font {say(total)}, et le total hors taxes dit {say(net)}."
    if net is not None and vat is not None and gross is not None and net + vat != gross:
        yield f"Le total hors taxes et la TVA font {say(net + vat)}, et le total TTC dit {say(gross)}."
    if says_paid and gross is not None and due is not None and gross - paid + rounding != due:
        yield (
            f"Le total TTC, moins ce qui est déjà payé, fait {say(gross - paid + rounding)}, et le reste à payer "
            f"dit {say(due)}."
        )
    amounts = [one.amount for one in invoice.vat_rates if one.amount is not None]
    if amounts and len(amounts) == len(invoice.vat_rates) and vat is not None and sum(amounts) != vat:
        yield f"La TVA par taux fait {say(sum(amounts, Decimal(0)))}, et le total de la TVA dit {say(vat)}."
    for one in invoice.vat_rates:
        if one.rate is None or one.base is None or one.amount is None:
            continue
        # A product is rounded to the cent, and programs do not all round a half alike.
        wanted = to_cents(one.base * one.rate / 100)
        if abs(wanted - one.amount) > CENT:
            yield (
                f"La TVA à {_percent(one.rate)} de {say(one.base)} fait "
                f"{say(wanted)}, et le fichier dit {say(one.amount)}."
            )


def _percent(rate: Decimal) -> str:
    return f"{rate.normalize():f}\u00a0%".replace(".", ",")


def _oddities(invoice: Invoice) -> Iterable[str]:
    say = invoice.in_words
    for name in ("net", "vat", "gross", "due"):
        amount = getattr(invoice, name)
        if amount is not None and amount != to_cents(amount):
            yield f"Le fichier écrit {LABELS[name]} au-delà du centime ({say(amount)})\u00a0: vérifiez-le."
    if invoice.gross is not None and invoice.gross < 0:
        yield f"Le total est négatif ({say(invoice.gross)})\u00a0: vérifiez si c’est un avoir."
    if invoice.currency not in (None, "EUR"):
        yield f"Cette facture est en {invoice.currency}\u00a0: saisissez les montants payés en euros."
    if invoice.service_from and invoice.service_to and invoice.service_from > invoice.service_to:
        first, last = dates.in_words(invoice.service_from), dates.in_words(invoice.service_to)
        yield f"La période commence le {first}, après sa fin, le {last}\u00a0: vérifiez-la."


# --- The pages -------------------------------------------------------------------------------------------------------
_DASH, _SPACE = "[-\u2010-\u2015\u2212]", r"[\s'’.,]?"


def doubts_of_pages(invoice: Invoice, words: str | None) -> list[str]:
    """Say in French what the data say and the pages of the PDF do not: the number, the total."""
    if words is None or not any(sign.isalnum() for sign in words):
        return [
            "Les pages de ce PDF n’ont pas de texte lisible, comme celles d’une numérisation\u00a0: elles n’ont pas pu "
            "être comparées aux données. Vérifiez le numéro et le total."
        ]
    doubts = []
    words = unicodedata.normalize("NFKC", words)
    if invoice.number is not None and not _has_number(words, invoice.number):
        doubts.append(
            f"Les données disent la facture n°\u00a0{invoice.number}, et les pages du PDF ne portent pas ce numéro."
        )
    if invoice.gross is not None and not _has_amount(words, invoice.gross):
        doubts.append(
            f"Les données disent un total TTC de {invoice.in_words(invoice.gross)}, et les pages du PDF "
            "ne portent pas ce montant."
        )
    return doubts


def _has_number(words: str, number: str) -> bool:
    signs = "".join(unicodedata.normalize("NFKC", number).split())
    spelt = r"\s*".join(_DASH if re.match(_DASH, sign) else re.escape(sign) for sign in signs)
    return re.search(rf"(?<!\w){spelt}(?!\w)", words, re.IGNORECASE) is not None


def _has_amount(words: str, amount: Decimal) -> bool:
    """Whether this amount is written there: 1 234,56, 1234.56, 1.234,56 or 1,234.56; 1 234 € when no cents are."""
    whole, _, cents = f"{abs(to_cents(amount)):,f}".partition(".")
    groups = whole.split(",")
    tail = rf"\s?[.,]\s?{cents}(?!\d)" + (r"|\s?(?:€|EUR)" if cents == "00" else "")
    for found in re.finditer(rf"(?<!\d){_SPACE.join(groups)}(?:{tail})", words):
        # « 234,56 » is not read in « 1 234,56 », where it only ends the amount.
        before = words[max(0, found.start() - 24) : found.start()]
        if len(groups[0]) < 3 or not re.search(r"(?<![\d.,])\d{1,3}(?:[ '’.,]\d{3})*[ '’.,]$", before):
            return True
    return False


# --- The same invoice twice ------------------------------------------------------------------------------------------
def same_number_key(number: str) -> str:
    """Return what is alike in two spellings of one invoice number, to find the same invoice handed over twice.

    Case, accents, spaces, punctuation and the zeros before a figure are spelling: « FA-2022/00123 » is « fa 2022 123 ».
    Where figures are cut is not: « 12-3 » is not « 1-23 », nor « 123 ».
    """
    plain = re.sub(r"^\W*n\s*[°º]", "", number.casefold())
    parts = re.findall(r"[0-9]+|[^\W\d_]+", folded(unicodedata.normalize("NFKC", plain)))
    words = [part.lstrip("0") or "0" if part.isdigit() else part for part in parts]
    # Letters are glued (« F.A. »), figures are not.
    return re.sub(r"(?<=[^\W\d]) (?=[^\W\d])", "", " ".join(words))
