"""A fictitious React-EU operation of 2022-2023, from its application to its last payment, by the actions of the room.

Four partners, three claims, a flat rate; a line rejected, one paid late, one charged twice. It is played on the base in
use: a demonstration's, or one made for `socle replay react-eu` and thrown away.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from socle.documents import typst
from socle.grants.actions import claims, expenses, operations
from socle.grants.judging import judged_together
from socle.grants.models import (
    Contract,
    CostCategory,
    Evidence,
    Expense,
    GrantPartner,
    Operation,
    Paper,
    Statement,
)
from socle.grants.schemes import schemes
from socle.lib.siret import complete
from socle.people.actions import end_role, enrol, give_role
from socle.people.models import Membership, Operator, Role, User
from socle.people.personas import DOMAIN
from socle.programme.models import Power, Programme

FOLDER = Path(__file__).parent
NAME = "Pack Mairies Connectées 2022-2023 (opération fictive)"
D = Decimal
FIRST = date(2021, 12, 6)
# The SIRET of its authority, invented too.
AUTHORITY = complete("999998073")
# What each partner may receive at most: the parts of the grant.
CEILINGS = {"npdcn": "290000.00", "somme-numerique": "60000.00", "cdg59": "60000.00", "cdg62": "40000.00"}
# Who certifies the statement of each, and who notes the money at the lead: invented, and gone since.
HEADS = {
    "npdcn": ("Noa Exemple", Role.PRESIDENT),
    "somme-numerique": ("Ariel Exemple", Role.PRESIDENT),
    "cdg59": ("Valéry Exemple", Role.CDG_PRESIDENT),
    "cdg62": ("Céleste Exemple", Role.CDG_PRESIDENT),
}
TREASURER = "Swann Exemple"
# Prepared, sent, answered, received, paid on.
CLAIMS = (
    (date(2023, 2, 20), date(2023, 3, 10), date(2023, 5, 22), date(2023, 6, 14), date(2023, 6, 29)),
    (date(2023, 9, 4), date(2023, 9, 22), date(2023, 11, 30), date(2023, 12, 18), date(2024, 1, 11)),
    (date(2024, 3, 4), date(2024, 3, 25), date(2024, 6, 17), date(2024, 7, 9), date(2024, 7, 25)),
)
REJECTED = "Conférence de lancement"
REJECTION = "dépense non prévue à l’acte attributif"


def at(on: date) -> datetime:
    """Ten in the morning of a day."""
    return datetime(on.year, on.month, on.day, 9, tzinfo=UTC)


def paper(title: str, *lines: str, on: date) -> bytes:
    """A page that says what it stands for, and that it is invented."""
    data = {"title": title, "lines": [*lines], "day": on.isoformat()}
    return typst.render(FOLDER / "piece.typ", {"doc": data}, standards=("a-3b",), is_tagged=False)


@dataclass
class Play:
    """The operation as it is played, by whom, and the people who certify in it: heads of partners, and a treasurer."""

    operation: Operation
    by: User
    partners: dict[str, GrantPartner]
    heads: dict[str, Membership]
    treasurer: Membership


def play(programme: Programme, *, by: User) -> Operation:
    """Play the whole operation; once played, it is found again."""
    known = Operation.objects.filter(programme=programme, name=NAME).first()
    if known is not None:
        return known
    one = _opened(programme, by)
    for number, days in enumerate(CLAIMS, start=1):
        _spend(one, number, days[0])
        _claim(one, number, *days)
    last = CLAIMS[-1][-1]
    operations.close(one.operation, by=by, at=at(last))
    for membership in (*one.heads.values(), one.treasurer):
        end_role(membership, last_day=last, by=by, at=at(last))
    return one.operation


def _opened(programme: Programme, by: User) -> Play:
    scheme = schemes()["react-eu"]
    terms = {name: value for name, value in operations.terms_of(scheme).items() if value is not None}
    article = programme.powers.filter(power=Power.Kind.FUNDING).select_related("article").first()
    operation = Operation(
        programme=programme, scheme=scheme.code, name=NAME, is_fictitious=True, vat_basis="net",
        authority_siret=AUTHORITY, is_notified=False,
        article=article.article if article else None, **{k: v for k, v in terms.items() if k != "vat_basis"},
    )  # fmt: skip
    first = at(FIRST)
    operations.open_operation(operation, lead=programme.lead(), by=by, at=first)
    operations.set_flat_rate(operation, "indirects-15", by=by, at=first)
    for code, ceiling in CEILINGS.items():
        operator = Operator.objects.get(code=code)
        operations.add_partner(operation, operator, ceiling=D(ceiling), by=by, at=first)
    partners = {partner.operator.code: partner for partner in operation.partners.select_related("operator")}
    categories = {category.code: category for category in operation.categories.all()}
    for code, category, year, amount in _plan():
        operations.plan(partners[code], categories[category], year, amount, by=by, at=first)
    heads = {
        code: _person(f"{code}.{FIRST.year}", name, role, partners[code].operator, by)
        for code, (name, role) in HEADS.items()
    }
    treasurer = _person(f"finances.{FIRST.year}", TREASURER, Role.FINANCE_OFFICER, programme.lead(), by)
    one = Play(operation, by, partners, heads, treasurer)
    _file(one)
    return one


def _person(login: str, name: str, role: Role, operator: Operator, by: User) -> Membership:
    user = enrol(f"{login}@{DOMAIN}", name=name, by=by, at=at(FIRST), is_fictitious=True)
    return give_role(user, role=role, operator=operator, quality=f"{role.label} (rôle fictif)", by=by, at=at(FIRST))


def _plan() -> Iterator[tuple[str, str, int, Decimal]]:
    for row in _rows("plan.csv"):
        yield row["partner"], row["category"], int(row["year"]), D(row["amount"])


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((FOLDER / name).read_text("utf-8")), delimiter=";"))


def _file(one: Play) -> None:
    """Its application, its partnership and its grant act. The agreement between partners is a paper of the file."""
    filed, granted = date(2022, 1, 17), date(2022, 5, 30)
    pieces = {
        "Formulaire de demande": Paper.Kind.APPLICATION,
        "Convention de partenariat avec chef de file": Paper.Kind.PARTNERSHIP,
    }
    for name, kind in pieces.items():
        operations.add_paper(
            one.operation, paper(name, NAME, on=filed), kind=kind, name=name, filename="piece.pdf", sent_on=filed,
            by=one.by, at=at(filed),
        )  # fmt: skip
    operations.file_application(one.operation, on=filed, by=one.by, at=at(filed))
    operations.note_complete(one.operation, on=date(2022, 2, 21), by=one.by, at=at(date(2022, 2, 21)))
    operations.add_paper(
        one.operation, paper("Acte attributif", NAME, on=granted), kind=Paper.Kind.GRANT_ACT, name="Acte attributif",
        filename="acte.pdf", by=one.by, at=at(granted),
    )  # fmt: skip
    grant = sum((D(amount) for amount in CEILINGS.values()), D(0))
    operations.note_grant(one.operation, on=granted, grant=grant, reference="NP-FICTIF-0001", by=one.by, at=at(granted))


def _spend(one: Play, wave: int, on: date) -> None:
    """Record the purchases, import the expenses of each partner, and prove each."""
    rows = [row for row in _rows("expenses.csv") if row["wave"] == str(wave)]
    for row in _rows("contracts.csv"):
        used = any(line["Marché"] == row["number"] for line in rows)
        partner = one.partners[row["partner"]]
        if used and not partner.contracts.filter(number=row["number"]).exists():
            _buy(one, partner, row)
    for code, partner in one.partners.items():
        mine = [row for row in rows if row["partner"] == code]
        imported = expenses.import_expenses(partner, io.BytesIO(_as_file(mine)), by=one.by, at=at(on))
        with judged_together():
            for expense in imported.expenses.order_by("pk").select_related("category", "partner__operation"):
                _prove(one, expense, on)


def _as_file(rows: list[dict[str, str]]) -> bytes:
    """The file that a partner would import."""
    text = io.StringIO()
    headers = [name for name in rows[0] if name not in ("wave", "partner")]
    writer = csv.DictWriter(text, headers, delimiter=";", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _buy(one: Play, partner: GrantPartner, row: dict[str, str]) -> None:
    notified = date.fromisoformat(row["notified_on"])
    pieces = paper(f"Marché {row['number']}", row["subject"], row["supplier"], on=notified)
    contract = Contract(
        partner=partner, number=row["number"], subject=row["subject"], procedure=row["procedure"],
        supplier=row["supplier"], supplier_siret=row["supplier_siret"], amount=D(row["amount"]),
        threshold="seuil de la procédure, à la date du marché", publicity="selon la procédure (fictif)",
        awarded_on=notified, notified_on=notified,
    )  # fmt: skip
    operations.record_contract(contract, pieces=pieces, by=one.by, at=at(notified))


def _prove(one: Play, expense: Expense, on: date) -> None:
    """The pieces of an expense, a page each; a month of a person has a payslip and a mission letter."""
    if expense.category.kind == CostCategory.Kind.STAFF:
        kinds = [Evidence.Kind.PAYSLIP, Evidence.Kind.MISSION]
    else:
        kinds = [Evidence.Kind.INVOICE, Evidence.Kind.SERVICE]
    for kind in kinds:
        is_letter = kind == Evidence.Kind.MISSION
        piece = Evidence(
            expense=expense, kind=kind, share=expense.key if is_letter else None,
            valid_from=expense.service_from if is_letter else None,
            valid_until=expense.service_until if is_letter else None,
        )  # fmt: skip
        says = (expense.supplier or expense.person, f"{expense.invoice_number} {expense.subject}".strip())
        content = paper(piece.get_kind_display().capitalize(), *says, on=expense.invoiced_on)
        expenses.add_evidence(
            piece, content, filename=f"{kind}.pdf", content_type="application/pdf", by=one.by, at=at(on)
        )


def _claim(one: Play, number: int, prepared: date, sent: date, answered: date, received: date, paid: date) -> None:
    claim = claims.prepare(one.operation, is_balance=number == len(CLAIMS), by=one.by, at=at(prepared))
    for statement in claim.statements.select_related("claim__operation", "partner__operator"):
        _sign(one, statement, prepared)
    claims.send(claim, on=sent, by=one.by, at=at(sent))
    refused = claim.lines.filter(expense__subject=REJECTED)
    answers = [claims.Answer(line.rank, D(0), REJECTION) for line in refused if line.eligible]
    claims.note_answer(claim, answers, on=answered, by=one.by, at=at(answered))
    assert claim.aid_due is not None
    claims.note_received(claim, amount=claim.aid_due, on=received, by=one.treasurer.user, at=at(received))
    for statement in claim.statements.select_related("claim__operation", "partner__operator"):
        if not statement.partner.is_lead and statement.aid_due:
            claims.pay_on(statement, amount=statement.aid_due, on=paid, by=one.treasurer.user, at=at(paid))


def _sign(one: Play, statement: Statement, on: date) -> None:
    """Certified by a fictitious representative, then visaed on paper, as a scan."""
    head = one.heads[statement.partner.operator.code]
    claims.certify(statement, quality="présidence (fictive)", by=head.user, at=at(on))
    assert statement.document is not None
    scan = paper("Visa du comptable", f"État de {statement.partner.operator.name}", statement.code, on=on)
    visa = claims.Visa(
        content=scan, content_type="application/pdf", name="Comptable fictif", quality="comptable public (fictif)",
        on=on, way=Statement.Way.PAPER, code=statement.code,
    )  # fmt: skip
    claims.record_visa(statement, visa, by=one.by, at=at(on))
