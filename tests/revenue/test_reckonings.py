"""What operators owe each other for a year: who notes and reads it, amounts to the cent, the statement, no title."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.deliberations.models import Article
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Operator, Role
from socle.programme.models import AgreementType, Power
from socle.revenue import actions, reckonings, rules
from socle.revenue.models import Reckoning
from tests import factories as f
from tests.revenue import conftest
from tests.revenue.conftest import AT, between

D, ON = Decimal, date(2026, 11, 25)
LINE = {"year": 2026, "unit": "poste suivi", "quantity": D("12.50"), "unit_cost": D("3.30"), "source": "état annuel"}


@pytest.fixture
def somme(operator) -> Operator:
    return Operator.objects.get(code="somme-numerique")


@pytest.fixture
def theirs(somme):
    """The finance officer of Somme Numérique."""
    return f.member(Role.FINANCE_OFFICER, somme)


def partner(code: str):
    return f.programme().partners.get(operator__code=code)


@given(st.decimals("0.01", 10**6, places=2), st.decimals("0.01", 10**5, places=2))
def test_an_amount_is_computed_to_the_cent_halves_up(quantity, unit_cost):
    amount = Reckoning(quantity=quantity, unit_cost=unit_cost).amount
    assert amount.as_tuple().exponent == -2
    assert D("-0.005") < amount - quantity * unit_cost <= D("0.005")


def test_a_half_cent_goes_up():
    assert Reckoning(quantity=D("0.50"), unit_cost=D("0.01")).amount == D("0.01")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, None),
        ({"year": 2025}, None),
        ({"quantity": D("0.01"), "unit_cost": D("0.50")}, None),
        ({"quantity": D("0.01"), "unit_cost": D("0.49")}, "au-dessus de zéro"),
        ({"year": 1989}, "de 1990 à 2100"),
        ({"year": 2024}, "n’était pas en vigueur en 2024"),
        ({"year": 2027}, "n’était pas en vigueur en 2027"),
        ({"unit": " "}, "Dites ce qui est compté"),
        ({"source": " "}, "Dites où ce montant se lit"),
        ({"quantity": D(0)}, "au-dessus de zéro"),
        ({"unit_cost": D(0)}, "au-dessus de zéro"),
        ({"quantity": D(-1)}, "sans signe"),
        ({"unit_cost": D("0.001")}, "en centimes"),
        ({"unit_cost": D("NaN")}, "en euros"),
        ({"quantity": rules.MOST, "unit_cost": D(1)}, None),
        ({"quantity": rules.MOST, "unit_cost": D("1.01")}, "au-dessus de zéro"),
    ],
)
def test_a_reckoning_has_its_year_its_unit_and_its_source(somme, theirs, changed, says):
    agreement = between("somme-numerique", "npdcn")
    facts = LINE | changed
    if says is None:
        assert actions.note_reckoning(agreement, operator=somme, **facts, by=theirs, at=AT).amount > 0
        return
    with pytest.raises(Refused, match=says):
        actions.note_reckoning(agreement, operator=somme, **facts, by=theirs, at=AT)
    assert not Reckoning.objects.exists()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"status": "ended"}, None),
        ({"status": "draft"}, "convention conclue entre opérateurs"),
        ({"status": "ready"}, "convention conclue entre opérateurs"),
        ({"starts_on": date(2026, 12, 31)}, None),
        ({"ends_on": date(2026, 1, 1)}, None),
        ({"ends_on": date(2025, 12, 31)}, "n’était pas en vigueur en 2026"),
        ({"starts_on": date(2027, 1, 1), "ends_on": date(2028, 1, 1)}, "n’était pas en vigueur en 2026"),
    ],
)
def test_it_follows_an_agreement_concluded_and_in_force_that_year(operator, fields, says):
    agreement = between("somme-numerique", "npdcn", **fields)
    assert (rules.why_not_reckoning(agreement, **LINE, on=ON) or "").count(says or "!") == (1 if says else 0)


def test_an_agreement_with_a_beneficiary_is_reckoned_by_its_contributions(operator):
    assert "conclue entre opérateurs" in rules.why_not_reckoning(
        conftest.agreement("59001", "signed", "1"), **LINE, on=ON
    )


def test_a_year_that_has_not_begun_waits(operator):
    agreement = between("somme-numerique", "npdcn", ends_on=date(2028, 12, 31))
    assert "n’a pas commencé" in rules.why_not_reckoning(agreement, **LINE | {"year": 2027}, on=ON)
    assert rules.why_not_reckoning(agreement, **LINE | {"year": 2027}, on=date(2027, 1, 1)) is None


def test_finance_officers_of_its_parties_note_it_and_each_takes_back_its_own(operator, finance, somme, theirs):
    agreement = between("somme-numerique", "npdcn")
    cdg = Operator.objects.get(code="cdg59")
    refused = [
        (f.member(Role.PRESIDENT, operator), operator), (f.member(Role.PROGRAMME_OFFICER, operator), operator),
        (f.member(Role.FINANCE_OFFICER, cdg), cdg), (theirs, operator), (finance, somme),
    ]  # fmt: skip
    for who, named in refused:
        with pytest.raises(Refused, match="responsable des finances de la partie"):
            actions.note_reckoning(agreement, operator=named, **LINE, by=who, at=AT)
    ours = actions.note_reckoning(agreement, operator=operator, **LINE, by=finance, at=AT)
    line = actions.note_reckoning(agreement, operator=somme, **LINE, by=theirs, at=AT)
    for one, who in ((line, finance), (ours, theirs)):
        with pytest.raises(Refused, match="responsable des finances de la partie"):
            actions.withdraw_reckoning(one, by=who, at=AT)
    for _ in range(2):
        actions.withdraw_reckoning(line, by=theirs, at=AT)
    [shown] = reckonings.statements(partner("somme-numerique"), 2026)
    assert (shown.lines, shown.total, Reckoning.objects.count()) == ([ours], D("41.25"), 2)
    entries = Entry.objects.filter(verb__startswith="reckoning.")
    assert entries.filter(verb="reckoning.withdrawn").count() == 1
    assert {frozenset(entry.facts) for entry in entries} == {frozenset({"reckoning", "year"})}, "no amount"


def test_who_reads_is_the_finance_officer_or_the_presidency_of_the_operator(operator, finance, somme, theirs):
    for who, where, reads in (
        (finance, operator, True), (theirs, somme, True), (f.member(Role.PRESIDENT, somme), somme, True),
        (f.member(Role.TECHNICIAN, somme), somme, False), (f.member(Role.PROGRAMME_OFFICER, operator), operator, False),
        (theirs, operator, False),
    ):  # fmt: skip
        assert (rules.why_not_read_reckonings(who, where, on=ON) is None) == reads


@pytest.mark.parametrize(
    ("parties", "provider", "debtor"),
    [
        (("somme-numerique", "npdcn"), "somme-numerique", "npdcn"),
        (("npdcn", "cdg59"), "cdg59", "npdcn"),
        (("cdg62", "cdg59", "npdcn"), "cdg62", "npdcn"),
        (("cdg59", "cdg62"), "cdg59", "cdg62"),
    ],
)
def test_the_party_that_does_not_lead_provides_and_the_lead_owes(operator, parties, provider, debtor):
    found = reckonings.sides(list(between(*parties).parties.order_by("rank")))
    assert tuple(one.operator.code for one in found) == (provider, debtor)


def test_a_party_reads_its_own_and_the_lead_all_in_few_queries(
    operator, finance, somme, theirs, django_assert_num_queries
):
    support = between("somme-numerique", "npdcn")
    north = between("cdg59", "npdcn", number="PMC-E2")
    between("cdg59", "npdcn", number="PMC-E3", status="draft")
    between("cdg62", "npdcn", number="PMC-E5", status="ended", ends_on=date(2025, 6, 30))
    between("cdg59", "npdcn", number="PMC-E2-A1", amends=north)
    funding = between("somme-numerique", "cdg59", "npdcn", number="PMC-E4")
    article = Article.objects.create(act=f.programme().founding_act, number=6, text="Approuve.")
    Power.objects.create(programme=f.programme(), article=article, power=Power.Kind.FUNDING)
    AgreementType.objects.filter(pk=funding.type_id).update(article=article)
    for agreement in (support, north):
        actions.note_reckoning(agreement, operator=operator, **LINE, by=finance, at=AT)
    read = {
        code: [one.agreement.number for one in reckonings.statements(partner(code), 2026)]
        for code in ("npdcn", "somme-numerique", "cdg59", "cdg62")
    }
    assert read == {"npdcn": ["PMC-E1", "PMC-E2"], "somme-numerique": ["PMC-E1"], "cdg59": ["PMC-E2"], "cdg62": []}
    lead = partner("npdcn")
    others = {year: [one.agreement.number for one in reckonings.statements(lead, year)] for year in (2024, 2025, 2027)}
    assert others == {2024: [], 2025: ["PMC-E1", "PMC-E2", "PMC-E5"], 2027: []}
    with django_assert_num_queries(3):
        reckonings.statements(lead, 2026)


def test_the_statement_is_one_page_with_parties_lines_and_total_and_is_no_title(somme, theirs):
    agreement = between("somme-numerique", "npdcn")
    for unit, quantity in (("poste suivi", D(1200)), ("journée", D("0.50"))):
        actions.note_reckoning(
            agreement, operator=somme, **LINE | {"unit": unit, "quantity": quantity}, by=theirs, at=AT
        )
    [statement] = reckonings.statements(partner("somme-numerique"), 2026)
    facts = reckonings.facts(statement, at=AT)
    assert statement.total == sum(line.amount for line in statement.lines) == D("3961.65")
    assert [line[:4] for line in facts["lines"]] == [
        ["poste suivi", "1\u202f200", "3,30\u00a0€", "3\u202f960,00\u00a0€"],
        ["journée", "0,50", "3,30\u00a0€", "1,65\u00a0€"],
    ]
    assert facts["total"] == "3\u202f961,65\u00a0€"
    assert [row[0] for row in facts["parties"]] == ["Prestataire", "Redevable"]
    assert all(len(row[2].replace("\u00a0", "").replace(" ", "")) == 14 for row in facts["parties"])
    assert "ni un titre ni une facture" in facts["mention"]
    assert "n’entre dans aucune demande de paiement" in facts["mention"]
    with pikepdf.open(io.BytesIO(reckonings.as_pdf(statement, at=AT))) as pdf:
        assert len(pdf.pages) == 1
