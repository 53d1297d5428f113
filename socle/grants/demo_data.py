"""A fictitious operation under way in a demonstration: granted, spending, with lines that still lack something."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from socle.grants.actions import expenses, operations
from socle.grants.models import Contract, Evidence, Expense, GrantPartner, Operation, Paper
from socle.grants.react_eu import paper
from socle.grants.schemes import schemes
from socle.lib import dates
from socle.people.models import Operator, User
from socle.programme.models import Power, Programme

NAME = "Mairies connectées, deuxième volet (opération fictive)"
D = Decimal
SUPPLIER, SIRET = "Atelier du Réseau (fictif)", "99999800800018"
# How many days ago it was paid, its number, its subject, its amount, whether it is proved.
LINES = (
    (150, "AR-0411", "Bornes Wi-Fi de douze mairies", "18240.00", True),
    (96, "AR-0467", "Commutateurs de huit mairies", "9875.50", False),
    (41, "AR-0502", "Pose et mise en service", "6400.00", True),
    (12, "AR-0519", "Onduleurs de dix mairies", "3150.00", False),
)


def ensure_running(programme: Programme, *, by: User) -> Operation:
    """Open an operation whose windows hold this day, with its lead and a centre de gestion."""
    at = timezone.now()
    on = dates.day_of(at)
    first, last = date(on.year - 1, 1, 1), date(on.year + 1, 12, 31)
    article = programme.powers.filter(power=Power.Kind.FUNDING).select_related("article").first()
    terms = {
        name: value for name, value in operations.terms_of(schemes()["feder-2021-2027"]).items() if value is not None
    }
    terms |= {
        "rate": D("0.60"), "spend_from": first, "spend_until": last, "paid_from": first, "paid_until": last,
        "vat_basis": "net", "article": article.article if article else None,
    }  # fmt: skip
    operation = Operation(programme=programme, scheme="feder-2021-2027", name=NAME, is_fictitious=True, **terms)
    operations.open_operation(operation, lead=programme.lead(), by=by, at=at)
    cdg = operations.add_partner(operation, Operator.objects.get(code="cdg59"), by=by, at=at)
    lead = operation.partners.get(is_lead=True)
    _plan(lead, {"materiel": "60000.00", "prestations": "15000.00"}, on.year, by, at)
    _plan(cdg, {"prestations": "12000.00"}, on.year, by, at)
    for kind in (Paper.Kind.APPLICATION, Paper.Kind.PARTNERSHIP, Paper.Kind.GRANT_ACT):
        operations.add_paper(
            operation, paper(kind.label.capitalize(), NAME, on=first), kind=kind, name=kind.label.capitalize(),
            filename="piece.pdf", by=by, at=at,
        )  # fmt: skip
    operations.file_application(operation, on=first, by=by, at=at)
    granted = first + timedelta(days=120)
    operations.note_grant(operation, on=granted, grant=D("52200.00"), reference="FICTIF-2127", by=by, at=at)
    _spend(lead, on, by, at)
    return operation


def _plan(partner: GrantPartner, amounts: dict[str, str], year: int, by: User, at: datetime) -> None:
    for category in partner.operation.categories.filter(code__in=amounts):
        operations.plan(partner, category, year, D(amounts[category.code]), by=by, at=at)


def _spend(partner: GrantPartner, on: date, by: User, at: datetime) -> None:
    notified = on - timedelta(days=300)
    contract = Contract(
        partner=partner, number="R-01", subject="Équipements réseau", supplier=SUPPLIER, supplier_siret=SIRET,
        amount=D("60000.00"), procedure=Contract.Procedure.ADAPTED, threshold="seuil de la procédure adaptée",
        publicity="profil d’acheteur (fictif)", awarded_on=notified, notified_on=notified,
    )  # fmt: skip
    pieces = paper("Marché R-01", SUPPLIER, on=notified)
    operations.record_contract(contract, pieces=pieces, by=by, at=at)
    category = partner.operation.categories.get(code="materiel")
    for rank, (ago, number, subject, amount, is_proved) in enumerate(LINES, start=1):
        paid = on - timedelta(days=ago)
        net = D(amount)
        expense = Expense(
            partner=partner, category=category, contract=contract, subject=subject, supplier=SUPPLIER,
            supplier_siret=SIRET, invoice_number=number, invoiced_on=paid - timedelta(days=25), net=net,
            vat=net / 5, mandate=f"{paid.year}-{rank:03}", mandated_on=paid - timedelta(days=9), paid_on=paid,
        )  # fmt: skip
        expenses.record(expense, by=by, at=at)
        for kind in (Evidence.Kind.INVOICE, Evidence.Kind.SERVICE)[: 2 if is_proved else 1]:
            piece = Evidence(expense=expense, kind=kind)
            content = paper(piece.get_kind_display().capitalize(), SUPPLIER, f"{number} {subject}", on=paid)
            pdf = {"filename": f"{kind}.pdf", "content_type": "application/pdf"}
            expenses.add_evidence(piece, content, **pdf, by=by, at=at)
