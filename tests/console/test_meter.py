"""« Finances »: who reads the meter and notes its figures, and what a president reads before signing."""

import pytest
from bs4 import BeautifulSoup

from socle.revenue.models import Ceiling, Receipt
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
    assert "Rien n’est choisi" in said(finance.post(f"{PAGE}retirer/", {"recette": "x"}, follow=True))
    for name, thing in (("recette", receipt), ("plafond", ceiling)):
        assert "C’est retiré" in said(finance.post(f"{PAGE}retirer/", {name: thing.pk}, follow=True))
    assert "inconnue" in text(finance.get(PAGE))


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


def test_a_president_reads_the_share_before_signing_and_the_centre_de_gestion_does_not(world, enter):
    enter("finance").post(f"{PAGE}noter/", FIGURE)
    page = f"/console/conventions/{world.ready}/signer/"
    told = text(enter("president").get(page))
    assert "l’activité accessoire ferait 0,12 % des recettes de 2026 ; aucun plafond voté" in told
    assert "activité accessoire" not in text(enter("cdg59_president").get(page))
