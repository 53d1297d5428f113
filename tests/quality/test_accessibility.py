"""The results of audits made elsewhere, the multi-year plan, and the accessibility statement that follows."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from socle.lib.refusals import Refused
from socle.people.models import Role, User
from socle.quality.accessibility import statement
from socle.quality.accessibility.actions import AuditResult, declare_audit, keep_plan, withdraw_audit
from socle.quality.models.accessibility import Audit, Conformity
from socle.sites.models import Change
from tests import factories as f


@pytest.fixture
def auditor(db):
    return f.member(Role.TECHNICIAN, f.programme().lead())


def result(rate="81.25", **changes):
    """The result of an audit, on what its report gives."""
    return AuditResult(
        **{"made_on": f.TODAY, "auditor": "Atelier d’essai", "rate": Decimal(rate), "pages": "Accueil\nContact",
           "failing": "Critère 3.2\u00a0: contrastes", "derogated": "Anciens registres", "tools": "NVDA", **changes}
    )  # fmt: skip


def test_only_those_who_keep_audits_may(prisches):
    secretary = f.member(Role.SECRETARY, prisches.beneficiary)
    with pytest.raises(Refused, match="équipe technique"):
        declare_audit(prisches, result(), by=secretary, at=f.NOW)
    made = declare_audit(prisches, result(), by=User.objects.system(), at=f.NOW)
    with pytest.raises(Refused, match="équipe technique"):
        withdraw_audit(made, by=secretary, at=f.NOW)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"made_on": f.TODAY}, None),
        ({"made_on": f.TODAY + timedelta(days=1)}, "avenir"),
        ({"rate": "0"}, None),
        ({"rate": "-0.01"}, "de 0 à 100"),
        ({"rate": "100.01"}, "de 0 à 100"),
        ({"rate": "99.99", "failing": " ", "derogated": ""}, "Recopiez les non-conformités"),
        ({"rate": "99.99", "failing": ""}, None),
        ({"rate": "100"}, "ne va pas avec"),
        ({"rate": "100", "failing": ""}, None),
        ({"rate": "100", "failing": "", "derogated": ""}, None),
    ],
)
def test_a_result_says_what_the_statement_publishes(prisches, auditor, changes, reason):
    if reason is None:
        assert declare_audit(prisches, result(**changes), by=auditor, at=f.NOW).pk
        return
    with pytest.raises(Refused, match=reason):
        declare_audit(prisches, result(**changes), by=auditor, at=f.NOW)


@pytest.mark.parametrize(
    ("rate", "conformity"),
    [("0", "none"), ("49.99", "none"), ("50", "partial"), ("99.99", "partial"), ("100", "total")],
)
def test_the_state_is_computed_from_the_rate(rate, conformity):
    assert Audit(rate=Decimal(rate)).conformity == conformity


@pytest.mark.slow
def test_the_statement_is_computed_says_its_failures_and_stops_counting_after_three_years(
    prisches, auditor, visit, time_machine
):
    time_machine.move_to(f.NOW)
    before = visit(prisches, "/accessibilite/").content.decode()
    assert "pas encore fait l’objet d’un audit" in before
    declare_audit(prisches, result(), by=auditor, at=f.NOW)
    assert Change.objects.filter(key="accessibility").exists()
    page = visit(prisches, "/accessibilite/").content.decode()
    for words in (
        "partiellement conforme", "4.1.2",
        "81,25&nbsp;%", "contrastes", "Anciens registres", "NVDA", "Contact", "71120",
    ):  # fmt: skip
        assert words in page, words
    assert "Accessibilité&nbsp;: partiellement conforme" in visit(prisches).content.decode()
    time_machine.move_to(f.NOW + timedelta(days=3 * 366))
    late = visit(prisches, "/accessibilite/").content.decode()
    assert "n’est plus valable depuis" in late
    assert "contrastes" not in late
    assert "Accessibilité&nbsp;: non conforme" in late


def test_an_audit_counts_until_its_last_day(prisches, auditor):
    audit = declare_audit(prisches, result(), by=auditor, at=f.NOW)
    end = statement.end_of(audit)
    assert statement.conformity_of(prisches, on=end) == Conformity.PARTIAL
    assert statement.conformity_of(prisches, on=end + timedelta(days=1)) == Conformity.NONE


def test_the_last_audit_is_corrected_or_withdrawn_and_the_one_before_counts_again(prisches, auditor):
    declare_audit(prisches, result("100", failing="", made_on=f.TODAY - timedelta(days=30)), by=auditor, at=f.NOW)
    second = declare_audit(prisches, result("49"), by=auditor, at=f.NOW)
    assert statement.conformity_of(prisches, on=f.TODAY) == Conformity.NONE
    declare_audit(prisches, result("50"), audit=second, by=auditor, at=f.NOW)
    assert statement.conformity_of(prisches, on=f.TODAY) == Conformity.PARTIAL
    assert Audit.objects.count() == 2
    withdraw_audit(second, by=auditor, at=f.NOW)
    assert statement.conformity_of(prisches, on=f.TODAY) == Conformity.TOTAL


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [(2026, 2029, "3 ans au plus"), (2027, 2026, "avant de finir")],
)
def test_a_plan_that_does_not_hold_is_refused(prisches, first, last, reason):
    said = {"referent": "", "policy": "", "actions": ""}
    with pytest.raises(Refused, match=reason):
        keep_plan(prisches, first_year=first, last_year=last, **said, by=f.user(), at=f.NOW)


def test_a_plan_shows_in_the_statement_with_its_years(prisches, visit):
    keep_plan(
        prisches,
        first_year=2026,
        last_year=2028,
        referent="secrétariat général",
        policy="Des contenus simples.",
        actions="2026\u00a0: décrire les images (fait).\n2027\u00a0: <b>baliser</b> les PDF.",
        by=f.user(),
        at=f.NOW,
    )
    assert Change.objects.filter(website=prisches, key="accessibility").exists()
    page = visit(prisches, "/accessibilite/").content.decode()
    for words in (
        "Plan d’action", "décrire les images (fait)", "&lt;b&gt;baliser", "secrétariat général",
    ):  # fmt: skip
        assert words in page
