"""Finding one's way in the lists, in a real browser: the search at hand, a filter found again, a file taken away."""

from __future__ import annotations

import csv
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from socle.people import personas
from socle.people.models import User
from tests import factories as f

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

Look = Callable[[Page], None]
Enter = Callable[[str], AbstractContextManager[Page]]


@pytest.fixture
def demo(settings: Any) -> None:
    settings.DEMO = True
    cache.clear()
    f.programme()
    for insee_code in (*personas.SHARED_COMMUNES, personas.LONE_COMMUNE):
        f.commune(insee_code, f"Commune {insee_code}", 100)
    for insee_code, name in (("62765", "Saint-Omer"), ("59535", "Saint-Hilaire-sur-Helpe"), ("59580", "Steenvoorde")):
        f.join_request(f.commune(insee_code, name, 900), has_published_address=True)
    personas.ensure_personas(by=User.objects.system(), at=f.NOW)


def taken(page: Page, format: str) -> bytes:
    """What the browser downloads of the list shown."""
    with page.expect_download() as download:
        page.locator(".exports").get_by_role("link", name=format).click()
    assert download.value.suggested_filename.endswith(f".{format.lower()}")
    return download.value.path().read_bytes()


@pytest.mark.usefixtures("demo")
def test_an_officer_finds_a_filter_again_acts_on_it_and_takes_its_file_away(as_person: Enter, look: Look) -> None:
    with as_person("Claude Exemple") as page:
        expect(page.get_by_role("searchbox", name="Chercher dans toute la console")).not_to_be_focused()
        # The key is listened to once the scripts of the page have run.
        page.wait_for_load_state("load")
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox", name="Chercher dans toute la console")).to_be_focused()
        page.keyboard.type("st hil")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Saint-Hilaire-sur-Helpe").click()
        page.get_by_role("link", name="ADH-TEST2").click()
        page.get_by_role("link", name="Page de la commune").click()
        expect(page.get_by_role("heading", name="Demande d’adhésion")).to_be_visible()

        page.get_by_role("link", name="Aujourd’hui").click()
        page.get_by_role("link", name="Demandes", exact=True).first.click()
        page.get_by_label("Recherche").fill("st")
        page.get_by_role("button", name="Filtrer").click()
        page.locator("summary", has_text="Enregistrer ce filtre").click()
        page.get_by_label("Retrouver ce filtre sous le nom").fill("Les saints")
        page.get_by_role("button", name="Enregistrer ce filtre").click()
        page.get_by_role("link", name="Tout montrer").click()
        page.get_by_role("link", name="Les saints").click()
        expect(page.locator("tbody tr")).to_have_count(3)
        rows = csv.reader(taken(page, "CSV").decode("utf-8-sig").splitlines(), delimiter=";")
        assert {row[1] for row in rows} >= {"Saint-Omer", "Saint-Hilaire-sur-Helpe", "Steenvoorde"}
        look(page)

        page.get_by_label("Faire à plusieurs lignes").select_option(index=1)
        page.get_by_role("button", name="Aux 3 lignes de la liste").click()
        expect(page.get_by_text("à faire", exact=True)).to_be_visible()
        look(page)


@pytest.mark.usefixtures("demo")
def test_a_mairie_takes_its_journal_away(as_person: Enter, look: Look) -> None:
    with as_person("Secrétaire de mairie") as page:
        page.get_by_role("link", name="Plus", exact=True).click()
        look(page)
        page.get_by_role("link", name="Qui a vu et fait quoi").click()
        assert taken(page, "XLSX").startswith(b"PK")
        look(page)
        page.get_by_role("link", name="Plus", exact=True).first.click()
        page.get_by_role("link", name="Journal", exact=True).click()
        expect(page.get_by_text("Liste nommant des personnes exportée")).to_be_visible()
