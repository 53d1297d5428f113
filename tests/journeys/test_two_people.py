"""Two people, one form, in two windows: the second is told at each door, with scripts and without; nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as conf
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import expect

from socle.people.models import Role, User
from tests import factories as f
from tests.browser import PHONE, watched_context
from tests.sites.conftest import equipped

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
FIRST, SECOND = "Salle des fêtes, 1 rue Fictive", "Foyer rural, 2 rue Fictive"


def told(page: Page, field: str, button: str, look: Callable[[Page], None] | None) -> None:
    """What this window shows once it has sent what another changed: both texts, and each press does what it says."""
    page.locator(f"[name={field}]").fill(SECOND)
    page.get_by_role("button", name=button, exact=True).click()
    told = page.locator(".meanwhile")
    expect(told).to_contain_text(FIRST)
    expect(told).to_contain_text(SECOND)
    expect(page.locator(f"[name={field}]")).to_have_value(SECOND)
    if look is not None:
        look(page)
    told.get_by_role("button", name="Garder ce qui est enregistré").click()
    expect(page.locator(f"[name={field}]")).to_have_value(FIRST)
    expect(page.locator(".meanwhile")).to_have_count(0)


@contextmanager
def window(browser: Browser, person: User, address: Callable[..., str], *, scripts: bool) -> Iterator[Page]:
    """A telephone of this person, signed in."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    cookie = client.cookies[conf.SESSION_COOKIE_NAME].value
    with (
        watched_context(browser, viewport=PHONE)
        if scripts
        else browser.new_context(locale="fr-FR", viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    ) as context:
        context.add_cookies([{"name": conf.SESSION_COOKIE_NAME, "value": cookie, "url": address("/")}])
        yield context.new_page()


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize(
    ("path", "field", "button"),
    [
        ("/mairie/seances/assemblee/", "place", "Enregistrer"),
        ("/console/seances/assemblee/", "place", "Enregistrer"),
        ("/mairie/site/coordonnees/", "address", "Publier"),
    ],
)
def test_the_second_is_told_and_loses_nothing(
    browser: Browser,
    address: Callable[..., str],
    look: Callable[[Page], None],
    settings: Any,
    tmp_path: Path,
    scripts: bool,
    path: str,
    field: str,
    button: str,
) -> None:
    settings.MEDIA_ROOT, settings.SECOND_FACTOR_ROLES = tmp_path, []
    cache.clear()
    place = equipped("59474", "Prisches").beneficiary
    programme = f.programme()
    people = [
        f.member(Role.ASSEMBLY_SECRETARY, programme.lead(), email=f"{name}@exemple.invalid")
        if path.startswith("/console/")
        else f.member(Role.SECRETARY, place, email=f"{name}@exemple.invalid")
        for name in ("une", "deux")
    ]
    here = window(browser, people[0], address, scripts=True)
    with here as first, window(browser, people[1], address, scripts=scripts) as second:
        for page in (first, second):
            page.goto(address(path))
        first.locator(f"[name={field}]").fill(FIRST)
        first.get_by_role("button", name=button, exact=True).click()
        expect(first.get_by_role("heading", level=1)).to_be_visible()
        told(second, field, button, look if scripts and "site" not in path else None)
        second.locator(f"[name={field}]").fill(SECOND)
        second.get_by_role("button", name=button, exact=True).click()
        expect(second.locator(".meanwhile")).to_have_count(0)
