"""The three lists of the finance officer, the plan and what became of it, what the platform counts by itself."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from socle.grants import queries
from socle.grants.actions import claims, expenses, operations
from socle.grants.models import ClaimStatus, Evidence, Expense, OperationRevenue
from socle.lib.refusals import Refused
from tests.grants.situations import AT, Kind, expense, grant, month, prove

D = Decimal
ON = date(2023, 6, 1)


def says(points) -> list[str]:
    return [f"{one.says} ({one.who})".replace("\u00a0", " ").replace("\u202f", " ") for one in points]


def risks(operation, partner, on) -> list[str]:
    plan = queries.plan_of(operation, queries.partners_seen(operation, partner.operator))
    return says(queries.at_risk([plan], on=on))


@pytest.mark.slow
def test_what_blocks_says_how_many_lines_and_who_can_bring_it(operation, partner, cdg, finance):
    other = cdg.operator.memberships.get(role="finance_officer").user
    expense(partner, finance, "F-1", pieces=False, mandate="")
    expense(partner, finance, "F-2", pieces=False)
    expense(cdg, other, "F-3", paid_on=None)
    name = partner.operator.name
    assert says(queries.blocking([operation], partner.operator)) == [
        f"2 lignes : manque la facture ({name})",
        f"2 lignes : manque la preuve du service fait ({name})",
        f"1 ligne : manque le numéro de mandat ({name})",
        f"1 ligne : manque la date de paiement ({cdg.operator.name})",
    ]
    assert says(queries.blocking([operation], cdg.operator)) == [
        f"1 ligne : manque la date de paiement ({cdg.operator.name})"
    ]


@pytest.mark.parametrize(
    ("on", "seen"),
    [
        (date(2023, 10, 1), False),
        (date(2023, 10, 2), True),
        (date(2023, 12, 31), True),
        (date(2024, 1, 1), False),
    ],
)
def test_a_window_that_closes_is_money_at_risk(operation, partner, on, seen):
    said = risks(operation, partner, on)
    assert any("la période des dépenses finit le 31 décembre 2023" in one for one in said) == seen


@pytest.mark.parametrize(("days", "seen"), [(60, False), (61, True)])
def test_evidence_that_is_late_is_money_at_risk(operation, partner, finance, days, seen):
    expense(partner, finance, pieces=False, paid_on=ON - timedelta(days=days), mandated_on=None)
    said = risks(operation, partner, ON)
    assert any("1 000,00 € payés depuis plus de 60 jours" in one for one in said) == seen


@pytest.mark.parametrize(("planned", "seen"), [("1000.00", False), ("999.99", True), ("0.00", False)])
def test_a_plan_that_is_exceeded_is_said_and_nothing_planned_says_nothing(operation, partner, finance, planned, seen):
    category = operation.categories.get(code="materiel")
    operations.plan(partner, category, 2022, D("1.00"), by=finance, at=AT)
    operations.plan(partner, category, 2022, D(planned), by=finance, at=AT)
    expense(partner, finance)
    said = risks(operation, partner, ON)
    assert any("de plus que le plan" in one for one in said) == seen


@pytest.mark.slow
def test_the_plan_has_its_flat_rates_and_its_totals_are_its_cells(operation, partner, cdg, finance):
    grant(operation, finance)
    one = month(partner, finance)
    prove(one, Kind.PAYSLIP, finance)
    prove(one, Kind.MISSION, finance, share=D("50"))
    expense(partner, finance)
    claim = claims.prepare(operation, by=finance, at=AT)
    plan = queries.plan_of(operation, queries.partners_seen(operation, partner.operator))
    assert plan.total.committed == plan.total.claimed == claim.eligible == D("2725.00")
    flat = operation.categories.get(kind="flat")
    assert plan.of_category(flat).committed == D("225.00")
    assert plan.of_partner(cdg) == queries.Cell()
    assert sum((plan.of_partner(each).committed for each in plan.partners), D(0)) == plan.total.committed


@pytest.mark.slow
def test_what_waits_is_told_until_it_is_done(operation, partner, finance):
    grant(operation, finance)
    expense(partner, finance)
    claim = claims.prepare(operation, by=finance, at=AT)
    assert says(queries.to_answer([operation], partner.operator, on=ON))[0].startswith(
        "demande n° 1 : état à certifier"
    )
    claim.statements.update(certified_at=AT)
    assert says(queries.to_answer([operation], partner.operator, on=ON))[0].startswith("demande n° 1 : état à viser")
    claim.statements.update(visa_on=ON)
    assert queries.to_answer([operation], partner.operator, on=ON) == []
    type(claim).objects.update(status=ClaimStatus.SENT, sent_on=ON - timedelta(days=12))
    assert says(queries.to_answer([operation], partner.operator, on=ON)) == [
        "demande n° 1 : sans réponse depuis 12 jours (Région Hauts-de-France)"
    ]


@pytest.mark.slow
def test_a_claim_judges_every_line_anew(operation, partner, finance):
    grant(operation, finance)
    one = expense(partner, finance, paid_on=date(2024, 2, 1))
    Expense.objects.filter(pk=one.pk).update(state="eligible", eligible=D("1000.00"), why="")
    with pytest.raises(Refused, match="Aucune dépense n’est prête"):
        claims.prepare(operation, by=finance, at=AT)


@pytest.mark.parametrize(
    "piece",
    [
        {"kind": "autre"},
        {"kind": Kind.MISSION},
        {"kind": Kind.MISSION, "share": D("0")},
        {"kind": Kind.MISSION, "share": D("100.0001")},
        {"kind": Kind.MISSION, "share": D("50"), "valid_from": ON, "valid_until": ON - timedelta(days=1)},
    ],
)
def test_a_piece_that_proves_nothing_is_refused(partner, finance, piece):
    one = month(partner, finance)
    with pytest.raises(Refused):
        expenses.add_evidence(Evidence(expense=one, **piece), b"", filename="a", content_type="", by=finance, at=AT)
    assert not one.evidence.exists()


@pytest.mark.parametrize(
    ("amount", "source", "says_no"),
    [("0.00", "vente", "a un montant"), ("-1.00", "vente", "sans signe"), ("10.00", " ", "d’où elle vient")],
)
def test_a_revenue_has_an_amount_and_a_source(operation, partner, finance, amount, source, says_no):
    with pytest.raises(Refused, match=says_no):
        operations.note_revenue(
            OperationRevenue(partner=partner, received_on=ON, amount=D(amount), source=source), by=finance, at=AT
        )
    operations.note_revenue(
        OperationRevenue(partner=partner, received_on=ON, amount=D("10.00"), source="vente"), by=finance, at=AT
    )
    plan = queries.plan_of(operation, queries.partners_seen(operation, partner.operator))
    assert queries.own_share(plan).revenue == D("10.00")


def test_a_revenue_is_noted_by_its_own_partner(operation, partner, cdg, finance):
    its_own = cdg.operator.memberships.get(role="finance_officer").user
    for of, by, other in ((partner, finance, its_own), (cdg, its_own, finance)):
        facts = {"partner": of, "received_on": ON, "amount": D("10.00"), "source": "vente"}
        with pytest.raises(Refused, match="Chaque partenaire tient"):
            operations.note_revenue(OperationRevenue(**facts), by=other, at=AT)
        assert operations.note_revenue(OperationRevenue(**facts), by=by, at=AT).noted_by == by


def test_what_no_claim_holds_is_read_of_the_partners_asked_alone(operation, partner, cdg, finance):
    expense(partner, finance, "F-1", pieces=False)
    expense(cdg, cdg.operator.memberships.get(role="finance_officer").user, "F-2", pieces=False, net=D("300.00"))
    sums = [queries.unclaimed_by(operation, asked).incomplete for asked in ([partner], [cdg], [partner, cdg])]
    assert sums == [D("1000.00"), D("300.00"), D("1300.00")]
