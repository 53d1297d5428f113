"""The statement of a claim: its lines as frozen, their digest, and the PDF that is certified, then visaed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db.models import Sum

from socle.documents import typst
from socle.documents.tree import typography
from socle.grants.eligibility import rate_of, split
from socle.grants.models import Claim, ClaimLine, ClaimStatus, Contract, Expense, GrantPartner, Statement
from socle.grants.schemes import schemes
from socle.lib import dates, siret
from socle.lib.money import euros, in_percent, to_cents
from socle.lib.text import counted, number
from socle.signing import fields

LAYOUT = Path(__file__).with_name("statement.typ")
VISA_FIELD = "comptable"
FICTITIOUS = "Opération fictive\u00a0: partenaires, dépenses, montants et dates inventés, sans valeur."
# Beyond, a page a line of which nobody would read: the workbook has them all, and the digest says which.
MOST_PRINTED = 2000


def lines_of(claim: Claim, partner: GrantPartner | None = None) -> Iterator[ClaimLine]:
    """The lines of a claim, in order, read by chunks with what they are shown with: that is read once for all."""
    operation = claim.operation
    partners = {one.pk: one for one in operation.partners.select_related("operator")}
    categories = {one.pk: one for one in operation.categories.all()}
    contracts = {one.pk: one for one in Contract.objects.filter(partner__operation=operation)}
    lines = claim.lines.select_related("expense", "expense__agreement")
    asked = lines if partner is None else lines.filter(partner=partner)
    for line in asked.order_by("rank").iterator(chunk_size=2000):
        line.partner, line.category = partners[line.partner_id], categories[line.category_id]
        if line.expense is not None and line.expense.contract_id is not None:
            line.expense.contract = contracts[line.expense.contract_id]
        yield line


class Digest:
    """The SHA-256 of the lines of a partner in a claim, told one by one, in order; not of the answer to them."""

    def __init__(self, claim: Claim, partner: GrantPartner) -> None:
        head = f"{claim.operation_id}|{claim.number}|{partner.operator.siret}\n"
        self._hash = hashlib.sha256(head.encode())

    def add(self, line: ClaimLine) -> None:
        self._hash.update(("|".join(str(one).replace("|", " ") for one in _said(line)) + "\n").encode())

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def _said(line: ClaimLine) -> tuple[object, ...]:
    one = line.expense
    if one is None:
        return line.rank, line.category.code, line.category.flat_rate, to_cents(line.eligible)
    return (
        line.rank, line.category.code, one.supplier, one.supplier_siret, one.person, one.invoice_number,
        one.invoice_line, one.invoiced_on, one.subject, one.net, one.vat, one.key, one.mandate, one.bordereau,
        one.mandated_on, one.paid_on, one.account, to_cents(line.eligible), line.reason,
    )  # fmt: skip


def as_pdf(claim: Claim, statements: Sequence[Statement], *, at: datetime) -> bytes:
    """Return the statement of these partners as a PDF; that of one alone has a place where its comptable signs."""
    operation = claim.operation
    scheme = schemes()[operation.scheme]
    is_one = len(statements) == 1
    data = {
        "title": f"Demande de paiement n°\u00a0{claim.number}{' (solde)' if claim.is_balance else ''}",
        "name": operation.name,
        "day": dates.day_of(at).isoformat(),
        "notice": FICTITIOUS if operation.is_fictitious else "",
        "about": [
            ["Dispositif", typography(scheme.fund)],
            ["Programme", typography(scheme.programme)],
            ["Autorité", operation.authority],
            ["Dossier", operation.reference or "numéro non attribué"],
            ["Période des dépenses", dates.in_days(operation.spend_from, operation.spend_until)],
            ["Base retenue", operation.get_vat_basis_display()],
            ["Taux d’aide", in_percent(operation.rate)],
        ],
        "partners": [_of_partner(claim, one, is_signed=is_one) for one in statements],
        "totals": [] if is_one else _totals(claim),
    }
    pdf = typst.render(LAYOUT, {"doc": data}, at=at)
    return fields.place(pdf, fields={VISA_FIELD: "Visa du comptable"}) if is_one else pdf


def _totals(claim: Claim) -> list[list[str]]:
    rows = [["Dépenses éligibles", euros(claim.eligible)], ["Aide demandée", euros(claim.aid)]]
    if claim.is_capped:
        rows[-1][0] += ", ramenée au plafond"
    if claim.accepted is not None and claim.aid_due is not None:
        rows += [["Dépenses acceptées", euros(claim.accepted)], ["Aide due", euros(claim.aid_due)]]
    return rows


def _of_partner(claim: Claim, statement: Statement, *, is_signed: bool) -> dict[str, Any]:
    operator, operation = statement.partner.operator, claim.operation
    sums = claim.lines.filter(partner=statement.partner).order_by().values("category").annotate(sum=Sum("eligible"))
    by_category: dict[int, Decimal] = dict(sums.values_list("category", "sum"))
    count = claim.lines.filter(partner=statement.partner).count()
    printed = [_row(line) for line in lines_of(claim, statement.partner)] if count <= MOST_PRINTED else []
    certified = ""
    if statement.certified_at is not None and statement.certified_by is not None:
        quality = f", {statement.certified_as}" if statement.certified_as else ""
        day = dates.in_words(dates.day_of(statement.certified_at))
        certified = f"Certifié exact le {day} par {statement.certified_by.name}{quality} – {operator.name}."
    visa = ""
    if statement.visa_on is not None:
        visa = f"Visé le {dates.in_words(statement.visa_on)} par {statement.visa_name}, {statement.visa_quality}."
    return {
        "name": operator.name + (", chef de file" if statement.partner.is_lead else ""),
        "siret": siret.spaced(operator.siret) if operator.siret else "SIRET non renseigné",
        "code": statement.code,
        "rows": printed,
        "unprinted": ""
        if printed
        else f"Les {number(count)} lignes sont dans le classeur joint\u00a0; leur empreinte\u00a0: {statement.sha256}.",
        "categories": [
            [one.name, in_percent(rate_of(one, operation)), euros(by_category[one.pk])]
            for one in operation.categories.all()
            if one.pk in by_category
        ],
        "totals": [["Total éligible", euros(statement.eligible)], ["Aide demandée", euros(statement.aid)]],
        "count": counted(count, "ligne"),
        "certified": certified,
        "visa": visa,
        "is_signed": is_signed,
    }


def _row(line: ClaimLine) -> list[str]:
    one = line.expense
    if one is None:
        rate = f"forfait de {in_percent(line.category.flat_rate)}" if line.category.flat_rate else "forfait"
        return [str(line.rank), line.category.name, "", "", rate, "", "", "", "", "", _amount(line.eligible)]
    subject = one.subject + (f" ({line.reason})" if line.reason else "")
    paid = f"payé le {dates.in_words(one.paid_on)}" if one.paid_on else ""
    return [
        str(line.rank),
        line.category.name,
        one.person or one.supplier,
        f"{one.invoice_number} {one.invoice_line}".strip(),
        subject,
        _amount(one.net),
        _amount(one.vat),
        _amount(one.gross),
        in_percent(one.key / 100),
        ", ".join(filter(None, [mandate_in_words(one), paid])),
        _amount(line.eligible),
    ]


def mandate_in_words(one: Expense) -> str:
    """« Mandat n° 101 du 23 avril 2022 », or what of it is known."""
    said = f"Mandat n°\u00a0{one.mandate}" if one.mandate else ""
    return f"{said or 'Mandat'} du {dates.in_words(one.mandated_on)}" if one.mandated_on else said


def _amount(amount: Decimal) -> str:
    return euros(amount).removesuffix("\u00a0€")


# --- What is due to each partner --------------------------------------------------------------------------------------
def dues_of(claim: Claim) -> dict[int, Decimal]:
    """The amount due to each statement of a paid claim, by its accepted expenses: they add up to what was received."""
    if claim.status != ClaimStatus.PAID or claim.received is None:
        return {}
    weights = {one.pk: one.aid_due or Decimal(0) for one in claim.statements.all()}
    return split(claim.received, weights, sum(weights.values(), Decimal(0)))


def due_of(statement: Statement) -> Decimal:
    """The amount due to one partner for a claim, whatever was paid on already."""
    return dues_of(statement.claim).get(statement.pk, Decimal(0))
