"""The pages of the public door, of sign-in and of the outbox, in a real browser: accessible, valid, on any screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Page

from socle.people import personas
from socle.people.models import User
from tests import factories

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

Address = Callable[..., str]
PUBLIC = (
    "/",
    "/demonstration/",
    "/compte/connexion/",
    "/compte/mot-de-passe-oublie/",
    "/compte/mot-de-passe-oublie/message/",
    "/compte/inscription/",
    "/accessibilite/",
    "/mentions-legales/",
    "/ui/",
    "/rien/",
)
OPERATOR = ("/console/boite-denvoi/", "/compte/", "/compte/second-controle/", "/compte/second-controle/activer/")
# A window of 1,280 pixels zoomed at 200 % shows 640 of them; a small phone shows 320.
WIDTHS = (1280, 640, 320)


@pytest.fixture
def demo(settings: Any) -> None:
    settings.DEMO = True
    cache.clear()
    factories.programme()
    for insee_code in (*personas.SHARED_COMMUNES, personas.LONE_COMMUNE):
        factories.commune(insee_code, f"Commune {insee_code}", 100)
    personas.ensure_personas(by=User.objects.system(), at=factories.NOW)


def play(page: Page, address: Address, name: str) -> None:
    page.goto(address("/demonstration/"))
    page.locator(".player", has_text=name).first.get_by_role("button").click()


def look(page: Page, url: str, axe: Any, valid_html: Any) -> None:
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.goto(url)
    assert axe(page) == [], url
    response = page.request.get(url)
    assert valid_html(response.text()) == [], url
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{url} overflows a window of {width} pixels: {wide}"


@pytest.mark.usefixtures("demo")
def test_everybody_can_read_the_public_door(page: Page, address: Address, axe: Any, valid_html: Any) -> None:
    for path in PUBLIC:
        look(page, address(path), axe, valid_html)


@pytest.mark.usefixtures("demo")
def test_an_operator_can_read_the_account_and_the_outbox(
    page: Page, address: Address, axe: Any, valid_html: Any
) -> None:
    play(page, address, "Claude Exemple")
    for path in OPERATOR:
        look(page, address(path), axe, valid_html)


@pytest.mark.usefixtures("demo")
def test_in_the_dark_the_colours_still_contrast(page: Page, address: Address, axe: Any) -> None:
    page.emulate_media(color_scheme="dark")
    for path in ("/", "/ui/", "/compte/connexion/", "/demonstration/"):
        page.goto(address(path))
        assert axe(page) == [], path


@pytest.mark.usefixtures("demo")
def test_one_enters_by_the_keyboard_alone(page: Page, address: Address) -> None:
    page.goto(address("/compte/connexion/"))
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == "Aller au contenu"
    assert skip.bounding_box()["y"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    field = page.locator(":focus")
    assert field.get_attribute("name") == "login"
    assert field.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
