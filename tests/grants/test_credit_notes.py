"""Credit notes: pieces of the expense whose invoice they correct, deducted, whose verdict and claims follow."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from socle.grants.actions import claims, expenses
from socle.grants.models import ClaimStatus, Expense, Operation
from socle.grants.rules import why_not_evidence
from socle.lib.refusals import Refused
from tests.grants.situations import AT, Evidence, Kind, expense, grant, month, prove

D = Decimal


def credit(one: Expense, **fields) -> Evidence:
    return Evidence(
        expense=one, kind=Kind.CREDIT, **{"number": "AV-1", "net": D("100.00"), "vat": D("20.00"), **fields}
    )


@pytest.mark.parametrize(
    ("basis", "key", "given", "state", "eligible"),
    [
        ("net", 100, [("100.00", "20.00")], "partial", "900.00"),
        ("gross", 100, [("100.00", "20.00")], "partial", "1080.00"),
        ("net", 50, [("100.00", "0")], "partial", "450.00"),
        ("net", 100, [("100.00", "0"), ("899.99", "0")], "partial", "0.01"),
        ("net", 100, [("1000.00", "200.00")], "not", "0.00"),
    ],
)
def test_a_credit_note_is_deducted(operation, partner, finance, basis, key, given, state, eligible):
    Operation.objects.filter(pk=operation.pk).update(vat_basis=basis)
    partner.operation.refresh_from_db()
    one = expense(partner, finance, key=D(key))
    for rank, (net, vat) in enumerate(given):
        piece = prove(one, Kind.CREDIT, finance, number=f"AV-{rank}", net=D(net), vat=D(vat))
    assert (one.state, one.eligible) == (state, D(eligible))
    assert one.why.startswith(f"{len(given)}\u00a0avoir")
    # Taken out, the whole is eligible again.
    expenses.withdraw_evidence(piece, by=finance, at=AT)
    one.refresh_from_db()
    assert one.eligible > D(eligible)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, None),
        ({"net": D("1000.00"), "vat": D("200.00")}, None),
        ({"vat": None}, None),
        ({"number": " "}, "numéro"),
        ({"net": None}, "donnez les montants"),
        ({"net": D(0)}, "donnez les montants"),
        ({"net": D("-100.00")}, "sans signe"),
        ({"vat": D("-20.00")}, "sans signe"),
        ({"net": D("1000.01")}, "rendraient"),
        ({"vat": D("200.01")}, "rendraient"),
    ],
)
def test_what_a_credit_note_says(partner, finance, fields, says):
    reason = why_not_evidence(expense(partner, finance), credit(expense(partner, finance, "F-2"), **fields))
    assert (says in reason) if says else reason is None


def test_two_credit_notes_give_back_no_more_than_the_invoice_and_none_is_deducted_twice(partner, finance):
    one = expense(partner, finance)
    prove(one, Kind.CREDIT, finance, number="AV-1", net=D("600.00"), vat=D(0))
    assert "déjà versé" in why_not_evidence(one, credit(one, number="av-1 "))
    assert "rendraient" in why_not_evidence(one, credit(one, number="AV-2", net=D("400.01")))
    one.net = D("599.99")
    with pytest.raises(Refused, match="rendraient"):
        expenses.correct(one, by=finance, at=AT)


def test_pay_has_no_credit_note(partner, finance):
    one = month(partner, finance)
    assert "frais de personnel" in why_not_evidence(one, credit(one))


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (ClaimStatus.PREPARED, "annulez cette demande"),
        (ClaimStatus.SENT, "dans sa réponse"),
        (ClaimStatus.ANSWERED, "au reversement"),
        (ClaimStatus.PAID, "au reversement"),
        (ClaimStatus.CANCELLED, None),
    ],
)
def test_a_credit_note_that_comes_late_says_what_to_do(operation, partner, finance, status, remedy):
    grant(operation, finance)
    one = expense(partner, finance)
    claim = claims.prepare(operation, by=finance, at=AT)
    type(claim).objects.filter(pk=claim.pk).update(status=status)
    reason = why_not_evidence(one, credit(one))
    assert (remedy in reason) if remedy else reason is None


def test_a_claim_asks_what_the_credit_note_leaves(operation, partner, finance):
    grant(operation, finance)
    one = expense(partner, finance)
    claims.cancel(claims.prepare(operation, by=finance, at=AT), by=finance, at=AT)
    prove(one, Kind.CREDIT, finance, number="AV-1", net=D("250.00"), vat=D("50.00"))
    claim = claims.prepare(operation, by=finance, at=AT)
    line = claim.lines.get(expense=one)
    assert (line.eligible, line.reason) == (D("750.00"), "1\u00a0avoir\u00a0déduit\u00a0: 250,00\u00a0€")
    assert claim.eligible == D("750.00")


def test_one_file_is_one_expense_but_for_another_part_of_it(partner, finance):
    first = expense(partner, finance)
    invoice = first.evidence.get(kind=Kind.INVOICE).document

    def again(**fields) -> Expense:
        facts = {
            "category": first.category, "subject": "Le même achat", "invoice_number": "F-1", "net": D("10.00"),
            "invoiced_on": date(2022, 6, 1),
        }  # fmt: skip
        return expenses.record(Expense(partner=partner, **facts, **fields), invoice=invoice, by=finance, at=AT)

    with pytest.raises(Refused, match="déjà saisie"):
        again()
    assert again(invoice_line="ligne 2").evidence.get().document == invoice
    expenses.withdraw(first, by=finance, at=AT)
    assert again().evidence.get().kind == Kind.INVOICE
