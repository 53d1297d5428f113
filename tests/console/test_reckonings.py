"""« Finances », reckonings: a year noted by a party, its statement, and what another reads of it: nothing."""

import io
import re

import pytest
from bs4 import BeautifulSoup
from openpyxl import load_workbook

from socle.people.models import Operator, Role, User
from socle.revenue.models import Reckoning
from tests import factories as f
from tests.console import test_gestures
from tests.console.test_meter import text
from tests.revenue.conftest import between

PAGE = "/console/finances/decomptes/"
LINE = {"year": "2026", "unit": "poste suivi", "quantity": "12,5", "unit_cost": "731,19 €", "source": "état annuel"}
AMOUNT = "9 139,88 €"
PDF = f"{PAGE}2026/PMC-E1.pdf"


def said(answer) -> str:
    return test_gestures.said(answer).replace("\u00a0", " ").replace("\u202f", " ")


@pytest.fixture
def bound(world, enter):
    """An agreement between Somme Numérique, which sees no amount, and the lead; the finance officers of two parties."""
    agreement = between("somme-numerique", "npdcn")
    between("cdg59", "npdcn", number="PMC-E2")
    for code in ("somme-numerique", "cdg59"):
        world.people[f"{code} finance"] = f.member(Role.FINANCE_OFFICER, Operator.objects.get(code=code))
    User.objects.update(is_fictitious=True)
    return agreement


@pytest.mark.slow
def test_a_party_that_sees_no_amount_notes_and_reads_its_own_reckoning(bound, enter):
    somme = enter("somme-numerique finance")
    page = somme.get(PAGE)
    assert "Rien de noté pour 2026" in text(page)
    assert "n’entre dans aucune demande de paiement" in text(page)
    assert "PMC-E2" not in text(page)
    assert somme.get(PDF).status_code == 404, "nothing is noted"
    for wrong, why in (
        ({"quantity": "beaucoup"}, "Écrivez un nombre"),
        ({"source": ""}, "Dites où ces chiffres se lisent"),
        ({"year": "2024"}, "n’était pas en vigueur en 2024"),
        ({"agreement": "x"}, "Choisissez la convention"),
    ):
        answer = somme.post(f"{PAGE}noter/", LINE | {"agreement": bound.pk} | wrong)
        assert (answer.status_code, why in text(answer)) == (422, True), wrong
    assert AMOUNT in said(somme.post(f"{PAGE}noter/", LINE | {"agreement": bound.pk, "amount": "1"}, follow=True))
    assert re.search(
        rf"Total {AMOUNT}.*poste suivi \(fictif\) état annuel.*12,50 731,19 € {AMOUNT}", text(somme.get(PAGE))
    )
    line = somme.get("/console/finances/decomptes.csv").getvalue().decode("utf-8-sig").splitlines()[1]
    assert line.startswith("2026;PMC-E1;Somme Numérique;Syndicat mixte d’essai;poste suivi;12,50;731,19;9139,88;")
    book = load_workbook(io.BytesIO(somme.get("/console/finances/decomptes.xlsx").getvalue())).active
    assert book["H2"].value == 9139.88
    pdf = somme.get(PDF)
    assert (pdf["Content-Type"], pdf.getvalue()[:5]) == ("application/pdf", b"%PDF-")
    assert "C’est retiré" in said(somme.post(f"{PAGE}retirer/", {"decompte": Reckoning.objects.get().pk}, follow=True))
    assert AMOUNT not in text(somme.get(PAGE))


@pytest.mark.slow
def test_the_lead_reads_all_and_takes_back_only_what_it_noted(bound, enter):
    somme, lead = enter("somme-numerique finance"), enter("finance")
    somme.post(f"{PAGE}noter/", LINE | {"agreement": bound.pk})
    page = lead.get(PAGE)
    assert AMOUNT in text(page)
    assert "PMC-E2" in text(page)
    assert BeautifulSoup(page.content, "html.parser").select_one("form[action$='retirer/']") is None
    line = Reckoning.objects.get()
    assert "responsable des finances de la partie" in said(
        lead.post(f"{PAGE}retirer/", {"decompte": line.pk}, follow=True)
    )
    assert lead.get(PDF).status_code == 200
    president = enter("president").get(PAGE)
    assert AMOUNT in text(president)
    assert not BeautifulSoup(president.content, "html.parser").select("main form[method=post]")
    refused = enter("president").post(f"{PAGE}noter/", LINE | {"agreement": bound.pk}, follow=True)
    assert "responsable des finances de la partie" in said(refused)
    link = BeautifulSoup(lead.get("/console/finances/contributions/").content, "html.parser")
    assert link.select_one(f"main a[href='{PAGE}'], a[href='{PAGE}']") is not None
    assert Reckoning.objects.count() == 1


@pytest.mark.slow
def test_another_finds_nothing_of_it_and_the_technician_of_a_party_reads_no_amount(bound, enter):
    enter("somme-numerique finance").post(f"{PAGE}noter/", LINE | {"agreement": bound.pk})
    other, line = enter("cdg59 finance"), Reckoning.objects.get()
    page = other.get(PAGE)
    assert ("PMC-E2" in text(page), "PMC-E1" in text(page), AMOUNT in text(page)) == (True, False, False)
    assert other.get(PDF).status_code == 404
    assert other.post(f"{PAGE}retirer/", {"decompte": line.pk}).status_code == 404
    assert other.post(f"{PAGE}retirer/", {"decompte": "x"}).status_code == 404
    answer = other.post(f"{PAGE}noter/", LINE | {"agreement": bound.pk})
    assert (answer.status_code, Reckoning.objects.count()) == (422, 1)
    assert other.get("/console/finances/decomptes.csv").getvalue().decode().count("\n") == 1
    for who in ("somme", "officer", "cdg62"):
        for address in (PAGE, PDF, "/console/finances/decomptes.csv"):
            assert enter(who).get(address).status_code == 403, (who, address)
        for address in ("noter/", "retirer/"):
            assert enter(who).post(f"{PAGE}{address}", {"decompte": line.pk}).status_code == 403
    for who in ("somme", "cdg59 finance"):
        for address in ("/console/", "/console/journal/", "/console/conventions/"):
            assert AMOUNT not in text(enter(who).get(address))
    assert "9139" not in enter("finance").get("/console/journal.csv").getvalue().decode()


@pytest.mark.parametrize("year", ["2027", "1900", "abcd", "", "²026"])
def test_a_strange_year_still_shows_the_page_and_has_no_statement(bound, enter, year):
    finance = enter("finance")
    assert finance.get(f"{PAGE}?annee={year}").status_code == 200
    if year.isascii() and year.isdigit():
        assert finance.get(f"{PAGE}{year}/PMC-E1.pdf").status_code == 404
