"""An operation of 2022-2023, granted or not, and expenses that lack nothing, to be spoilt one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from socle.deliberations.models import Article
from socle.grants.actions import expenses, operations
from socle.grants.models import Contract, Evidence, Expense, GrantPartner, Operation, Paper
from socle.grants.schemes import schemes
from socle.people.models import User
from socle.programme.models import Programme
from tests import factories as f

AT = datetime(2023, 6, 1, 9, tzinfo=UTC)
D = Decimal
SUPPLIER, OTHER_SUPPLIER = "99999800800018", "99999801600011"
Kind = Evidence.Kind


def opened(programme: Programme, by: User) -> Operation:
    """React-EU in 2022-2023, hors taxes, with a flat rate of 15 % of staff costs."""
    terms = {name: value for name, value in operations.terms_of(schemes()["react-eu"]).items() if value is not None}
    one = Operation(
        programme=programme, scheme="react-eu", name="Opération d’essai", vat_basis="net",
        article=Article.objects.first(), **terms,
    )  # fmt: skip
    operations.open_operation(one, lead=programme.lead(), by=by, at=AT)
    operations.set_flat_rate(one, "indirects-15", by=by, at=AT)
    return one


def granted(programme: Programme, by: User) -> Operation:
    """The same, its application filed and 80,000 euros granted at most."""
    one = opened(programme, by)
    grant(one, by)
    return one


def grant(operation: Operation, by: User, amount: str = "80000.00") -> None:
    """Its application filed, its grant act noted."""
    for kind in (Paper.Kind.APPLICATION, Paper.Kind.PARTNERSHIP, Paper.Kind.GRANT_ACT):
        operations.add_paper(operation, f.pdf(), kind=kind, name=kind.label, filename="a.pdf", by=by, at=AT)
    operations.file_application(operation, on=date(2022, 1, 10), by=by, at=AT)
    operations.note_grant(operation, on=date(2022, 5, 2), grant=D(amount), reference="NP-1", by=by, at=AT)


def contract(partner: GrantPartner, by: User, number: str = "2022-01", **fields: Any) -> Contract:
    """A record that says everything, unless told otherwise."""
    known = partner.contracts.filter(number=number).first()
    if known is not None:
        return known
    document = operations.kept(
        partner.operation, f.pdf(), title="Marché", filename="m.pdf", content_type="application/pdf", by=by, at=AT
    )
    facts = {
        "subject": "Équipements", "supplier": "Fournisseur fictif", "supplier_siret": SUPPLIER, "amount": D("40000.00"),
        "procedure": "adapted", "threshold": "90 000 €", "publicity": "profil d’acheteur",
        "awarded_on": date(2022, 2, 1), "notified_on": date(2022, 2, 15), "document": document,
    }  # fmt: skip
    return operations.record_contract(Contract(partner=partner, number=number, **{**facts, **fields}), by=by, at=AT)


def expense(partner: GrantPartner, by: User, number: str = "F-1", *, pieces: bool = True, **fields: Any) -> Expense:
    """A purchase of 1,000 euros paid within the window, with all that proves it unless told otherwise."""
    category = partner.operation.categories.get(code=fields.pop("category", "materiel"))
    facts: dict[str, Any] = {
        "subject": f"Achat {number}", "supplier": "Fournisseur fictif", "supplier_siret": SUPPLIER,
        "invoice_number": number, "invoiced_on": date(2022, 6, 1), "net": D("1000.00"), "vat": D("200.00"),
        "mandate": "12", "mandated_on": date(2022, 6, 10), "paid_on": date(2022, 6, 20),
    }  # fmt: skip
    if "contract" not in fields and category.kind == "real":
        facts["contract"] = contract(partner, by)
    one = Expense(partner=partner, category=category, **{**facts, **fields})
    expenses.record(one, by=by, at=AT)
    for kind in (Kind.INVOICE, Kind.SERVICE) if pieces else ():
        prove(one, kind, by)
    return one


def month(partner: GrantPartner, by: User, key: str = "50", **fields: Any) -> Expense:
    """June 2022 of a person, 3,000 euros charged, without any piece."""
    facts: dict[str, Any] = {
        "category": "personnel", "person": "Personne fictive", "supplier": "", "supplier_siret": "",
        "net": D("2000.00"), "vat": D("1000.00"), "key": D(key), "service_from": date(2022, 6, 1),
        "service_until": date(2022, 6, 30),
    }  # fmt: skip
    return expense(partner, by, "", pieces=False, **{**facts, **fields})


def prove(one: Expense, kind: str, by: User, **fields: Any) -> Evidence:
    piece = Evidence(expense=one, kind=kind, **fields)
    pdf = {"filename": "p.pdf", "content_type": "application/pdf"}
    expenses.add_evidence(piece, f.pdf(), **pdf, by=by, at=AT)
    one.refresh_from_db()
    return piece
