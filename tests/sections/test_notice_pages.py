"""Dated notices: listed until their last day, by category, then in the archives; read by people and by programs."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from html import unescape
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from socle.journal.models import Entry
from socle.lib.dates import PARIS
from socle.sections.notices.models import Category, NoticePage
from socle.sites.opening import open_section
from socle.sites.publishing.actions import publish_waiting
from socle.sites.registry import sections
from socle.sites.tasks import follow_the_day
from tests import factories as f
from tests.sites.conftest import secretary
from tests.sites.released import publish_page, published, served
from tests.sites.two_communes import signed_in

SITE = "/mairie/site/"
ATOM = "{http://www.w3.org/2005/Atom}"
YESTERDAY = f.TODAY - timedelta(days=1)
TOMORROW = f.TODAY + timedelta(days=1)

__all__ = ["published"]


@pytest.fixture(autouse=True)
def on_that_day(time_machine):
    time_machine.move_to(f.NOW, tick=False)


def notice(website, title="Rue de l’Église", category=Category.WORKS, **fields) -> NoticePage:
    index = open_section(website, sections()["annonces"], by=f.user(), at=f.NOW)
    given = {"summary": "Enrobé.", "ends_on": TOMORROW, **fields}
    page = NoticePage(title=title, category=category, live=False, **given)
    index.add_child(instance=page)
    return publish_page(page)


def text(answer) -> str:
    return " ".join(unescape(BeautifulSoup(answer.content, "html5lib").get_text(" ")).split())


def listed(answer) -> list[tuple[str, list[str]]]:
    page = BeautifulSoup(answer.content, "html5lib")
    return [(h2.get_text(), [h3.get_text() for h3 in h2.parent.select("h3")]) for h2 in page.select("main h2")]


@pytest.mark.slow
def test_the_list_gives_what_holds_by_category_and_keeps_what_is_over(prisches, ablain, visit, valid_html):
    notice(prisches, "Gaz", starts_on=f.TODAY, ends_on=f.TODAY, place="Grand-Rue", contact="Mairie")
    notice(prisches, "Trottoirs", starts_on=TOMORROW, ends_on=date(2027, 1, 5))
    notice(prisches, "Pont", starts_on=date(2026, 10, 1), ends_on=YESTERDAY)
    notice(prisches, "Secrétaire de mairie", Category.JOB, ends_on=date(2026, 12, 4))
    notice(
        prisches, "Toiture de l’école", Category.TENDER, slug="toiture", ends_on=date(2026, 12, 10), ends_at=time(12),
        link="https://marches.exemple.invalid/7?a=1&b=2",
    )  # fmt: skip
    notice(ablain, "Chez les voisins")
    assert listed(visit(prisches, "/annonces/")) == [
        ("En ce moment", ["Gaz", "Secrétaire de mairie", "Toiture de l’école"]),
        ("À venir", ["Trottoirs"]),
    ]
    works = visit(prisches, "/annonces/categorie/travaux/")
    assert listed(works) == [("En ce moment", ["Gaz"]), ("À venir", ["Trottoirs"])]
    assert BeautifulSoup(works.content, "html5lib").select_one('main nav [aria-current="page"]').text == "Travaux"
    assert "Rien n’est annoncé" in text(visit(prisches, "/annonces/categorie/enquetes-publiques/"))
    assert "Pont" in text(visit(prisches, "/annonces/archives/"))
    assert "Gaz" not in text(visit(prisches, "/annonces/archives/"))
    assert "Terminé" in text(visit(prisches, "/annonces/pont/"))
    gas = text(visit(prisches, "/annonces/gaz/"))
    assert "Travaux Enrobé. Quand Le mercredi 25 novembre 2026 Où Grand-Rue Contact Mairie" in gas
    assert "Candidatures Jusqu’au vendredi 4 décembre 2026" in text(visit(prisches, "/annonces/secretaire-de-mairie/"))
    tender = visit(prisches, "/annonces/toiture/")
    assert "Offres Jusqu’au jeudi 10 décembre 2026 à 12 h Dossier et réponses sur le profil" in text(tender)
    assert 'href="https://marches.exemple.invalid/7?a=1&amp;b=2"' in tender.content.decode()
    home = text(visit(prisches))
    assert "Gaz" in home
    assert "Offres jusqu’au jeudi 10 décembre 2026 à 12 h" in home
    assert "Chez les voisins" not in home + text(visit(prisches, "/annonces/"))
    for path in (
        "/", "/annonces/", "/annonces/archives/", "/annonces/categorie/travaux/", "/annonces/gaz/", "/annonces/pont/",
        "/annonces/categorie/enquetes-publiques/", "/annonces/secretaire-de-mairie/", "/annonces/toiture/",
        "/plan-du-site/",
    ):  # fmt: skip
        answer = visit(prisches, path)
        assert (answer.status_code, valid_html(answer.content)) == (200, []), path
    for path in (
        "/annonces/archives/page/1/", "/annonces/archives/page/2/", "/annonces/categorie/", "/contact/fil.atom",
        "/annonces/categorie/fetes/",
    ):  # fmt: skip
        assert visit(prisches, path).status_code == 404, path


@pytest.mark.slow
def test_the_old_addresses_lead_to_the_notices(prisches, visit):
    assert visit(prisches, "/travaux/").status_code == 404
    notice(prisches, "Gaz")
    for old, new in (
        ("/travaux/", "/annonces/categorie/travaux/"),
        ("/travaux/gaz/", "/annonces/gaz/"),
        ("/offres-emploi/", "/annonces/categorie/emploi/"),
        ("/marches-publics/archives/", "/annonces/archives/"),
        ("/travaux/fil.atom", "/annonces/fil.atom"),
    ):
        answer = visit(prisches, old)
        assert (answer.status_code, answer["Location"]) == (301, new), old
        assert visit(prisches, new).status_code == 200, new
    assert visit(prisches, "/travaux/eau/").status_code == 404


@pytest.mark.slow
def test_programs_read_a_job_offer_and_the_list_as_a_feed(prisches, ablain, visit):
    notice(prisches, "Poste </script>", Category.JOB, slug="poste", ends_on=date(2026, 12, 4))
    (script,) = BeautifulSoup(visit(prisches, "/annonces/poste/").content, "html5lib").select("script")
    data = json.loads(script.string)
    assert (data["@type"], data["title"]) == ("JobPosting", "Poste </script>")
    assert (data["datePosted"], data["validThrough"]) == ("2026-11-25", "2026-12-04T23:59:59+01:00")
    assert data["jobLocation"]["address"]["addressLocality"] == "Prisches"
    notice(prisches, "Poste pourvu", Category.JOB, slug="pourvu", ends_on=YESTERDAY)
    notice(prisches)
    for path in ("/annonces/pourvu/", "/annonces/rue-de-leglise/"):
        assert b"ld+json" not in visit(prisches, path).content, path
    answer = visit(prisches, "/annonces/fil.atom")
    titles = {one.find(f"{ATOM}title").text for one in ElementTree.fromstring(answer.content).iter(f"{ATOM}entry")}
    assert answer["Content-Type"].startswith("application/atom+xml")
    assert titles == {"Poste </script>", "Rue de l’Église"}
    assert visit(prisches, "/annonces/fil.atom").content == answer.content
    assert visit(ablain, "/annonces/fil.atom").status_code == 404


@pytest.mark.slow
def test_the_pages_that_list_notices_cost_the_same_whatever_their_number(prisches, visit):
    def cost(path: str) -> int:
        visit(prisches, path)
        with CaptureQueriesContext(connection) as queries:
            visit(prisches, path)
        return len(queries)

    def one_of_each(number):
        for category in Category:
            notice(prisches, f"{category} {number}", category)
        notice(prisches, f"Finis {number}", ends_on=YESTERDAY)

    paths = ("/", "/annonces/", "/annonces/archives/", "/annonces/categorie/emploi/", "/annonces/fil.atom")
    one_of_each(0)
    before = {path: cost(path) for path in paths}
    for number in range(1, 4):
        one_of_each(number)
    assert {path: cost(path) for path in paths} == before


@pytest.mark.slow
def test_the_day_moves_what_is_published(prisches, time_machine):
    f.open_site(prisches)
    notice(prisches)
    publish_waiting()
    files = served(prisches)
    lists = {"annonces/fil.atom", "annonces/archives/index.html", "annonces/categorie/emploi/index.html"}
    assert lists <= set(files)
    for name in ("index.html", "annonces/index.html", "annonces/categorie/travaux/index.html"):
        assert "Rue de l’Église" in files[name].decode(), name
    time_machine.move_to(datetime(2026, 11, 27, 0, 1, tzinfo=PARIS), tick=False)
    follow_the_day.func()
    publish_waiting()
    files = served(prisches)
    assert "Rue de l’Église" in files["annonces/archives/index.html"].decode()
    assert "Terminé" in files["annonces/rue-de-leglise/index.html"].decode()
    for name in ("index.html", "annonces/index.html", "annonces/categorie/travaux/index.html", "annonces/fil.atom"):
        assert "Rue de l’Église" not in files[name].decode(), name


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, None),
        ({"starts_on": f.TODAY}, None),
        ({"starts_on": TOMORROW}, "vient après le premier"),
        ({"starts_on": date(1989, 12, 31)}, "vérifiez l’année"),
        ({"starts_on": date(1990, 1, 1)}, None),
        ({"ends_on": date(2031, 11, 25)}, None),
        ({"ends_on": date(2031, 11, 26)}, "vérifiez l’année"),
        ({"link": "http://marches.exemple.invalid/"}, "https://"),
    ],
)
def test_what_does_not_hold_is_refused_with_the_remedy(db, fields, reason):
    page = NoticePage(**{"title": "Annonce", "slug": "annonce", "summary": "Deux.", "ends_on": f.TODAY, **fields})
    if reason is None:
        page.clean()
        return
    with pytest.raises(ValidationError, match=reason):
        page.clean()


def notice_form(**fields: object) -> dict[str, object]:
    return {
        "title": "Enrobé", "slug": "enrobe", "category": "works", "summary": "La rue est refaite.",
        "place": "Rue Haute", "starts_on": "2026-12-01", "ends_on": "2026-12-04", "ends_at": "", "contact": "",
        "link": "", "body-count": "0", "show_in_menus": "", "search_description": "", "go_live_at": "",
        "expire_at": "", "action-publish": "action-publish", **fields,
    }  # fmt: skip


@pytest.mark.slow
def test_a_secretary_opens_the_section_announces_and_takes_back(prisches, visit):
    editor = signed_in(secretary(prisches.beneficiary))
    shown = editor.get(f"{SITE}rubriques/").content.decode()
    assert all(section.gesture in unescape(shown) for section in sections().values() if section.is_offered)
    assert editor.get(f"{SITE}rubriques/ailleurs/").status_code == 404
    assert "Ouvrir la rubrique et continuer" in editor.get(f"{SITE}rubriques/annonces/").content.decode()
    add_form = editor.post(f"{SITE}rubriques/annonces/")["Location"]
    assert Entry.objects.get(verb="website.section_opened").facts["section"] == "annonces"
    for code in ("annonces", "travaux", "emploi", "marches"):
        assert editor.get(f"{SITE}rubriques/{code}/")["Location"] == add_form, code
    assert "Rien n’est annoncé" in text(visit(prisches, "/annonces/"))
    assert editor.get(add_form).status_code == 200
    wrong = editor.post(add_form, notice_form(ends_on="2026-11-30"))
    assert "Le dernier jour vient après le premier" in unescape(wrong.content.decode())
    assert editor.post(f"{add_form}preview/", notice_form()).json()["is_valid"]
    assert "Rue Haute" in editor.get(f"{add_form}preview/").content.decode()
    assert editor.post(add_form, notice_form()).status_code == 302
    page = NoticePage.objects.get()
    assert "Enrobé" in text(visit(prisches, "/annonces/"))
    assert editor.post(f"{SITE}pages/{page.pk}/unpublish/").status_code == 302
    assert "Enrobé" not in text(visit(prisches, "/annonces/"))
