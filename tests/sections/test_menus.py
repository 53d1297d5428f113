"""The menus of the canteen: a week is a page named by its date, typed or joined as a document, gone when it is over."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from html import unescape

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from socle.lib.dates import PARIS
from socle.sections.canteen.models import MenuWeekPage
from socle.sites.models import CommuneDocument
from socle.sites.opening import open_section
from socle.sites.publishing.actions import publish_waiting
from socle.sites.registry import sections
from socle.sites.tasks import follow_schedules, follow_the_day
from tests import factories as f
from tests.sites.conftest import secretary
from tests.sites.released import publish_page, published, served, written_by
from tests.sites.two_communes import signed_in

SITE = "/mairie/site/"
MONDAY = date(2026, 11, 23)

__all__ = ["published"]


@pytest.fixture(autouse=True)
def on_that_day(time_machine):
    time_machine.move_to(f.NOW, tick=False)


def week(website, served="Soupe", on=MONDAY, **fields) -> MenuWeekPage:
    index = open_section(website, sections()["menus"], by=f.user(), at=f.NOW)
    page = MenuWeekPage(week_on=on, served=served, live=False, **fields)
    index.add_child(instance=page)
    return publish_page(page)


def text(answer) -> str:
    return " ".join(unescape(BeautifulSoup(answer.content, "html5lib").get_text(" ")).split())


def at(*when: int) -> datetime:
    return datetime(*when, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("Soupe\n\n Riz ", [("", ["Soupe", "Riz"], False)]),
        ("Lundi\nSoupe\nMERCREDI 25 mars\nRiz", [("Lundi", ["Soupe"], False), ("Mercredi 25 mars", ["Riz"], True)]),
        ("lundi : soupe, riz\nmardi – rien", [("Lundi", ["soupe, riz"], False), ("Mardi", ["rien"], False)]),
        ("Midi\nVendredi 1er mai 2026\nRiz", [("", ["Midi"], False), ("Vendredi 1er mai 2026", ["Riz"], False)]),
        ("Mardi gras : crêpes", [("", ["Mardi gras : crêpes"], False)]),
        ("", []),
    ],
)  # fmt: skip
def test_a_line_that_is_a_day_begins_that_day(typed, days, db):
    assert MenuWeekPage(week_on=MONDAY, served=typed).days() == days


@pytest.mark.slow
def test_the_page_gives_this_week_first_and_the_first_page_today_s_meal(prisches, ablain, visit, valid_html):
    week(prisches, "Lundi\nHachis\nMercredi : omelette <b>", on=f.TODAY, allergens="œufs, lait")
    week(prisches, "Endives", on=date(2026, 12, 6))
    week(ablain, "Zibeline")
    shown = text(visit(prisches, "/menus/"))
    for words in (
        "Semaine du 23 au 29 novembre 2026", "Lundi Hachis", "Mercredi aujourd’hui omelette <b>",
        "Allergènes : œufs, lait", "Semaine du 30 novembre au 6 décembre 2026 Endives",
    ):  # fmt: skip
        assert words in shown, words
    assert shown.index("Hachis") < shown.index("Endives")
    home = text(visit(prisches))
    assert "À la cantine Toute la semaine : menus de la cantine Semaine du 23 au 29 novembre 2026" in home
    assert "Aujourd’hui : omelette <b>" in home
    assert "Zibeline" not in shown + home
    for path in ("/", "/menus/", "/menus/semaine-2026-48/", "/menus/semaine-2026-49/"):
        answer = visit(prisches, path)
        assert (answer.status_code, valid_html(answer.content)) == (200, []), path
    old = visit(prisches, "/menus/semaine/2026-48/")
    assert (old.status_code, old["Location"]) == (301, "/menus/semaine-2026-48/")
    assert visit(prisches, "/menus-collectifs.csv").status_code == 410
    assert b"omelette" in visit(prisches, "/recherche.json").content


@pytest.mark.slow
def test_the_document_of_the_caterer_is_a_menu(prisches, visit):
    document = CommuneDocument.objects.create(
        title="Menus", file=ContentFile(b"%PDF-1.7", name="menus.pdf"), collection=prisches.collection
    )
    week(prisches, "", body=[("file", {"document": document, "title": "Menus de novembre"})])
    for path in ("/menus/", "/menus/semaine-2026-48/"):
        assert document.url in visit(prisches, path).content.decode(), path


@pytest.mark.parametrize(
    ("when", "first", "at_home"),
    [
        (at(2026, 11, 27, 9), "Semaine du 23", True),
        (at(2026, 11, 28, 9), "Semaine du 23", True),  # A meal on that Saturday.
        (at(2026, 11, 29, 9), "Semaine du 30", True),
        (at(2026, 11, 20, 9), "Semaine du 23", False),  # A Friday: the Monday to come is three days away.
        (at(2026, 11, 21, 9), "Semaine du 23", True),
    ],
)
@pytest.mark.slow
def test_the_week_to_come_takes_the_place_of_one_without_a_meal_left(
    prisches, visit, time_machine, when, first, at_home
):
    week(prisches, "Samedi : pot-au-feu")
    week(prisches, "Endives", on=date(2026, 11, 30))
    time_machine.move_to(when, tick=False)
    titles = BeautifulSoup(visit(prisches, "/menus/").content, "html5lib").select(".menu-week h2")
    assert titles[0].get_text().startswith(first)
    assert ("À la cantine" in text(visit(prisches))) is at_home


@pytest.mark.slow
def test_a_week_that_is_over_leaves_the_site(prisches, time_machine):
    week(prisches)
    publish_waiting()
    assert {"menus/index.html", "menus/semaine-2026-48/index.html"} <= set(served(prisches))
    written = written_by(prisches, lambda: week(prisches, "Endives", on=date(2026, 11, 30)))
    assert {"menus/index.html", "menus/semaine-2026-49/index.html", "recherche.json"} <= written
    assert "contact/index.html" not in written
    time_machine.move_to(at(2026, 11, 30, 0, 1), tick=False)
    assert follow_schedules.func() == 1
    follow_the_day.func()
    publish_waiting()
    files = served(prisches)
    assert "menus/semaine-2026-48/index.html" not in files
    assert "Soupe" not in files["menus/index.html"].decode() + files["recherche.json"].decode()
    assert "Endives" in files["menus/index.html"].decode()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, None),
        ({"week_on": f.TODAY + timedelta(days=366)}, None),
        ({"week_on": f.TODAY + timedelta(days=367)}, "vérifiez l’année"),
        ({"served": " \n"}, "joignez le document"),
    ],
)
def test_what_does_not_hold_is_refused_with_the_remedy(db, fields, reason):
    page = MenuWeekPage(**{"week_on": MONDAY, "served": "Soupe", "title": "Semaine", "slug": "semaine", **fields})
    if reason is None:
        page.clean()
        return
    with pytest.raises(ValidationError, match=reason):
        page.clean()


def week_form(**fields: object) -> dict[str, object]:
    return {
        "week_on": "2026-11-25", "served": "Lundi\nSoupe", "allergens": "", "body-count": "0", "slug": "",
        "show_in_menus": "", "search_description": "", "go_live_at": "", "expire_at": "",
        "action-publish": "action-publish", **fields,
    }  # fmt: skip


@pytest.mark.slow
def test_a_secretary_writes_a_week_once_and_corrects_it(prisches, ablain, visit):
    editor = signed_in(secretary(prisches.beneficiary))
    week(ablain)
    add_form = editor.post(f"{SITE}rubriques/menus/")["Location"]
    assert editor.get(f"{SITE}menus/")["Location"] == add_form
    assert editor.get(add_form).status_code == 200
    nothing = editor.post(add_form, week_form(served=""))
    assert "joignez le document" in unescape(nothing.content.decode())
    assert editor.post(f"{add_form}preview/", week_form()).json()["is_valid"]
    assert "Soupe" in editor.get(f"{add_form}preview/").content.decode()
    assert editor.post(add_form, week_form()).status_code == 302
    page = MenuWeekPage.objects.descendant_of(prisches.root_page).get()
    assert (page.week_on, page.slug, page.title) == (
        MONDAY,
        "semaine-2026-48",
        "Semaine du 23 au 29\u00a0novembre\u00a02026",
    )
    assert page.expire_at == at(2026, 11, 30)
    again = editor.post(add_form, week_form(week_on="2026-11-29"))
    assert "Cette semaine est déjà écrite" in unescape(again.content.decode())
    assert editor.post(f"{SITE}pages/{page.pk}/edit/", week_form(served="Riz", slug=page.slug)).status_code == 302
    shown = text(visit(prisches, "/menus/"))
    assert ("Riz" in shown, "Soupe" in shown) == (True, False)
