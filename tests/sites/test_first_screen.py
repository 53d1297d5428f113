"""The first screen of a site, on a phone: a low head, and what one came for: open or not, telephone, alert, waste."""

from __future__ import annotations

import contextlib
from datetime import date, datetime, time, timedelta

import pytest
from bs4 import BeautifulSoup
from django_scopes import scopes_disabled
from playwright.sync_api import expect

from socle.lib.dates import PARIS
from socle.sites.maps import COVER_HEIGHT, COVER_WIDTH, OWN_HEIGHT, cover_of, draw_cover
from socle.sites.models import WebSite
from socle.sites.models.notices import ExceptionalDay
from socle.sites.models.sites import Layout, WeekOpening
from socle.sites.today import AHEAD, OLD, day_in_words, hour_in_words, hours_ahead, openings_of
from socle.territory.models import Outline
from tests import factories as f
from tests.browser import PHONE, violations, watched_context
from tests.sites.conftest import equipped
from tests.sites.test_long_menu import furnish

# The library that resizes images leaves its temporary files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

HIGHEST_HEAD = 96
# A name that no head could hold in two lines.
LONGEST_NAME = "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson"
WEEK = [
    WeekOpening(day=1, opens=time(9), closes=time(12)),
    WeekOpening(day=1, opens=time(14), closes=time(17, 30)),
    WeekOpening(day=2, opens=time(9), closes=time(12)),
    WeekOpening(day=5, opens=time(10), closes=time(12), note="sur rendez-vous"),
]
MONDAY, TUESDAY, WEDNESDAY, FRIDAY, SATURDAY, SUNDAY = (date(2026, 11, day) for day in (2, 3, 4, 6, 7, 8))
EXCEPTIONAL = [
    ExceptionalDay(starts_on=date(2026, 11, 9), ends_on=date(2026, 11, 9), opens=time(16), closes=time(18)),
    ExceptionalDay(starts_on=date(2026, 12, 21), ends_on=date(2026, 12, 31), reason="Congés"),
]
NEVER = [ExceptionalDay(starts_on=date(2026, 1, 1), ends_on=date(2027, 12, 31))]


def plain(words: str) -> str:
    return words.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("on", "said"),
    [
        (MONDAY, "Aujourd’hui : 9 h – 12 h ; 14 h – 17 h 30"),
        (FRIDAY, "Aujourd’hui : 10 h – 12 h (sur rendez-vous)"),
        (WEDNESDAY, "Aujourd’hui : fermé, ouvre vendredi à 10 h (sur rendez-vous)"),
        (SATURDAY, "Aujourd’hui : fermé, ouvre lundi à 16 h"),
        (SUNDAY, "Aujourd’hui : fermé, ouvre demain à 16 h"),
        (date(2026, 11, 9), "Aujourd’hui : 16 h – 18 h"),
        (date(2026, 12, 21), "Aujourd’hui : fermé, ouvre le vendredi 1er janvier à 10 h (sur rendez-vous)"),
        (date(2026, 12, 26), "Aujourd’hui : fermé, ouvre vendredi à 10 h (sur rendez-vous)"),
        (date(2026, 12, 25), "Aujourd’hui : fermé, ouvre le vendredi 1er janvier à 10 h (sur rendez-vous)"),
    ],
)
def test_the_day_is_said_with_its_exceptional_hours_and_closures(on, said):
    assert plain(day_in_words(openings_of(WEEK, EXCEPTIONAL), on)) == said


@pytest.mark.parametrize(
    ("on", "at", "said"),
    [
        (MONDAY, time(0), "Fermé, ouvre à 9 h"),
        (MONDAY, time(8, 59), "Fermé, ouvre à 9 h"),
        (MONDAY, time(9), "Ouvert jusqu’à 12 h"),
        (MONDAY, time(11, 59), "Ouvert jusqu’à 12 h"),
        (MONDAY, time(12), "Fermé, ouvre à 14 h"),
        (MONDAY, time(17, 29), "Ouvert jusqu’à 17 h 30"),
        (MONDAY, time(17, 30), "Fermé, ouvre demain à 9 h"),
        (TUESDAY, time(12), "Fermé, ouvre vendredi à 10 h (sur rendez-vous)"),
        (FRIDAY, time(10), "Ouvert jusqu’à 12 h (sur rendez-vous)"),
        (FRIDAY, time(23, 59), "Fermé, ouvre lundi à 16 h"),
        (date(2026, 11, 9), time(9), "Fermé, ouvre à 16 h"),
        (date(2026, 12, 18), time(12), "Fermé, ouvre le vendredi 1er janvier à 10 h (sur rendez-vous)"),
    ],
)
def test_an_hour_is_said_to_the_minute(on, at, said):
    assert plain(hour_in_words(openings_of(WEEK, EXCEPTIONAL), on, at)) == said


def test_a_mairie_that_does_not_open_again_says_only_that_it_is_closed():
    openings = openings_of(WEEK, NEVER)
    assert plain(day_in_words(openings, MONDAY)) == "Aujourd’hui : fermé"
    assert hour_in_words(openings, MONDAY, time(10)) == "Fermé"


def test_what_is_said_ahead_is_what_is_said_at_each_hour_then_leads_to_the_hours():
    openings = openings_of(WEEK, EXCEPTIONAL)
    said = [one.split("=") for one in hours_ahead(openings, FRIDAY).split("|")]
    assert [at for at, _ in said] == sorted(at for at, _ in said)
    for minutes in range(0, AHEAD * 24 * 60, 15):
        at = datetime.combine(FRIDAY, time()) + timedelta(minutes=minutes)
        words = [words for start, words in said if start <= f"{at:%Y-%m-%dT%H:%M}"][-1]
        assert words == hour_in_words(openings, at.date(), at.time()), at
    assert said[-1] == ["2026-11-10T00:00", OLD]
    noted = [WeekOpening(day=5, opens=time(9), closes=time(12), note="1er | 3e")]
    assert "1er / 3e" in hours_ahead(openings_of(noted, []), FRIDAY)


def test_a_mairie_whose_hours_are_not_known_says_none(prisches, visit):
    prisches.facts.openings.all().delete()
    page = BeautifulSoup(visit(prisches).content, "html5lib")
    assert page.select("[data-hours], script[src]") == []
    assert page.select_one(".glance a")["href"].startswith("tel:")


def square(west: float, south: float, side: float) -> list[list[list[float]]]:
    corners = ((0, 0), (side, 0), (side, side), (0, side), (0, 0))
    return [[[west + x, south + y] for x, y in corners]]


def test_a_commune_is_drawn_in_the_middle_of_its_cover_among_those_that_it_shows():
    asked = []

    def among(box):
        asked.append(box)
        return [square(3.1, 0, 0.1), square(2.9, 0, 0.1), square(3, 0.1, 0.1), square(3, -0.1, 0.1)]

    drawn = draw_cover(square(3, 0, 0.1), (3.05, 0.05), among)
    assert drawn is not None
    assert (drawn.width, drawn.height, drawn.point) == (COVER_WIDTH, COVER_HEIGHT, (600, 300))
    left, top = (COVER_WIDTH - OWN_HEIGHT) // 2, (COVER_HEIGHT + OWN_HEIGHT) // 2
    assert drawn.path == f"M{left} {top}l{OWN_HEIGHT} 0 0 -{OWN_HEIGHT} -{OWN_HEIGHT} 0 0 {OWN_HEIGHT}z"
    assert [path.count("z") for path in drawn.around] == [2, 1, 1]
    assert [tuple(round(side, 3) for side in box) for box in asked] == [(2.8, -0.075, 3.3, 0.175)]
    assert draw_cover([[[3, 50], [3, 50]]], None, among) is None


def test_a_cover_shows_the_neighbours_and_a_commune_without_outline_its_initial(prisches, ablain, visit):
    Outline.objects.filter(commune=ablain.beneficiary.commune).update(rings=square(3.81, 50.0, 0.1))
    drawn = cover_of(prisches)
    assert drawn is not None
    assert drawn.around[0].count("z") == 1
    Outline.objects.filter(commune=prisches.beneficiary.commune).delete()
    cover = BeautifulSoup(visit(prisches).content, "html5lib").select_one(".cover")
    assert cover.get_text(strip=True) == "P"


@pytest.mark.journey
@pytest.mark.django_db(transaction=True)
def test_the_first_screen_of_a_phone_answers_in_each_layout_by_day_and_by_night(
    browser, address, settings, tmp_path, time_machine
):
    settings.MEDIA_ROOT = tmp_path
    time_machine.move_to(f.NOW)
    website = equipped("59474", "Prisches")
    furnish(website, settings)
    for layout in Layout:
        with scopes_disabled():
            WebSite.objects.filter(pk=website.pk).update(layout=layout)
        for scheme in ("light", "dark"):
            with watched_context(browser, viewport=PHONE) as context:
                page = context.new_page()
                page.emulate_media(color_scheme=scheme)
                page.clock.set_fixed_time(datetime(2026, 11, 25, 11, 30, tzinfo=PARIS))
                page.goto(address("/", host=website.slug))
                expect(page.locator("[data-hours]")).to_have_text("Ouvert jusqu’à 12\u00a0h")
                asked = ("[data-hours]", '.glance a[href^="tel:"]', ".alert", ".glance li:last-child")
                for place in asked:
                    shown = page.locator(place).bounding_box()
                    assert shown, (layout, place)
                    assert shown["y"] + shown["height"] <= PHONE["height"], (layout, place)
                expect(page.locator(".glance")).to_contain_text("ordures ménagères")
                menu = page.locator(".menu")
                expect(menu).to_be_hidden()
                page.evaluate("name => { document.querySelector('.brand strong').textContent = name }", LONGEST_NAME)
                assert page.locator("header.top").bounding_box()["height"] <= HIGHEST_HEAD, layout
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), layout
                page.locator(".menu-button summary").click()
                expect(menu.get_by_role("link", name="Mairie et contact")).to_be_visible()
                assert violations(page) == [], (layout, scheme)
    # Read from elsewhere, it is the hour of the mairie that counts.
    with contextlib.closing(browser.new_context(timezone_id="America/New_York")) as context:
        page = context.new_page()
        page.clock.set_fixed_time(datetime(2026, 11, 25, 12, 30, tzinfo=PARIS))
        page.goto(address("/", host=website.slug))
        expect(page.locator("[data-hours]")).to_have_text("Fermé, ouvre demain à 9\u00a0h")


@pytest.mark.journey
@pytest.mark.django_db(transaction=True)
def test_without_a_script_the_menu_opens_and_the_day_stays_said(browser, address, time_machine):
    time_machine.move_to(f.NOW)
    website = equipped("59474", "Prisches")
    with contextlib.closing(browser.new_context(viewport=PHONE, java_script_enabled=False)) as context:
        page = context.new_page()
        page.goto(address("/", host=website.slug))
        expect(page.locator("[data-hours]")).to_have_text("Aujourd’hui\u00a0: 9\u00a0h\u00a0–\u00a012\u00a0h")
        page.keyboard.press("Tab")
        page.locator(".menu-button summary").focus()
        page.keyboard.press("Enter")
        page.get_by_role("navigation", name="Menu principal").get_by_role("link", name="Actes publiés").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Actes publiés")
        expect(page.locator(".menu")).to_be_hidden()
