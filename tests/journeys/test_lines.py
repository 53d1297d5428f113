"""The operators' lists in a real browser: twenty rows on the screen, one line each; several expenses typed at once."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect

from socle.grants.actions import expenses
from socle.grants.models import Expense
from socle.people import personas
from socle.people.models import User
from tests import factories as f
from tests.browser import DESKTOP, PHONE
from tests.grants.situations import opened

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

Look = Callable[[Page], None]
Enter = Callable[[str], AbstractContextManager[Page]]

# What a person sees of the rows of a list: those wholly above what covers the bottom of the screen.
SEEN = """() => {
  const bar = document.querySelector('.batch-bar');
  const bottom = bar ? Math.min(innerHeight, bar.getBoundingClientRect().top) : innerHeight;
  const rows = [...document.querySelectorAll('main tbody tr')];
  const boxes = rows.map((row) => row.getBoundingClientRect());
  const pressed = rows.flatMap((row) => [...row.querySelectorAll('a, input, button, summary')]);
  return {
    whole: boxes.filter((box) => box.top >= 0 && box.bottom <= bottom).length,
    tallest: Math.max(...boxes.map((box) => box.height)),
    smallest: Math.min(...pressed.map((one) => one.getBoundingClientRect().height)),
    over: Math.max(...[...document.querySelectorAll('.table-frame')].map((one) => one.scrollWidth - one.clientWidth)),
  };
}"""
# Two lines of the smallest words are more than this.
ONE_LINE = 32


@pytest.fixture
def operation(settings: Any) -> Any:
    """Thirty communes, thirty requests, an operation with thirty expenses whose words are long."""
    settings.DEMO = True
    cache.clear()
    f.text()
    programme = f.programme()
    by, at = User.objects.system(), timezone.now()
    for insee_code in (*personas.SHARED_COMMUNES, personas.LONE_COMMUNE):
        f.commune(insee_code, f"Commune {insee_code}", 100)
    for number in range(1, 31):
        place = f.commune(f"59{number + 900}", f"Saint-Hilaire-sur-Helpe-et-Avesnelles {number}", 900 + number)
        f.join_request(place, has_published_address=True)
    personas.ensure_personas(by=by, at=f.NOW)
    operation = opened(programme, by)
    names = "Catégorie;Objet;Fournisseur;Facture;Date de la facture;Montant HT\n"
    long = "Pose, mise en service et essais des équipements de dix mairies " * 3
    rows = "".join(f"materiel;{long}{n};{long[:150]};F-{n};12/03/2022;1234,56\n" for n in range(30))
    usual = "materiel;Armoires de brassage;Atelier du Réseau (fictif);AR-1;12/03/2022;1234,56\n"
    expenses.import_expenses(operation.partners.get(), io.BytesIO((names + rows + usual).encode()), by=by, at=at)
    return operation


def seen(page: Page) -> Any:
    page.set_viewport_size(DESKTOP)
    page.evaluate("document.activeElement?.blur()")
    return page.evaluate(SEEN)


def test_twenty_rows_are_on_the_screen_each_on_one_line_and_a_telephone_shows_one(
    operation: Any, as_person: Enter, address: Callable[..., str], look: Look
) -> None:
    with as_person("Claude Exemple") as page:
        for path in ("communes/", "communes/?etape=eligible&tri=-population", "demandes/", "journal/"):
            page.goto(address(f"/console/{path}"))
            found = seen(page)
            assert found["whole"] >= 20, (path, found)
            assert found["tallest"] <= ONE_LINE, (path, found)
            assert found["smallest"] >= 24, (path, found)
            assert found["over"] <= 1, (path, found)
            if path == "communes/":
                look(page)
        for path in ("conventions/", "installations/", "sites/", "sauvegardes/", "noms-de-domaine/", "partages/"):
            assert page.goto(address(f"/console/{path}")).status == 200  # type: ignore[union-attr]
    with as_person("Maxence Exemple") as page:
        here = address(f"/console/subventions/{operation.pk}/depenses/")
        page.goto(here)
        found = seen(page)
        assert found["whole"] >= 20, found
        assert found["tallest"] <= ONE_LINE, found
        assert found["smallest"] >= 24, found
        # What is cut short is told whole: to the mouse, and to the keyboard that comes to its row.
        cell = page.locator("tbody tr th", has_text="essais").first
        cell.hover()
        assert "essais des équipements" in (cell.get_attribute("title") or "")
        page.keyboard.press("Tab")
        cell.get_by_role("link").focus()
        assert cell.evaluate("one => one.scrollWidth <= one.clientWidth"), "nothing of it is cut"
        look(page)
        page.set_viewport_size(PHONE)
        page.goto(f"{here}?tri=subject")
        expect(page.locator("tbody tr").first).to_contain_text("Armoires de brassage")
        box = page.locator("tbody tr").first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= PHONE["height"], box


PASTE = """([place, cells]) => {
  const data = new DataTransfer();
  data.setData('text/plain', cells);
  const event = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
  document.querySelector(place).dispatchEvent(event);
}"""
CELLS = (
    "Catégorie\tObjet\tDate de la facture\tMontant HT\n"
    "Matériels et équipements\tBornes\t12/03/2022\t1\u202f234,56\u00a0€\n"
    "materiel\tCâbles\t13/03/2022\tcent"
)


def test_cells_pasted_where_one_expense_is_typed_fill_several_rows_then_one_correction_goes_to_two(
    operation: Any, as_person: Enter, address: Callable[..., str], look: Look
) -> None:
    before = Expense.objects.count()
    with as_person("Maxence Exemple") as page:
        here = address(f"/console/subventions/{operation.pk}/depenses/")
        page.goto(f"{here}nouvelle/?sans=facture")
        page.evaluate(PASTE, ["#id_subject", CELLS])
        expect(page.get_by_role("heading", name="Ce qui est lu")).to_be_visible()
        wrong = page.get_by_label("Montant HT, ligne 3")
        expect(wrong).to_have_value("cent")
        look(page)
        page.set_viewport_size(DESKTOP)
        assert Expense.objects.count() == before
        wrong.fill("100,00")
        page.get_by_role("button", name="Relire").click()
        page.get_by_role("button", name="Enregistrer les dépenses lues").click()
        expect(page.get_by_text("2 dépenses enregistrées")).to_be_visible()
        page.goto(f"{here}?q=Bornes")
        page.get_by_label("Choisir Bornes").check()
        page.get_by_label("Ce qui change").select_option(label="Catégorie")
        page.get_by_role("button", name="À la ligne cochée…").click()
        look(page)
        page.get_by_label("Catégorie").select_option(label="Prestations et logiciels")
        page.get_by_role("button", name="Corriger ces dépenses").click()
        expect(page.get_by_text("1 dépense corrigée")).to_be_visible()
    assert Expense.objects.get(subject="Bornes").category.name == "Prestations et logiciels"
