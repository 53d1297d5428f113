"""A passkey in a real browser, with an authenticator that Chromium simulates: made, named, used alone, removed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from playwright.sync_api import Page

from socle.people.models import Role, User
from tests import factories
from tests.people.test_sign_in import PASSWORD

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def mayor() -> User:
    cache.clear()
    factories.programme()
    person = factories.member(Role.MAYOR, factories.beneficiary())
    person.set_password(PASSWORD)
    person.save()
    return person


@pytest.fixture
def authenticator(page: Page) -> Any:
    """A device that unlocks by itself, as a finger would."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session


def where(page: Page) -> str:
    return urlsplit(page.url).path


def sign_in(page: Page, address: Callable[..., str], person: User) -> None:
    page.goto(address("/compte/connexion/"))
    page.get_by_label("Adresse électronique").fill(person.email)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()


@pytest.mark.usefixtures("authenticator")
def test_a_mayor_makes_a_passkey_and_enters_with_it_alone(
    page: Page, address: Callable[..., str], mayor: User, axe: Any, valid_html: Any
) -> None:
    sign_in(page, address, mayor)
    # The door waits for the second factor.
    page.wait_for_url("**/compte/second-controle/")
    assert axe(page) == []
    page.get_by_role("link", name="Créer une clé d’accès").click()
    if where(page) == "/compte/confirmation/":
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.get_by_role("button", name="Continuer").click()
    page.wait_for_url("**/compte/cles/nouvelle/")
    assert axe(page) == []
    page.get_by_label("Nom de cette clé").fill("Ordinateur de la mairie")
    page.get_by_role("button", name="Créer la clé").click()
    page.wait_for_url("**/compte/codes-de-secours/")
    assert axe(page) == []
    assert page.locator(".codes li").count() == 10
    page.goto(address("/mairie/"))
    assert where(page) == "/mairie/"

    # Once out, the passkey alone opens: neither password nor code.
    page.goto(address("/compte/"))
    assert axe(page) == []
    assert valid_html(page.content()) == []
    page.locator("main").get_by_role("button", name="Se déconnecter").click()
    page.goto(address("/compte/connexion/"))
    assert axe(page) == []
    page.get_by_role("button", name="Se connecter par une clé d’accès").click()
    page.wait_for_url("**/mairie/")

    # After the password, it is asked for as the second factor.
    page.context.clear_cookies()
    sign_in(page, address, mayor)
    page.wait_for_url("**/compte/second-controle/code/")
    assert axe(page) == []
    page.get_by_role("button", name="Présenter ma clé d’accès").click()
    page.wait_for_url("**/mairie/")

    page.goto(address("/compte/second-controle/"))
    assert page.get_by_text("Ordinateur de la mairie").first.is_visible()


def test_a_device_without_passkey_says_so_and_nobody_enters(
    page: Page, address: Callable[..., str], mayor: User, authenticator: Any
) -> None:
    page.goto(address("/compte/connexion/"))
    page.get_by_role("button", name="Se connecter par une clé d’accès").click()
    page.get_by_role("alert").filter(has_text="Recommencez").wait_for()
    assert where(page) == "/compte/connexion/"
    assert not Authenticator.objects.exists()
