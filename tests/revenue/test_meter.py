"""The accessory share and the open-market share: what is counted, what is said, and who notes the figures."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.deliberations.models import Act
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Role
from socle.revenue import actions
from socle.revenue.meter import Meter, Share, before_sending, in_percent, meter, open_market, says_open_market
from socle.revenue.models import Ceiling, Reading, Receipt
from tests import factories as f
from tests.revenue.conftest import AT, agreement

D = Decimal


def plain(words: str) -> str:
    return words.replace("\u00a0", " ").replace("\u202f", " ")


def ceiling(operator, finance, share="5", year=2026, **act):
    voted = f.act(operator, "2026-C1", **act)
    return actions.set_ceiling(voted, operator, share=D(share), first_year=year, by=finance, at=AT)


def test_rule_27_the_share_of_a_year_has_its_parts_their_sources_and_no_ceiling_that_nobody_voted(operator, note):
    assert "inconnue" in meter(operator, 2026).says
    note("total", "1000000")
    note("accessory", "20000")
    note("accessory", "5000.50")
    shown = meter(operator, 2026)
    assert (shown.realised.part, shown.realised.whole) == (D("25000.50"), D(1_000_000))
    assert shown.realised.percent == "2,50\u00a0%"
    assert [plain(one) for one in shown.realised.sources] == [
        "20 000,00 € : recettes accessoires 2026, chapitre 70",
        "5 000,50 € : recettes accessoires 2026, chapitre 70",
        "1 000 000,00 € : total des recettes 2026, chapitre 70",
    ]
    assert shown.level == "none", "without a ceiling, never green"
    assert "aucun plafond voté" in shown.says
    assert meter(operator, 2025).realised.value is None


@pytest.mark.parametrize(
    ("figure", "is_told"),
    [
        (None, True),
        (("total", "1000000"), False),
        (("total", "1000000", "budgeted"), False),
        (("total", "0"), True),
        (("accessory", "20000"), True),
    ],
)
def test_before_sending_a_meter_without_a_total_says_who_may_note_one(operator, finance, note, figure, is_told):
    sent = agreement("59001", "draft", "600")
    if figure:
        note(*figure[:2], **({"state": figure[2]} if figure[2:] else {}))
    told = [one.sentence for one in before_sending([sent], on=f.TODAY)]
    assert bool(told) is is_told
    assert all(finance.name in one for one in told)
    # One that a year further on nobody has noted is unknown again.
    assert before_sending([sent], on=date(2031, 1, 1))
    assert before_sending([], on=f.TODAY) == []


@pytest.mark.parametrize(
    ("status", "fields", "forecast"),
    [
        ("signed", {}, "600"),
        ("draft", {}, "600"),
        ("ready", {}, "600"),
        ("cancelled", {}, "0"),
        ("ended", {}, "600"),
        ("signed", {"starts_on": date(2027, 1, 1)}, "0"),
        ("signed", {"starts_on": date(2026, 12, 31)}, "600"),
        ("signed", {"starts_on": date(2022, 1, 1), "ends_on": date(2025, 12, 31)}, "0"),
        ("signed", {"starts_on": date(2022, 1, 1), "ends_on": date(2026, 1, 1)}, "600"),
    ],
)
def test_rule_27_without_a_budget_the_forecast_is_of_agreements_in_force_and_to_come(
    operator, note, status, fields, forecast
):
    note("total", "10000")
    agreement("59001", status, "600", **fields)
    shown = meter(operator, 2026).forecast
    assert (shown.part, shown.whole) == (D(forecast), D(10000))


def test_rule_27_with_a_budget_it_adds_what_was_concluded_since_and_what_is_not_yet(operator, note):
    note("total", "9000")
    note("total", "20000", "budgeted")
    note("accessory", "1000", "budgeted")
    agreement("59001", "signed", "100", signed_at=AT - timedelta(days=1))
    agreement("59002", "signed", "30", signed_at=AT + timedelta(seconds=1))
    agreement("59003", "ready", "7")
    shown = meter(operator, 2026)
    assert (shown.forecast.part, shown.forecast.whole) == (D(1037), D(20000))
    assert [plain(one).split(" :")[0] for one in shown.forecast.sources] == [
        "1 000,00 €", "30,00 €", "7,00 €", "1 000,00 €", "20 000,00 €",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("accessory", "level"), [("3999", "ok"), ("4000", "near"), ("5000", "near"), ("5001", "above")]
)
def test_rule_27_a_ceiling_warns_at_four_fifths_and_says_its_act(operator, finance, note, accessory, level):
    note("total", "100000", "budgeted")
    note("accessory", accessory, "budgeted")
    ceiling(operator, finance, "5")
    shown = meter(operator, 2026)
    assert shown.level == level
    assert "le plafond voté est de 5,00 % (Délibération n° 2026-C1)" in plain(shown.says)
    assert ("serait dépassé" in shown.says) == (level == "above")


def test_rule_27_the_last_ceiling_of_the_year_counts_and_one_taken_back_does_not(operator, finance, note):
    note("total", "100")
    old = ceiling(operator, finance, "5", 2024)
    act = Act.of_operators.get(number="2026-C1")
    new = actions.set_ceiling(act, operator, share=D(3), first_year=2026, by=finance, at=AT)
    assert [meter(operator, year).ceiling for year in (2023, 2024, 2025, 2026, 2027)] == [None, old, old, new, new]
    for _ in range(2):
        actions.withdraw_ceiling(new, by=finance, at=AT)
    assert meter(operator, 2026).ceiling == old
    assert Entry.objects.filter(verb="ceiling.withdrawn").count() == 1


@pytest.mark.parametrize(
    ("part", "percent", "verdict"),
    [("19999", "20,00", "au-dessous"), ("20000", "20,00", "au-dessus ou au niveau"), ("1", "0,00", "au-dessous")],
)
def test_rule_28_the_open_market_is_of_three_years_below_a_fifth_and_no_ceiling(operator, note, part, percent, verdict):
    for year in (2024, 2025, 2026):
        note("covered", "100000" if year == 2026 else "0", year=year)
        if year > 2024:
            note("open_market", part if year == 2026 else "0", year=year)
    assert "faute de chiffres" in says_open_market(open_market(operator, 2026), 2026), "two years are not three"
    note("open_market", "0", year=2024)
    share = open_market(operator, 2026)
    said = plain(says_open_market(share, 2026))
    assert f"de 2024 à 2026 : {percent} %, {verdict} de 20,00 %" in said
    assert "n’est pas le plafond" in said


@given(st.decimals(0, 10**9, places=2), st.decimals(D("0.01"), 10**9, places=2))
def test_a_share_is_exact_and_shown_to_two_places(part, whole):
    share = Share(part, whole)
    assert share.value == part / whole
    assert abs(D(in_percent(share.value)[:-2].replace(",", ".")) - 100 * part / whole) <= D("0.005")
    assert Share(part, D(0)).percent == Share(None, whole).percent == "inconnue"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, None),
        ({"year": 1989}, "de 1990 à 2100"),
        ({"year": 2101}, "de 1990 à 2100"),
        ({"kind": "other"}, "nature du montant"),
        ({"state": "hoped"}, "nature du montant"),
        ({"amount": D("-1")}, "sans signe"),
        ({"amount": D("0.001")}, "en centimes"),
        ({"amount": D("NaN")}, "en euros"),
        ({"amount": D(10) ** 12}, "en euros"),
        ({"source": "  "}, "Dites où ce montant se lit"),
    ],
)
def test_a_figure_has_its_year_its_cents_and_its_source(operator, finance, changed, says):
    facts = {"year": 2026, "kind": "total", "state": "realised", "amount": D(1), "source": "page 3", **changed}
    if says is None:
        assert actions.note_receipt(operator, **facts, by=finance, at=AT).source == "page 3"
        return
    with pytest.raises(Refused, match=says):
        actions.note_receipt(operator, **facts, by=finance, at=AT)
    assert not Receipt.objects.exists()


@pytest.mark.parametrize(
    ("act", "share", "says"),
    [
        ({"kind": Act.Kind.DECISION}, "5", "Un plafond se vote"),
        ({"published_on": None}, "5", "n’est pas exécutoire"),
        ({"published_on": date(2026, 11, 26)}, "5", "n’est pas exécutoire"),
        ({}, "0", "0,01 à 100"),
        ({}, "100.01", "0,01 à 100"),
        ({}, "5.001", "deux décimales"),
    ],
)
def test_a_ceiling_is_voted_by_the_operator_s_own_executory_act(operator, finance, act, share, says):
    with pytest.raises(Refused, match=says):
        ceiling(operator, finance, share, **act)
    stranger = f.act(f.operator("voisin", "Syndicat voisin", 9), "V-1")
    with pytest.raises(Refused, match="votre propre assemblée"):
        actions.set_ceiling(stranger, operator, share=D(5), first_year=2026, by=finance, at=AT)
    assert not Ceiling.objects.exists()


def test_the_finance_officer_alone_notes_and_takes_back(operator, finance, note):
    one = note("total", "10")
    other = f.member(Role.FINANCE_OFFICER, f.operator("voisin", "Syndicat voisin", 9))
    for who in (other, f.member(Role.PROGRAMME_OFFICER, operator), f.member(Role.PRESIDENT, operator)):
        with pytest.raises(Refused, match="responsable des finances"):
            actions.withdraw_receipt(one, by=who, at=AT)
    for _ in range(2):
        actions.withdraw_receipt(one, by=finance, at=AT)
    assert meter(operator, 2026).realised.whole is None
    assert Receipt.objects.count() == 1, "what was noted stays"
    assert Entry.objects.filter(verb="receipt.withdrawn").count() == 1


def test_what_the_meter_showed_is_kept_once_for_each_agreement_concluded(operator, finance, note):
    note("total", "1000")
    ceiling(operator, finance, "50")
    signed = agreement("59001", "signed", "100")
    agreement("59002", "draft", "50")
    agreement("59003", "signed", "0", signed_at=AT - timedelta(days=2, seconds=1))
    assert actions.keep_readings(at=AT) == 1
    note("accessory", "900", "budgeted")
    assert actions.keep_readings(at=AT + timedelta(days=1)) == 0
    kept = Reading.objects.get()
    assert (kept.agreement_id, kept.accessory, kept.total, kept.ceiling) == (signed.pk, D(150), D(1000), D(50))
    assert "15,00\u00a0%" in kept.says
    assert isinstance(meter(operator, 2026), Meter)
