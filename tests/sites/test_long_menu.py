"""The menu of a site that has everything: gathered under two names, opened by a key without a script; its pages."""

from __future__ import annotations

import contextlib

import pytest
from bs4 import BeautifulSoup
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled
from playwright.sync_api import expect

from socle.people.models import User
from socle.sections.albums.demo_data import ensure_album
from socle.sections.albums.models import AlbumPage
from socle.sections.canteen.demo_data import ensure_menus
from socle.sections.canteen.models import MenuWeekPage
from socle.sections.council.demo_data import ensure_council
from socle.sections.events.demo_data import ensure_events
from socle.sections.listing.demo_data import ensure_listing
from socle.sections.notices.demo_data import ensure_notices
from socle.sections.waste.demo_data import ensure_waste
from socle.sites.demo_data import ensure_life
from socle.sites.frame import LONGEST_MENU
from socle.sites.models import WebSite
from socle.sites.models.pages import site_path_of
from socle.sites.models.sites import Layout
from tests import factories as f
from tests.browser import DESKTOP, PHONE, violations, watched_context
from tests.sites.conftest import equipped

EVERYTHING = (
    ensure_life, ensure_notices, ensure_waste, ensure_events, ensure_menus, ensure_album, ensure_council,
    ensure_listing,
)  # fmt: skip
# The library that resizes images leaves its temporary files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def furnish(website: WebSite, settings) -> list[str]:
    """Give a site everything; return the addresses of its pages of every day and of its town."""
    settings.DEMO = True
    # Published once, where each is seen as soon as it is committed.
    with transaction.atomic():
        for ensure in EVERYTHING:
            assert ensure(website, by=User.objects.system(), at=f.NOW)
    settings.DEMO = False
    album = AlbumPage.objects.descendant_of(website.root_page).get()
    week = MenuWeekPage.objects.descendant_of(website.root_page).earliest("week_on")
    return [
        *(
            "/",
            "/menus/",
            site_path_of(week),
            "/galerie/",
            site_path_of(album),
        ),
        *("/patrimoine/", "/annonces/", "/annonces/archives/", "/dechets/", "/agenda/"),
        *("/annuaire/equipements-et-salles/", "/conseil-municipal/", "/annuaire/"),
    ]


def menu_of(answer) -> list[str]:
    lines = BeautifulSoup(answer.content, "html5lib").select(".menu > ul > li:not(.menu-call)")
    return [(line.summary or line.a).get_text().strip() for line in lines]


@pytest.mark.slow
def test_a_long_menu_gathers_its_entries_and_every_page_of_it_is_valid(
    prisches, visit, valid_html, settings, time_machine, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    time_machine.move_to(f.NOW, tick=False)
    assert len(menu_of(visit(prisches))) <= LONGEST_MENU
    # The only thing to open is the menu of a phone.
    assert visit(prisches).content.count(b"<summary") == 1
    paths = furnish(prisches, settings)
    menu = menu_of(visit(prisches))
    assert menu == [
        "Accueil", "Actualités", "Vie quotidienne", "La commune", "Agenda", "Vos démarches", "Actes publiés",
        "Mairie et contact",
    ]  # fmt: skip
    page = BeautifulSoup(visit(prisches, "/menus/").content, "html5lib")
    assert page.select_one("summary.here").get_text() == "Vie quotidienne"
    assert page.select_one('.menu details a[aria-current="page"]').get_text() == "Menus de la cantine"
    links = {link["href"] for link in page.select(".menu a")}
    assert {"/menus/", "/galerie/", "/patrimoine/", "/dechets/", "/annonces/"} <= links
    for path in paths:
        answer = visit(prisches, path)
        assert (answer.status_code, valid_html(answer.content)) == (200, []), path


@pytest.mark.slow
def test_gathering_costs_no_query(prisches, visit, settings, time_machine, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    time_machine.move_to(f.NOW, tick=False)

    def cost() -> int:
        visit(prisches, "/mentions-legales/")
        with CaptureQueriesContext(connection) as queries:
            visit(prisches, "/mentions-legales/")
        return len(queries)

    before = cost()
    furnish(prisches, settings)
    # The closure and the alert of the fictions are two things that a page shows; the menu is none.
    assert cost() <= before + 2


@pytest.mark.journey
@pytest.mark.django_db(transaction=True)
def test_each_new_page_is_accessible_in_each_layout_on_a_screen_and_on_a_phone(browser, address, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    website = equipped("59474", "Prisches")
    paths = furnish(website, settings)
    # A layout changes the frame of a page, which one list shows, and the home page, which others look at in each one:
    # `test_first_screen` on a phone, `test_looks` on a screen.
    for layout in Layout:
        with scopes_disabled():
            WebSite.objects.filter(pk=website.pk).update(layout=layout)
        for viewport, scheme in ((DESKTOP, "light"), (PHONE, "dark")):
            with watched_context(browser, viewport=viewport) as context:
                page = context.new_page()
                page.emulate_media(color_scheme=scheme)
                for path in paths if layout == Layout.MAP else paths[1:2]:
                    page.goto(address(path, host=website.slug))
                    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (layout, path)
                    assert violations(page) == [], (layout, path)


@pytest.mark.journey
@pytest.mark.django_db(transaction=True)
def test_a_group_of_the_menu_opens_with_a_key_without_a_script(browser, address, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    website = equipped("59474", "Prisches")
    furnish(website, settings)
    for viewport in (DESKTOP, PHONE):
        with contextlib.closing(browser.new_context(viewport=viewport, java_script_enabled=False)) as context:
            page = context.new_page()
            page.goto(address("/contact/", host=website.slug))
            link = page.get_by_role("link", name="Menus de la cantine")
            expect(link).to_be_hidden()
            if viewport == PHONE:
                expect(page.get_by_role("link", name="Accueil").first).to_be_visible()
                expect(page.locator(".menu")).to_be_hidden()
                page.locator(".menu-button summary").focus()
                page.keyboard.press("Enter")
            page.locator(".menu summary", has_text="Vie quotidienne").focus()
            page.keyboard.press("Enter")
            expect(link).to_be_visible()
            page.keyboard.press("Tab")
            expect(page.locator(".menu details[open] a").first).to_be_focused()
            link.click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Menus de la cantine")
