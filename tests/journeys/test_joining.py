"""A mairie asks to join and an officer answers, in a real browser: from the search to the draft."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import Page, expect

from socle.people import personas
from socle.people.models import User
from socle.territory.models import TownHall
from tests import factories as f
from tests.journeys.conftest import path_in

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

Look = Callable[[Page], None]


@pytest.fixture
def demo(settings: Any) -> None:
    settings.DEMO = True
    # The clock of the test is the real one; how long a person takes to write is not under test here.
    settings.SOCLE_JOINING_SECONDS = 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()
    f.programme()
    TownHall.objects.create(commune=f.commune("59072", "Bersillies", 237), email="mairie@bersillies.invalid")
    for insee_code in (*personas.SHARED_COMMUNES, personas.LONE_COMMUNE):
        f.commune(insee_code, f"Commune {insee_code}", 100)
    personas.ensure_personas(by=User.objects.system(), at=f.NOW)


def link_of(subject: str) -> str:
    """The path of the link in the latest letter of this subject."""
    letter = next(one for one in reversed(mail.outbox) if subject in one.subject)
    return path_in(letter.body)


@pytest.mark.usefixtures("demo")
def test_a_mairie_asks_and_its_agreement_is_drafted(page: Page, address: Callable[..., str], look: Look) -> None:
    page.goto(address("/"))
    page.get_by_role("link", name="demander à adhérer").first.click()
    look(page)
    page.get_by_role("link", name="Demander à adhérer").click()
    page.get_by_label("Commune", exact=True).fill("bersil")
    page.get_by_role("button", name="Chercher").click()
    look(page)
    page.get_by_role("link", name="Demander Bersillies").click()
    page.get_by_role("button", name="Envoyer la demande").click()
    look(page)
    page.get_by_label("Prénom et nom").fill("Noa Exemple")
    page.get_by_label("secrétariat ou direction").check()
    page.get_by_label("Adresse électronique").fill("noa@exemple.invalid")
    page.get_by_label("Site internet").check()
    page.get_by_role("button", name="Envoyer la demande").click()
    expect(page.get_by_text("noa@exemple.invalid")).to_be_visible()
    look(page)

    page.goto(address(link_of("Confirmez la demande")))
    look(page)
    page.get_by_role("button", name="Confirmer la demande").click()
    expect(page.get_by_role("heading", name="Demande d’adhésion")).to_be_visible()
    look(page)
    page.goto(address(link_of("au nom de votre mairie")))
    look(page)

    page.goto(address("/demonstration/"))
    page.locator(".player", has_text="Claude Exemple").first.get_by_role("button").click()
    page.goto(address(link_of("Nouvelle demande")))
    expect(page.get_by_role("heading", name="Bersillies", level=1)).to_be_visible()
    look(page)
    page.get_by_role("button", name="J’ai appelé la mairie").click()
    page.get_by_role("button", name="Dire la demande recevable").click()
    page.get_by_label("À partir du").fill("2099-03-01")
    page.get_by_label("Vague").fill("Avesnois")
    page.get_by_role("button", name="Planifier").click()
    expect(page.get_by_text("La demande est planifiée")).to_be_visible()
    look(page)
    page.goto(address("/console/demandes/"))
    look(page)
    page.get_by_role("link", name="Bersillies").click()
    page.get_by_role("button", name="Inscrire et rédiger").click()
    expect(page.get_by_text("complétez-le")).to_be_visible()
    assert "/console/conventions/" in page.url
    # The mairie is told, invited, and reads the last of its five steps.
    assert [one.to for one in mail.outbox if "vous invite" in one.subject] == [["noa@exemple.invalid"]]
    page.goto(address(link_of("convention est en rédaction")))
    expect(page.locator(".step-done")).to_have_count(5)
