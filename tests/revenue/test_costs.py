"""The cost behind a price: what an agreement costs once grants are taken off, and whether a year makes a profit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from socle.lib.refusals import Refused
from socle.people.models import Operator, Role
from socle.programme.models import AgreementType, PriceStratum
from socle.revenue import actions, rules
from socle.revenue.costs import costs
from socle.revenue.models import CostSheet
from tests import factories as f
from tests.revenue.conftest import AT, agreement
from tests.revenue.test_contributions import export, noted, wants

D = Decimal
AMOUNTS = {"direct_costs": D(900), "overhead": D(200), "depreciation": D(100), "grants_received": D(400)}


def plain(words: str) -> str:
    return words.replace("\u00a0", " ").replace("\u202f", " ")


def sheet(finance, year=2026, source="comptabilité analytique", **amounts) -> CostSheet:
    kind = f.programme().tripartite()
    return actions.note_cost(kind, year=year, amounts=AMOUNTS | amounts, source=source, by=finance, at=AT)


def test_without_a_sheet_or_an_agreement_nothing_is_said_to_be_well(operator, finance):
    agreement("59001", "signed", "400")
    [shown] = costs(operator, 2026)
    assert (shown.level, shown.each) == ("none", None)
    assert "Coût inconnu en 2026 : aucune fiche n’est notée" in plain(shown.says)
    sheet(finance, year=2025)
    [shown] = costs(operator, 2025)
    assert (shown.level, shown.each) == ("none", None)
    assert "Aucune convention n’est en vigueur en 2025" in shown.says


@pytest.mark.parametrize(
    ("amounts", "level"),
    [
        ({}, "ok"),
        ({"grants_received": D("400.01")}, "above"),
        ({"direct_costs": D("899.99")}, "above"),
        ({"overhead": D("199.99")}, "above"),
        ({"depreciation": D("99.99")}, "above"),
        ({"grants_received": D(0)}, "ok"),
        ({"grants_received": D(1201)}, "above"),
    ],
)
def test_a_year_makes_a_profit_when_its_receipts_exceed_its_cost_less_the_grants(operator, finance, amounts, level):
    for code in ("59001", "59002"):
        agreement(code, "signed", "400")
    sheet(finance, **amounts)
    [shown] = costs(operator, 2026)
    assert (shown.receipts, shown.level) == (D(800), level)
    assert ("ferait un bénéfice" in shown.says) == (level == "above")
    assert ("ne dépassent pas" in shown.says) == (level == "ok")


@pytest.mark.parametrize(
    ("status", "fields", "count"),
    [
        ("signed", {}, 2),
        ("ended", {"ends_on": date(2026, 1, 1)}, 2),
        ("signed", {"starts_on": date(2026, 12, 31)}, 2),
        ("draft", {}, 1),
        ("ready", {}, 1),
        ("cancelled", {}, 1),
        ("signed", {"starts_on": date(2027, 1, 1)}, 1),
        ("ended", {"ends_on": date(2025, 12, 31), "starts_on": date(2024, 1, 1)}, 1),
    ],
)
def test_the_cost_is_shared_among_the_agreements_in_force_that_year(operator, finance, status, fields, count):
    agreement("59001", "signed", "240")
    agreement("59002", status, "240", **fields)
    sheet(finance)
    [shown] = costs(operator, 2026)
    assert (shown.agreements, shown.each) == (count, D(800) / count)
    assert f"Une convention coûte {800 // count},00 € en 2026, aides déduites, pour un prix de" in plain(shown.says)


def test_the_cost_of_one_is_to_the_cent_halves_up(operator, finance):
    for code in ("59001", "59002", "59003"):
        agreement(code, "signed", "1")
    sheet(finance, direct_costs=D("500.00"))
    assert costs(operator, 2026)[0].each == D("133.33")
    agreement("59004", "signed", "1")
    actions.withdraw_cost(CostSheet.objects.get(), by=finance, at=AT)
    sheet(finance, direct_costs=D("500.02"))
    assert costs(operator, 2026)[0].each == D("100.01")


def test_the_price_is_that_of_the_type_or_the_mean_where_it_depends_on_inhabitants(operator, finance):
    agreement("59001", "signed", "100")
    agreement("59002", "signed", "201")
    kind = f.programme().tripartite()
    assert costs(operator, 2026)[0].price == kind.annual_price
    PriceStratum.objects.create(type=kind, annual_price=D(100), order=0)
    assert costs(operator, 2026)[0].price == D("150.50")
    kind.strata.all().delete()
    AgreementType.objects.filter(pk=kind.pk).update(per_inhabitant=D("0.50"))
    assert costs(operator, 2026)[0].price == D("150.50")


def test_what_was_called_counts_as_it_was_and_the_rest_a_whole_year(operator, finance, django_assert_num_queries):
    called = agreement("59001", "signed", "120", starts_on=date(2026, 7, 1))
    waiting = agreement("59002", "signed", "240")
    noted(finance, vat_rate=D(20))
    wants(waiting, finance, is_service_code_required=True)
    export(finance)
    assert called.contributions.get().net == D(60)
    assert costs(operator, 2026)[0].receipts == D(300)
    assert costs(operator, 2027)[0].receipts == D(360)
    with django_assert_num_queries(6):
        costs(operator, 2026)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, None),
        ({"year": 1989}, "de 1990 à 2100"),
        ({"source": " "}, "Dites où ce montant se lit"),
        ({"overhead": D(-1)}, "sans signe"),
        ({"depreciation": D("0.001")}, "en centimes"),
        ({"grants_received": D("NaN")}, "en euros"),
        ({"direct_costs": D(0), "overhead": D(0), "depreciation": D(0)}, "sans aucun coût"),
        ({"direct_costs": D(0), "overhead": D(0)}, None),
    ],
)
def test_a_cost_has_its_year_its_cents_and_its_source(operator, finance, changed, says):
    if says is None:
        assert sheet(finance, **changed).net == AMOUNTS["depreciation"] + (0 if changed else 1100) - 400
        return
    with pytest.raises(Refused, match=says):
        sheet(finance, **changed)
    assert not CostSheet.objects.exists()


def test_one_sheet_stands_for_a_year_and_the_finance_officer_of_the_lead_keeps_it(operator, finance):
    first = sheet(finance)
    with pytest.raises(Refused, match="déjà notée"):
        sheet(finance)
    stranger = f.member(Role.FINANCE_OFFICER, Operator.objects.get(code="cdg59"))
    for who in (stranger, f.member(Role.PRESIDENT, operator)):
        with pytest.raises(Refused, match="responsable des finances"):
            actions.withdraw_cost(first, by=who, at=AT)
        with pytest.raises(Refused, match="responsable des finances"):
            sheet(who, year=2025)
    for _ in range(2):
        actions.withdraw_cost(first, by=finance, at=AT)
    assert costs(operator, 2026)[0].sheet is None
    assert sheet(finance).pk != first.pk
    assert [one.sheet for one in costs(operator, 2026)] == [CostSheet.objects.get(withdrawn_at=None)]
    assert costs(stranger.memberships.get().operator, 2026) == []


def test_a_type_that_beneficiaries_do_not_pay_has_no_cost_sheet(operator):
    kind = f.programme().tripartite()
    kind.has_beneficiary = False
    assert "qui a un prix" in rules.why_not_cost(kind, year=2026, amounts=AMOUNTS, source="x")
    amendment = f.amendments(f.programme())
    assert "qui a un prix" in rules.why_not_cost(amendment, year=2026, amounts=AMOUNTS, source="x")
    assert [one.kind.code for one in costs(operator, 2026)] == [f.programme().tripartite().code]
