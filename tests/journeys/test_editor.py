"""The editor of the communes' websites, which is Wagtail's: what it says to assistive technology, on a phone too."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import DESKTOP, PHONE, watched_context
from tests.journeys.conftest import Platform

pytestmark = pytest.mark.journey

EDITOR = "/mairie/site/"
# Wagtail's own, explained in docs/dev/accessibility.md. Whatever else appears is new, or ours to mend.
OF_WAGTAIL = {"pages/search/?q=site": {"aria-allowed-role", "heading-order"}}
SCREENS = (
    "",
    "conseil/",
    "annuaire/",
    "importer/",
    "menus/",
    "coordonnees/",
    "apparence/",
    "images/",
    "images/add/",
    "documents/",
    "documents/add/",
    "pages/search/?q=site",
)


def pages_of_the_site(page: Page, platform: Platform) -> list[str]:
    """The address of the list of pages, then of the form of each of them, seen from the editor's home."""
    page.goto(platform.url(EDITOR))
    listing = page.locator(f"a[href^='{EDITOR}pages/']").first.get_attribute("href")
    assert listing
    page.goto(platform.url(listing))
    found = page.eval_on_selector_all("a[href$='/edit/']", "links => links.map(link => link.getAttribute('href'))")
    forms = list(dict.fromkeys(found))
    assert len(forms) >= 8
    history = forms[0].replace("/edit/", "/history/")
    return [address.removeprefix(EDITOR) for address in (listing, history, *forms)]


def test_each_screen_of_the_editor_is_accessible_on_a_desk_and_on_a_phone(
    platform: Platform, browser: Browser, axe: Callable[..., list[str]]
) -> None:
    wrong = []
    with watched_context(browser, viewport=DESKTOP) as context:
        page = context.new_page()
        page.goto(platform.url("/demonstration/"))
        player = page.locator(".player", has=page.get_by_text(re.compile("^Secrétaire de mairie")))
        player.first.get_by_role("button").click()
        pages = pages_of_the_site(page, platform)
        for address in (*SCREENS, *pages):
            answer = page.goto(platform.url(EDITOR + address))
            assert answer is not None
            assert answer.status == 200, address
            # Each is loaded once, and turned from the one to the other as a tablet is.
            for viewport in (PHONE, DESKTOP):
                page.set_viewport_size(viewport)
                wrong += [
                    f"{address}, {viewport['width']} px: {violation}"
                    for violation in axe(page)
                    if violation.split(" ")[0] not in OF_WAGTAIL.get(address, set())
                ]
                wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                assert wide <= 0, f"{address} is {wide} px wider than the window"
        for viewport in (DESKTOP, PHONE):
            page.set_viewport_size(viewport)
            page.goto(platform.url(EDITOR + pages[-1]))
            publish = page.get_by_role("button", name="Publier", exact=True)
            publish.scroll_into_view_if_needed()
            expect(publish).to_be_in_viewport()
    assert not wrong, "\n".join(wrong)
