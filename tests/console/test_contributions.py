"""« Finances », contributions: a year from its blocked lines to its titles read back, and who reads none of it."""

import io

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django_scopes import scopes_disabled
from openpyxl import load_workbook

from socle.agreements.models import Agreement
from socle.lib.spreadsheet import as_csv
from socle.revenue import sheets
from socle.revenue.models import CallSettings, Contribution, Debtor
from tests import factories as f
from tests.console import test_gestures
from tests.console.conftest import PRICE
from tests.console.test_meter import text

PAGE = "/console/finances/contributions/"
REGIME = "hors du champ de la TVA"
HOW = {
    "vat_rate": "20", "vat_source": "avis", "prorata": "days", "prorata_source": "avis", "payment_days": "30",
    "budget": "01", "account": "74748", "function": "020",
}  # fmt: skip
ANSWER = (sheets.REFERENCE, *sheets.ANSWERS.values())


def said(answer) -> str:
    return test_gestures.said(answer).replace("\u00a0", " ").replace("\u202f", " ")


def handed(rows) -> SimpleUploadedFile:
    return SimpleUploadedFile("titres.csv", as_csv(ANSWER, rows))


@pytest.mark.slow
def test_the_finance_officer_sees_what_is_blocked_exports_what_is_ready_and_reads_the_titles(world, enter):
    finance = enter("finance")
    with scopes_disabled():
        Agreement.objects.filter(number=world.signed).update(starts_on=f.TODAY.replace(month=1, day=1))
    page = finance.get(PAGE)
    assert "Le taux de TVA du régime « hors du champ de la TVA » n’est pas noté. Auprès de : la personne" in text(page)
    assert "Aucune ligne n’est prête" in text(page)
    how = BeautifulSoup(page.content, "html.parser").select_one("a[href*='contributions/reglages']")["href"]
    wrong = finance.post(how, HOW | {"vat_rate": "80"})
    assert (wrong.status_code, CallSettings.objects.exists()) == (422, False)
    assert "les lignes à venir suivent" in said(finance.post(how, HOW, follow=True))
    debtor = f"{PAGE}debiteurs/{world.signed}/"
    wrong = finance.post(debtor, {"engagement": "E1"})
    assert (wrong.status_code, "écrivez lequel" in text(wrong)) == (422, True)
    finance.post(debtor, {"is_engagement_required": "on"})
    assert "numéro d’engagement de 2026 que ce débiteur exige manque. Auprès de : la mairie." in text(finance.get(PAGE))
    finance.post(debtor, {"is_engagement_required": "on", "engagement": "E1", "engagement_year": "2026"})
    page = finance.get(f"{PAGE}?etat=ready")
    assert "1 ligne prête, 8 783,34 € TTC" in text(page)
    form = BeautifulSoup(page.content, "html.parser").select_one("form[action$='exporter/']")
    seen = {field["name"]: field["value"] for field in form.select("input")}
    assert "Des lignes ont changé" in said(finance.post(f"{PAGE}exporter/", seen | {"vu": "9:1"}, follow=True))
    assert "Export n° 1 : 1 ligne, 8 783,34 €" in said(finance.post(f"{PAGE}exporter/", seen, follow=True))
    assert "ne s’exporte qu’une fois" in said(finance.post(f"{PAGE}exporter/", seen, follow=True))
    first = finance.get(f"{PAGE}2026/export-1.csv").getvalue()
    assert first == finance.get(f"{PAGE}2026/export-1.csv").getvalue()
    assert b"Socle n\xe2\x80\x99\xc3\xa9met ni titre ni facture" in first
    assert finance.get(f"{PAGE}2026/export-2.csv").status_code == 404
    book = load_workbook(io.BytesIO(finance.get(f"{PAGE}2026/export-1.xlsx").getvalue())).active
    assert book["L2"].value == 8783.34
    reference = f"{world.signed}/2026"
    answer = finance.post(f"{PAGE}relire/", {"file": handed([(reference, "1", "2", f.TODAY, -1, 0)])})
    assert (answer.status_code, "Rien n’est relu" in text(answer)) == (422, True)
    assert "Ligne 2, colonne « Encaissé » (E) : un montant négatif" in text(answer)
    for wrong in ({}, {"file": SimpleUploadedFile("titres.csv", b"Nom\r\nx\r\n")}):
        assert finance.post(f"{PAGE}relire/", wrong).status_code == 422
    paid = [(reference, "1", "2", f.TODAY, "83,34", "8700")]
    assert "1 ligne à jour" in said(finance.post(f"{PAGE}relire/", {"file": handed(paid)}, follow=True))
    assert "rien de nouveau" in said(finance.post(f"{PAGE}relire/", {"file": handed(paid)}, follow=True))
    told = text(finance.get(PAGE))
    assert "Titre 2 du 25/11/2026 , bordereau 1. Encaissé : 83,34 € , reste : 8 700,00 €" in told
    assert "Appelé 8 783,34 € Encaissé 83,34 € Reste à recouvrer 8 700,00 €" in told
    lines = finance.get("/console/finances/contributions.csv?annee=2026").getvalue().decode("utf-8-sig").splitlines()
    assert lines[1].startswith(f"{reference};appelée;{world.signed};")
    assert lines[1].endswith(";1;2;2026-11-25;83,34;8700,00")


@pytest.mark.slow
def test_others_read_and_call_nothing_and_who_sees_no_amount_reads_nothing(world, enter):
    officer = enter("officer")
    page = officer.get(PAGE)
    assert page.status_code == 200
    assert not BeautifulSoup(page.content, "html.parser").select(
        "main form[method=post], a[href*='contributions/reglages']"
    )
    acts = {"exporter/": {"annee": "2026"}, "relire/": {"file": handed([])}}
    for address, posted in acts.items():
        assert "responsable des finances" in text(officer.post(f"{PAGE}{address}", posted, follow=True))
    forms = {f"debiteurs/{world.signed}/": {"service_code": "X"}, f"reglages/?regime={REGIME}": HOW}
    for who in ("officer", "president", "cdg59", "somme"):
        for address, posted in (forms if who in ("officer", "president") else acts | forms).items():
            assert enter(who).post(f"{PAGE}{address}", posted).status_code == 403, (who, address)
    for who in ("cdg62", "somme"):
        answer = enter(who).get(PAGE)
        assert answer.status_code == 403
        assert "Contributions" not in text(enter(who).get("/console/"))
        assert enter(who).get(f"{PAGE}2026/export-1.csv").status_code == 403
    with scopes_disabled():
        assert [one.objects.count() for one in (Contribution, CallSettings, Debtor)] == [0, 0, 0]
    assert str(PRICE).replace(".", ",") not in text(enter("somme").get("/console/"))


@pytest.mark.parametrize("year", ["2026", "1900", "abcd", "", "²026"])
def test_a_strange_year_still_shows_the_page_and_one_to_come_exports_nothing(world, enter, year):
    finance = enter("finance")
    assert finance.get(f"{PAGE}?annee={year}&etat=autre&page=x").status_code == 200
    assert "n’a pas commencé" in said(finance.post(f"{PAGE}exporter/", {"annee": "2027"}, follow=True))
    assert finance.get(f"{PAGE}reglages/?regime=inconnu").status_code == 404
    assert finance.get(f"{PAGE}debiteurs/PMC-2026-9999/").status_code == 404
