"""The aid of a claim: rule 15, with its ceilings, and the own share of rule 19."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.grants import rules
from socle.grants.actions import claims, operations
from socle.grants.eligibility import aid_of, split
from socle.grants.models import Operation
from socle.grants.queries import OwnShare, own_share, partners_seen, plan_of
from socle.lib.money import to_cents
from tests.grants.situations import AT, expense, grant

D = Decimal
cents = st.integers(0, 10**9).map(lambda n: D(n) / 100)
rates = st.integers(1, 10_000).map(lambda n: D(n) / 10_000)
costs = st.lists(st.tuples(st.integers(1, 4), cents, rates), min_size=1, max_size=12)
ceilings = st.dictionaries(st.integers(1, 4), st.none() | cents, max_size=4)


def rounded(amount: Fraction) -> D:
    """Halves up, by whole numbers alone."""
    return D(int(amount * 100 + Fraction(1, 2))) / 100


@given(costs)
@pytest.mark.slow
def test_rule_15_the_aid_is_the_sum_rounded_once(each):
    exact = sum((Fraction(amount) * Fraction(rate) for _, amount, rate in each), Fraction(0))
    aid = aid_of(each, left={}, left_of_grant=None)
    assert aid.total == rounded(exact)
    assert not aid.is_capped


@given(costs, ceilings, st.none() | cents)
@pytest.mark.slow
def test_rule_15_no_part_is_above_its_ceiling_and_parts_add_up(each, left, left_of_grant):
    aid = aid_of(each, left=left, left_of_grant=left_of_grant)
    assert sum(aid.by_partner.values()) == aid.total
    assert left_of_grant is None or aid.total <= left_of_grant
    for partner, part in aid.by_partner.items():
        assert part == part.quantize(D("0.01"), ROUND_HALF_UP)
        assert part >= 0
        assert left.get(partner) is None or part <= left[partner]


@pytest.mark.parametrize(
    ("left", "of_grant", "total", "is_capped"),
    [
        ("800.00", "800.00", "800.00", False),
        ("799.99", None, "799.99", True),
        (None, "799.99", "799.99", True),
        ("0", "800.00", "0.00", True),
        ("-5.00", None, "0.00", True),
    ],
)
def test_rule_15_at_the_boundaries(left, of_grant, total, is_capped):
    aid = aid_of(
        [(1, D("1000.00"), D("0.8"))],
        left={1: D(left) if left else None},
        left_of_grant=D(of_grant) if of_grant else None,
    )
    assert (aid.total, aid.is_capped) == (D(total), is_capped)


@given(cents, st.dictionaries(st.integers(1, 9), cents, min_size=1))
@pytest.mark.slow
def test_what_is_received_is_shared_to_the_cent(total, weights):
    whole = sum(weights.values())
    received = min(total, whole)
    assert sum(split(received, weights, whole).values()) == received


@pytest.mark.slow
def test_rule_15_a_claim_is_held_by_what_the_others_leave_of_the_grant(operation, partner, finance):
    grant(operation, finance, "1000.00")
    for number in ("F-1", "F-2"):
        expense(partner, finance, number)
        claim = claims.prepare(operation, by=finance, at=AT)
        claim.status = "sent"
        claim.save(update_fields=["status"])
    found = operation.claims.order_by("number").values_list("aid", "is_capped")
    assert list(found) == [(D("800.00"), False), (D("200.00"), True)]


def test_rule_15_a_claim_is_held_by_the_ceiling_of_its_partner(operation, partner, finance):
    grant(operation, finance)
    operations.add_partner(operation, partner.operator, ceiling=D("500.00"), by=finance, at=AT)
    expense(partner, finance)
    claim = claims.prepare(operation, by=finance, at=AT)
    assert (claim.aid, claim.is_capped, claim.statements.get().aid) == (D("500.00"), True, D("500.00"))


@pytest.mark.parametrize(
    ("other", "least", "amount", "is_low"),
    [("0.00", "0.20", "200.00", False), ("0.00", "0.2001", "200.00", True), ("100.00", "0.20", "180.00", True),
     ("0.00", None, "200.00", False)],
)  # fmt: skip
def test_rule_19_the_own_share_is_the_cost_less_all_public_funding(
    operation, partner, finance, other, least, amount, is_low
):
    operations.change_terms(operation, min_own_share=D(least) if least else None, by=finance, at=AT)
    expense(partner, finance, other_funding=D(other))
    share = own_share(plan_of(operation, partners_seen(operation, partner.operator)))
    assert (share.cost, share.amount, share.is_low) == (D("1000.00"), D(amount), is_low)


@pytest.mark.parametrize(
    ("aid", "least", "is_balance", "says"),
    [
        ("500.00", "500.00", False, None),
        ("499.99", "500.00", False, "d’au moins 500,00"),
        ("499.99", "500.00", True, None),
        ("0.01", None, False, None),
    ],
)
def test_a_claim_is_of_the_least_amount_unless_it_is_the_balance(aid, least, is_balance, says):
    operation = Operation(least_claim=D(least) if least else None)
    said = rules.why_not_claim_amount(operation, aid=D(aid), eligible=D("1.00"), is_balance=is_balance)
    assert said is None if says is None else says in said


@given(cents)
def test_rule_19_an_aid_rounded_up_is_no_alert(cost):
    aid = to_cents(cost * D("0.8"))
    assert not OwnShare(cost, aid, D(0), D(0), D("0.2")).is_low
    assert OwnShare(cost, aid + D("0.02"), D(0), D(0), D("0.2")).is_low
