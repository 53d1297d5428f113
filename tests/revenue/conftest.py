"""A lead operator, its finance officer, and agreements of its programme at each state, each with its yearly price."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django_scopes import scopes_disabled

from socle.agreements.models import Agreement, Party
from socle.people.models import Operator, Role, User
from socle.programme.models import AgreementType
from socle.revenue import actions
from tests import factories as f

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)


@pytest.fixture
def operator(db: None) -> Operator:
    f.text()
    return f.programme().lead()


@pytest.fixture
def finance(operator: Operator) -> User:
    return f.member(Role.FINANCE_OFFICER, operator)


@pytest.fixture
def note(operator: Operator, finance: User):
    """`note(kind, amount, state, year)`: a figure, read somewhere."""

    def noted(kind: str, amount: str, state: str = "realised", year: int = 2026, at: datetime = AT):
        facts = {"year": year, "kind": kind, "state": state, "amount": Decimal(amount), "source": "chapitre 70"}
        return actions.note_receipt(operator, **facts, by=finance, at=at)

    return noted


def agreement(code: str, status: str, price: str, **fields) -> Agreement:
    """An agreement of the programme, with its yearly price; in force through 2026 unless told otherwise."""
    programme = f.programme()
    with scopes_disabled():
        return Agreement.every.create(
            programme=programme,
            type=programme.tripartite(),
            beneficiary=f.beneficiary(f.commune(code, f"Lieu {code}")),
            number=f"PMC-{code}",
            text=f.text(),
            status=status,
            term_months=36,
            annual_price=Decimal(price),
            vat_regime="non assujetti",
            drafted_at=AT,
            **{"starts_on": date(2026, 1, 1), "ends_on": date(2028, 12, 31), "signed_at": AT, **fields},
        )


def between(*codes: str, number: str = "PMC-E1", **fields) -> Agreement:
    """An agreement that binds these operators, in the order of signature; concluded for 2025 and 2026."""
    programme = f.programme()
    kind = AgreementType.objects.create(
        programme=programme, code=number.lower(), name="Mise à disposition", has_beneficiary=False,
        approved_by=AgreementType.ApprovedBy.EACH, text_name="convention-operateurs", text_version="1", term_months=24,
        annual_price="0.00", vat_regime="non précisé", basis="au coût unitaire", order=AgreementType.objects.count(),
    )  # fmt: skip
    terms = {"status": "signed", "starts_on": date(2025, 1, 1), "ends_on": date(2026, 12, 31), **fields}
    with scopes_disabled():
        made = Agreement.every.create(
            programme=programme, type=kind, number=number, text=f.text(), term_months=24, annual_price=Decimal(0),
            vat_regime="non précisé", drafted_at=AT, **terms,
        )  # fmt: skip
        for rank, code in enumerate(codes, start=1):
            partner = programme.partners.get(operator__code=code)
            Party.objects.create(
                agreement=made, rank=rank, kind=partner.part, operator=partner.operator, name=partner.operator.name,
                siret=partner.operator.siret,
            )  # fmt: skip
    return made
