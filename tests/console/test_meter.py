"""« Finances »: who reads the meter and notes its figures, and what a president reads before signing."""

import pytest
from bs4 import BeautifulSoup

from socle.revenue.models import Ceiling, CostSheet, Receipt
from tests import factories as f
from tests.console.test_gestures import said

PAGE = "/console/finances/"
FIGURE = {"year": "2026", "kind": "total", "state": "budgeted", "amount": "18 400 000,50 €", "source": "budget, page 3"}


def text(answer) -> str:
    words = BeautifulSoup(answer.content, "html.parser").get_text(" ", strip=True)
    return words.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.slow
def test_the_finance_officer_notes_figures_and_a_ceiling_and_takes_them_back(world, enter):
    finance = enter("finance")
    assert "Notez le total des recettes" in text(finance.get(PAGE))
    for wrong, why in (
        ({"amount": "beaucoup"}, "Écrivez un montant"),
        ({"source": ""}, "Dites où ce montant se lit"),
        ({"year": "3000"}, "2100"),
    ):
        answer = finance.post(f"{PAGE}noter/", FIGURE | wrong)
        assert (answer.status_code, why in text(answer)) == (422, True)
    assert "18 400 000,50 € notés pour 2026" in text(finance.post(f"{PAGE}noter/", FIGURE, follow=True))
    act = f.act(world.programme.lead(), "2026-P1")
    early = f.act(world.programme.lead(), "2026-P2", published_on=None)
    voted = {"share": "5", "first_year": "2026"}
    answer = finance.post(f"{PAGE}plafond/", voted | {"act": early.pk})
    assert (answer.status_code, "n’est pas exécutoire" in text(answer)) == (422, True)
    finance.post(f"{PAGE}plafond/", voted | {"act": act.pk})
    assert "le plafond voté est de 5,00 % (Délibération n° 2026-P1)" in text(finance.get(PAGE))
    lines = finance.get("/console/finances.csv").getvalue().decode().splitlines()
    assert "18400000,50" in lines[1]
    receipt, ceiling = Receipt.objects.get(), Ceiling.objects.get()
    for nothing in ("x", "²", "9" * 5000):
        assert "Rien n’est choisi" in said(finance.post(f"{PAGE}retirer/", {"recette": nothing}, follow=True))
    for name, thing in (("recette", receipt), ("plafond", ceiling)):
        assert "C’est retiré" in said(finance.post(f"{PAGE}retirer/", {name: thing.pk}, follow=True))
    assert "inconnue" in text(finance.get(PAGE))


@pytest.mark.slow
def test_others_read_and_note_nothing_and_who_sees_no_amount_reads_nothing(world, enter):
    officer, somme = enter("officer"), enter("somme")
    assert BeautifulSoup(officer.get(PAGE).content, "html.parser").select_one("form[action$='noter/']") is None
    assert "responsable des finances" in text(officer.post(f"{PAGE}noter/", FIGURE, follow=True))
    for address in ("noter/", "plafond/", "retirer/"):
        assert somme.post(f"{PAGE}{address}", FIGURE).status_code in (302, 403)
    assert not Receipt.objects.exists()
    assert "Finances" not in text(somme.get("/console/"))
    # Another operator's figures are not there to be taken back.
    enter("finance").post(f"{PAGE}noter/", FIGURE)
    receipt = Receipt.objects.get()
    assert enter("cdg59").post(f"{PAGE}retirer/", {"recette": receipt.pk}).status_code == 404
    assert enter("cdg59").get("/console/finances.csv").getvalue().decode().count("\n") == 1


@pytest.mark.slow
def test_a_president_reads_the_share_before_signing_and_the_centre_de_gestion_does_not(world, enter):
    enter("finance").post(f"{PAGE}noter/", FIGURE)
    page = f"/console/conventions/{world.ready}/signer/"
    told = text(enter("president").get(page))
    assert "l’activité accessoire ferait 0,12 % des recettes de 2026 ; aucun plafond voté" in told
    assert "activité accessoire" not in text(enter("cdg59_president").get(page))


COST = {
    "year": "2026", "direct_costs": "9 000,50", "overhead": "100", "depreciation": "0", "grants_received": "1 800,50",
    "source": "comptabilité analytique",
}  # fmt: skip


@pytest.mark.slow
def test_the_finance_officer_notes_the_cost_behind_a_price_and_takes_it_back(world, enter):
    finance, kind = enter("finance"), world.programme.tripartite()
    assert "Coût inconnu en 2026" in text(finance.get(PAGE))
    assert "Pas de bénéfice" not in text(finance.get(PAGE))
    for wrong, why in (
        ({"overhead": "peu"}, "Écrivez un montant"),
        ({"source": ""}, "Dites où ces montants se lisent"),
        ({"kind": "0"}, "Choisissez la convention"),
        ({"year": "3000"}, "2100"),
    ):
        answer = finance.post(f"{PAGE}noter-un-cout/", COST | {"kind": kind.pk} | wrong)
        assert (answer.status_code, why in text(answer)) == (422, True), wrong
    finance.post(f"{PAGE}noter-un-cout/", COST | {"kind": kind.pk})
    told = text(finance.get(PAGE))
    assert "Recettes au-delà du coût Une convention coûte 7 300,00 € en 2026, aides déduites, pour un prix de" in told
    assert "déjà notée" in text(finance.post(f"{PAGE}noter-un-cout/", COST | {"kind": kind.pk}))
    line = finance.get("/console/finances/couts.csv").getvalue().decode("utf-8-sig").splitlines()[1]
    assert ";9000,50;100,00;0,00;9100,50;1800,50;7300,00;comptabilité analytique;" in line
    sheet = CostSheet.objects.get()
    for who in ("officer", "cdg59"):
        stranger = enter(who)
        stranger.post(f"{PAGE}noter-un-cout/", COST | {"kind": kind.pk, "year": "2025"})
        stranger.post(f"{PAGE}retirer/", {"fiche": sheet.pk})
        assert CostSheet.objects.get().withdrawn_at is None
    assert "Coût derrière chaque prix" not in text(enter("cdg59").get(PAGE))
    assert "C’est retiré" in said(finance.post(f"{PAGE}retirer/", {"fiche": sheet.pk}, follow=True))
    assert "Coût inconnu en 2026" in text(finance.get(PAGE))
    finance.post(f"{PAGE}noter-un-cout/", COST | {"kind": kind.pk, "direct_costs": "9 019,95"})
    assert "Pas de bénéfice Une convention coûte" in text(finance.get(PAGE))
