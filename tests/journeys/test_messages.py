"""An inhabitant writes to the mairie on a telephone, the secretary answers: in a real browser, without a script."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as conf
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django_scopes import scopes_disabled
from playwright.sync_api import Browser, Page, expect

from socle.inbox import emails
from socle.inbox.models import ContactMessage
from socle.people.models import User
from tests import factories as f
from tests.browser import PHONE
from tests.journeys.conftest import path_in
from tests.sites.conftest import equipped, secretary

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def sign_in(page: Page, person: User, address: Callable[..., str]) -> None:
    """Give the window a session of this person."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(person)
    cookie = client.cookies[conf.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": conf.SESSION_COOKIE_NAME, "value": cookie, "url": address("/")}])


def test_an_inhabitant_writes_on_a_telephone_and_the_secretary_answers(
    browser: Browser,
    page: Page,
    address: Callable[..., str],
    look: Callable[[Page], None],
    settings: Any,
    tmp_path: Any,
) -> None:
    settings.MEDIA_ROOT = tmp_path
    # How long a person takes to write is not under test here.
    settings.SOCLE_JOINING_SECONDS = 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()
    website = equipped("59474", "Prisches")
    person = secretary(website.beneficiary)
    User.objects.update(is_fictitious=True)

    without_script = browser.new_context(locale="fr-FR", viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    phone = without_script.new_page()
    phone.goto(address("/contact/", host="prisches"))
    phone.get_by_role("link", name="Écrire à la mairie").click()
    phone.get_by_role("button", name="Envoyer le message").click()
    expect(phone.get_by_role("heading", name="À corriger")).to_be_visible()
    phone.get_by_label("Prénom et nom").fill("Noa Exemple")
    phone.get_by_label("Adresse électronique").fill("noa@exemple.invalid")
    phone.get_by_label("Vous écrivez pour").select_option("Une question")
    phone.get_by_label("Votre message").fill("La mairie est-elle ouverte samedi ?")
    phone.get_by_role("button", name="Envoyer le message").click()
    expect(phone.get_by_role("heading", name="Votre message est arrivé")).to_be_visible()
    assert not without_script.cookies()
    without_script.close()
    emails.send_due(at=timezone.now())

    sign_in(page, person, address)
    told = next(one for one in mail.outbox if one.to == [person.email])
    page.goto(address(path_in(told.body)))
    look(page)
    page.get_by_label("Votre réponse").fill("Oui, de 9 h à 11 h 45.")
    page.get_by_role("button", name="Envoyer la réponse").click()
    expect(page.get_by_text("Votre réponse part par courriel")).to_be_visible()
    emails.send_due(at=timezone.now())
    assert "Oui, de 9 h à 11 h 45." in next(one for one in reversed(mail.outbox) if "Oui" in one.body).body
    page.get_by_role("button", name="Classer").click()
    expect(page.get_by_text("Message classé")).to_be_visible()
    page.goto(address("/mairie/messages/?etat=classes"))
    expect(page.get_by_role("link", name="Noa Exemple")).to_be_visible()
    look(page)
    for path in ("/_/contact/", "/_/contact/conditions/", "/_/alertes/"):
        page.goto(address(path, host="prisches"))
        look(page)


def test_paper_16_a_secretary_proposes_notes_the_visa_and_eliminates(
    page: Page, address: Callable[..., str], look: Callable[[Page], None], settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    website = equipped("59474", "Prisches")
    person = secretary(website.beneficiary)
    User.objects.update(is_fictitious=True)
    old = timezone.now() - timedelta(days=500)
    f.contact_message(website.beneficiary, status="closed", received_at=old, moved_at=old)
    sign_in(page, person, address)
    page.goto(address("/mairie/messages/?etat=au-terme"))
    look(page)
    page.get_by_role("link", name="archives et éliminations").click()
    look(page)
    page.get_by_role("button", name="Préparer le bordereau").click()
    page.get_by_role("button", name="Noter le visa").click()
    look(page)
    page.get_by_label("Date du visa").fill(f"{timezone.localdate():%Y-%m-%d}")
    page.get_by_label("Service qui a visé").fill("Archives départementales du Nord")
    page.get_by_role("button", name="Noter le visa").click()
    look(page)
    page.get_by_text("Éliminer ce que liste ce bordereau").click()
    page.get_by_role("button", name="Éliminer", exact=True).click()
    expect(page.get_by_text("Visé le")).to_be_visible()
    look(page)
    with scopes_disabled():
        assert not ContactMessage.objects.exists()
