"""From an invoice to a claim that is paid: the finance officer, the presidency, and a comptable without an account."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from socle.lib import dates
from tests.journeys.conftest import Platform
from tests.journeys.test_gestures import Hand, of_an_operator
from tests.lib import invoice_samples
from tests.mairie.conftest import pdf

pytestmark = pytest.mark.journey
__all__ = ["of_an_operator"]

OPERATION = "Mairies connectées, deuxième volet (opération fictive)"


def test_from_an_invoice_to_a_paid_claim(
    platform: Platform,
    of_an_operator: Callable[[str], AbstractContextManager[Hand]],
    look: Callable[[Page], None],
    tmp_path: Path,
) -> None:
    invoice, proof = tmp_path / "facture.pdf", tmp_path / "piece.pdf"
    today = dates.day_of(timezone.now()).isoformat()
    day = today.replace("-", "")
    invoice.write_bytes(invoice_samples.factur_x("en16931", day=day, first=day, last=day))
    proof.write_bytes(pdf())
    with of_an_operator("Maxence Exemple") as hand:
        page = hand.page
        page.goto(platform.url("/console/subventions/"))
        look(page)
        page.get_by_role("link", name=OPERATION).click()
        look(page)
        here = page.url
        page.get_by_role("link", name="Nouvelle dépense").click()
        look(page)
        hand.gestures = 0
        hand.hand_over("Facture", invoice)
        hand.press("Lire la facture")
        expect(page.get_by_role("heading", name="Confirmer la dépense")).to_be_visible()
        look(page)
        hand.choose("Catégorie", "Matériels et équipements")
        hand.press("Enregistrer la dépense")
        assert hand.gestures <= 4, "dropped, read, one field, confirmed"
        look(page)
        expect(page.get_by_text("Il manque")).to_be_visible()
        expense = page.url
        page.goto(f"{here}demandes/preparer/")
        look(page)
        expect(page.get_by_text("manque la fiche du marché")).to_be_visible()
        hand.press("Préparer cette demande")
        expect(page.get_by_role("heading", name=re.compile("Demande de paiement"))).to_be_visible()
        look(page)
        claim = page.url
    with of_an_operator("Dominique Exemple") as head:
        head.page.goto(platform.url("/console/"))
        head.page.get_by_role("link", name="Relire et certifier").click()
        head.fill("En qualité de", "Présidente")
        head.press("Certifier exact")
        expect(head.page.get_by_role("link", name="l’état certifié")).to_be_visible()
    with of_an_operator("Maxence Exemple") as hand:
        page = hand.page
        page.goto(claim)
        code = re.search(r"Code de contrôle\s*:\s*([0-9A-F]{4}-[0-9A-F]{4})", page.locator("main").inner_text())
        assert code is not None
        page.get_by_text("Enregistrer le visa du comptable").click()
        look(page)
        hand.fill("Code de contrôle", code[1])
        hand.fill("Nom du comptable", "Camille Fictif")
        hand.fill("Qualité", "comptable public")
        hand.fill("Date du visa", today)
        hand.hand_over("État visé", proof)
        hand.press("Enregistrer le visa")
        expect(page.get_by_role("link", name="l’état visé")).to_be_visible()
        hand.fill("Date", today)
        hand.press("Noter l’envoi")
        page.get_by_label(re.compile("^Lignes non acceptées")).fill("1 ; 18000 ; prix ramené au marché")
        hand.fill("Date", today)
        hand.press("Noter la réponse")
        hand.fill("Date", today)
        hand.fill(r"Montant \(€\)", "14640,00")
        hand.press("Noter l’aide reçue")
        expect(page.get_by_text("L’aide reçue est notée")).to_be_visible()
        look(page)
        with page.expect_download() as download:
            page.get_by_role("link", name=re.compile("Pièces")).click()
        assert download.value.path().stat().st_size > 1000
        page.goto(expense)
        look(page)


def test_a_file_of_expenses_is_mended_where_it_came_from(
    platform: Platform,
    of_an_operator: Callable[[str], AbstractContextManager[Hand]],
    look: Callable[[Page], None],
    tmp_path: Path,
) -> None:
    wrong = tmp_path / "depenses.csv"
    wrong.write_text(
        "Catégorie;Objet;Date de la facture;Montant HT;TVA\n"
        "materiel;Bornes de la mairie;2026-06-01;cent;20,00\nmatériaux;Câbles;2026-06-02;100,00;25,00\n",
        "utf-8",
    )
    with of_an_operator("Maxence Exemple") as hand:
        page = hand.page
        page.goto(platform.url("/console/subventions/"))
        page.get_by_role("link", name=OPERATION).click()
        page.goto(f"{page.url}depenses/")
        hand.hand_over("Fichier de dépenses", wrong)
        page.get_by_role("button", name="Importer", exact=True).click()
        rows = page.get_by_role("table", name="Les fautes du fichier").locator("tbody tr")
        expect(rows).to_have_count(2)
        expect(rows.first).to_contain_text("n’est pas un montant")
        look(page)
        page.set_viewport_size({"width": 1280, "height": 900})
        page.get_by_role("button", name="Colonne").click()
        expect(rows.first).to_contain_text("Catégorie (A)")
        look(page)
        page.set_viewport_size({"width": 1280, "height": 900})
        hand.hand_over("Fichier de dépenses", wrong)
        with page.expect_download() as download:
            hand.press("Importer, ou le rendre annoté")
        assert "Ce qui ne va pas" in download.value.path().read_text("utf-8-sig")
