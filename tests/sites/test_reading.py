"""The public pages as people read them: with axe-core, a keyboard, a phone, twice as big, in the dark; valid HTML."""

import pytest
from playwright.sync_api import expect

from socle.sites.colours import NIGHT, PALETTE, PAPER, contrast, readable_on, stylesheet
from tests.browser import PHONE, violations, watched_context
from tests.sites.conftest import equipped
from tests.sites.test_hosts import PAGES


@pytest.mark.parametrize("path", [*PAGES, "/nulle-part/"])
def test_every_page_is_valid_html(prisches, visit, valid_html, path):
    assert valid_html(visit(prisches, path).content) == []


@pytest.mark.journey
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_an_accessibility_violation(browser, address, scheme):
    website = equipped("59474", "Prisches")
    with watched_context(browser) as context:
        page = context.new_page()
        page.emulate_media(color_scheme=scheme)
        for path in PAGES:
            page.goto(address(path, host=website.slug))
            assert violations(page) == [], path
        assert context.cookies() == []


@pytest.mark.journey
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [320, 390, 640])
def test_no_page_scrolls_sideways_on_a_phone_or_at_200_percent(browser, address, width):
    website = equipped("59474", "Prisches")
    with watched_context(browser, viewport={**PHONE, "width": width}) as context:
        page = context.new_page()
        for path in PAGES:
            page.goto(address(path, host=website.slug))
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


@pytest.mark.journey
@pytest.mark.django_db(transaction=True)
def test_the_keyboard_reaches_the_content_first(browser, address):
    website = equipped("59474", "Prisches")
    with watched_context(browser) as context:
        page = context.new_page()
        page.goto(address(host=website.slug))
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#contenu")).to_be_focused()


@pytest.mark.parametrize("colour", [*PALETTE, "#ffff00", "#000000", "#ffffff", "#ff0000", "#7f7f7f", "#00ff80"])
def test_whatever_the_colour_every_text_can_be_read(colour):
    day, night = stylesheet(colour).split("@media")
    for part, ink, paper in ((day, "#565d63", PAPER), (night, "#b4b8bb", NIGHT)):
        shade = dict(pair.split(":") for pair in part.partition("{--")[2].split(";--") if ":" in pair)
        accent, tint, on_accent = (shade[name].strip(";}\n")[:7] for name in ("accent", "tint", "on-accent"))
        assert contrast(accent, paper) >= 4.5
        assert contrast(accent, tint) >= 4.5
        assert contrast(on_accent, accent) >= 4.5
        assert contrast(ink, tint) >= 4.5


def test_a_readable_colour_is_kept_as_chosen():
    assert readable_on("#2f4a7c", PAPER) == "#2f4a7c"
