"""Works, jobs and tenders: announced until a date, gone by themselves, read by people and by programs."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from html import unescape
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from socle.journal.models import Entry
from socle.lib.dates import PARIS
from socle.websites import actions
from socle.websites.daily.announcing import close_at_their_hour
from socle.websites.daily.sections import SECTIONS, open_section
from socle.websites.models import Change, JobPage, TenderPage, WorksPage
from socle.websites.publishing.actions import publish_waiting
from socle.websites.tasks import follow_the_day
from tests import factories as f
from tests.websites.conftest import secretary
from tests.websites.released import publish_page, published, served
from tests.websites.two_communes import signed_in

SITE = "/mairie/site/"
ATOM = "{http://www.w3.org/2005/Atom}"
NOON = datetime(2026, 12, 10, 12, tzinfo=PARIS)

__all__ = ["published"]


@pytest.fixture(autouse=True)
def on_that_day(time_machine):
    time_machine.move_to(f.NOW, tick=False)


def add(website, code, page):
    index = open_section(website, SECTIONS[code], by=f.user(), at=f.NOW)
    page.live = False
    index.add_child(instance=page)
    return publish_page(page)


def works(website, title="Rue de l’Église", **fields) -> WorksPage:
    given = {"starts_on": f.TODAY, "ends_on": date(2026, 12, 4), "place": "Centre", "summary": "Enrobé.", **fields}
    return add(website, "travaux", WorksPage(title=title, **given))


def job(website, title="Secrétaire de mairie", **fields) -> JobPage:
    given = {"applications_until": date(2026, 12, 4), "summary": "Accueil.", "how_to_apply": "Écrivez.", **fields}
    return add(website, "emploi", JobPage(title=title, **given))


def tender(website, title="Toiture de l’école", **fields) -> TenderPage:
    return add(website, "marches", TenderPage(title=title, **{"deadline_at": NOON, "summary": "Tuiles.", **fields}))


def text(answer) -> str:
    return " ".join(unescape(BeautifulSoup(answer.content, "html5lib").get_text(" ")).split())


def listed(answer) -> list[tuple[str, list[str]]]:
    page = BeautifulSoup(answer.content, "html5lib")
    return [(h2.get_text(), [h3.get_text() for h3 in h2.parent.select("h3")]) for h2 in page.select("main h2")]


def test_each_list_gives_what_holds_first_and_keeps_what_is_over(prisches, ablain, visit, valid_html):
    works(prisches, "Gaz", ends_on=f.TODAY, closed="La rue", detour="Par l’école", effect="closed")
    works(prisches, "Trottoirs", starts_on=date(2026, 12, 1), ends_on=date(2027, 1, 5))
    works(prisches, "Pont", starts_on=date(2026, 10, 1), ends_on=date(2026, 11, 24))
    works(ablain, "Chez les voisins")
    job(prisches, hours_per_week=Decimal("17.5"))
    job(prisches, "Cantonnier ou cantonnière", slug="cantonnier", applications_until=date(2026, 11, 24))
    tender(prisches, "Close", deadline_at=f.NOW - timedelta(hours=1))
    tender(prisches, "Lointain", deadline_at=NOON + timedelta(days=9))
    tender(prisches, profile_url="https://marches.exemple.invalid/7?a=1&b=2")
    tender(
        prisches, "Cantine", slug="cantine", deadline_at=NOON - timedelta(days=90), outcome="awarded",
        awarded_to="Les Fourneaux", awarded_on=date(2026, 10, 15), amount=Decimal("48250"),
    )  # fmt: skip
    assert listed(visit(prisches, "/travaux/")) == [("En ce moment", ["Gaz"]), ("À venir", ["Trottoirs"])]
    assert listed(visit(prisches, "/offres-emploi/")) == [("Postes à pourvoir", ["Secrétaire de mairie"])]
    assert listed(visit(prisches, "/marches-publics/")) == [
        ("Consultations ouvertes", ["Toiture de l’école", "Lointain"]),
        ("Closes, décision attendue", ["Close"]),
    ]
    assert "Pont" in text(visit(prisches, "/travaux/archives/"))
    awarded = text(visit(prisches, "/marches-publics/archives/"))
    assert "Attribué à Les Fourneaux, le jeudi 15 octobre 2026, pour 48 250,00 € hors taxes" in awarded
    gas = text(visit(prisches, "/travaux/gaz/"))
    for words in ("Le mercredi 25 novembre 2026", "Voie fermée", "La rue", "Par l’école"):
        assert words in gas, words
    assert "Ces travaux sont terminés" in text(visit(prisches, "/travaux/pont/"))
    home = text(visit(prisches))
    assert "Gaz" in home
    assert "réponses avant le" in home.lower()
    assert "Chez les voisins" not in home + text(visit(prisches, "/travaux/"))
    for path in (
        "/", "/travaux/", "/travaux/archives/", "/travaux/gaz/", "/offres-emploi/",
        "/offres-emploi/secretaire-de-mairie/",
        "/marches-publics/", "/marches-publics/archives/", "/marches-publics/cantine/",
        "/marches-publics/toiture-de-lecole/", "/plan-du-site/",
    ):  # fmt: skip
        answer = visit(prisches, path)
        assert (answer.status_code, valid_html(answer.content)) == (200, []), path
    # A post that is over is nowhere, and no list of posts has archives.
    for path in (
        "/offres-emploi/cantonnier/",
        "/offres-emploi/archives/",
        "/travaux/archives/page/1/",
        "/contact/fil.atom",
    ):
        assert visit(prisches, path).status_code == 404, path


def test_programs_read_a_post_and_each_list_as_a_feed(prisches, ablain, visit):
    job(prisches, "Poste </script>", slug="poste", hours_per_week=Decimal(20), contract="permanent")
    (script,) = BeautifulSoup(visit(prisches, "/offres-emploi/poste/").content, "html5lib").select("script")
    data = json.loads(script.string)
    assert (data["@type"], data["title"], data["employmentType"]) == ("JobPosting", "Poste </script>", "PART_TIME")
    assert (data["datePosted"], data["validThrough"]) == ("2026-11-25", "2026-12-04T23:59:59+01:00")
    assert data["jobLocation"]["address"]["addressLocality"] == "Prisches"
    works(prisches)
    works(prisches, "Pont", starts_on=date(2026, 10, 1), ends_on=date(2026, 11, 24))
    answer = visit(prisches, "/travaux/fil.atom")
    (entry,) = ElementTree.fromstring(answer.content).iter(f"{ATOM}entry")
    assert answer["Content-Type"].startswith("application/atom+xml")
    assert entry.find(f"{ATOM}title").text == "Rue de l’Église"
    assert visit(prisches, "/travaux/fil.atom").content == answer.content
    assert visit(ablain, "/travaux/fil.atom").status_code == 404


@pytest.mark.slow
def test_the_pages_that_list_announcements_cost_the_same_whatever_their_number(prisches, visit):
    def cost(path: str) -> int:
        visit(prisches, path)
        with CaptureQueriesContext(connection) as queries:
            visit(prisches, path)
        return len(queries)

    def one_of_each(number):
        works(prisches, f"Travaux {number}")
        works(prisches, f"Finis {number}", starts_on=date(2026, 10, 1), ends_on=date(2026, 11, 1))
        job(prisches, f"Poste {number}")
        tender(prisches, f"Marché {number}")

    paths = ("/", "/travaux/", "/travaux/archives/", "/offres-emploi/", "/marches-publics/", "/travaux/fil.atom")
    one_of_each(0)
    before = {path: cost(path) for path in paths}
    for number in range(1, 6):
        one_of_each(number)
    assert {path: cost(path) for path in paths} == before


@pytest.mark.slow
def test_the_day_and_the_hour_move_what_is_published(prisches, time_machine):
    actions.open_site(prisches, by=f.user(), at=f.NOW)
    works(prisches)
    job(prisches)
    page = tender(prisches)
    publish_waiting()
    files = served(prisches)
    assert b"Secr" in files["index.html"]
    assert b"offres-emploi/secretaire-de-mairie/" in files["sitemap.xml"]
    assert {"travaux/fil.atom", "travaux/archives/index.html", "offres-emploi/fil.atom"} <= set(files)
    assert "Consultations ouvertes" in files["marches-publics/index.html"].decode()

    time_machine.move_to(datetime(2026, 12, 5, 0, 1, tzinfo=PARIS), tick=False)
    follow_the_day.func()
    publish_waiting()
    files = served(prisches)
    assert "offres-emploi/secretaire-de-mairie/index.html" not in files
    assert b"secretaire-de-mairie" not in files["sitemap.xml"] + files["index.html"]
    assert "Rue de l’Église" in files["travaux/archives/index.html"].decode()

    assert close_at_their_hour(at=NOON - timedelta(seconds=1)) == 0
    time_machine.move_to(NOON + timedelta(seconds=5), tick=False)
    assert (close_at_their_hour(at=NOON), close_at_their_hour(at=NOON)) == (1, 0)
    publish_waiting()
    assert "Consultation close" in served(prisches)["marches-publics/toiture-de-lecole/index.html"].decode()
    assert "décision attendue" in served(prisches)["marches-publics/index.html"].decode()
    # Put off, it opens again, and is told again when it comes.
    page.refresh_from_db()
    page.deadline_at = NOON + timedelta(days=1)
    publish_page(page)
    publish_waiting()
    assert "Consultations ouvertes" in served(prisches)["marches-publics/index.html"].decode()
    assert close_at_their_hour(at=NOON + timedelta(days=1)) == 1
    assert Change.objects.filter(key="tenders").exists()


def test_what_does_not_hold_is_refused_with_the_remedy(db):
    made = {"title": "Annonce", "slug": "annonce", "summary": "Deux phrases."}
    day = {"starts_on": f.TODAY, "ends_on": f.TODAY, "place": "Centre"}
    post = {"applications_until": f.TODAY, "how_to_apply": "Écrivez."}
    wrong = [
        (WorksPage(**made, **{**day, "ends_on": date(2026, 11, 24)}), "vient après le premier"),
        (WorksPage(**made, **{**day, "starts_on": date(1926, 1, 1)}), "vérifiez l’année"),
        (WorksPage(**made, **{**day, "ends_on": date(2062, 1, 1)}), "vérifiez l’année"),
        (JobPage(**made, **{**post, "applications_until": date(2062, 1, 1)}), "vérifiez l’année"),
        (JobPage(**made, **post, hours_per_week=Decimal(99)), "48 heures"),
        (TenderPage(**made, deadline_at=NOON, profile_url="http://marches.exemple.invalid/"), "https://"),
        (TenderPage(**made, deadline_at=NOON, outcome="awarded"), "à qui le marché est attribué"),
        (TenderPage(**made, deadline_at=NOON, amount=Decimal(12)), "Choisissez «"),
        (
            TenderPage(**made, deadline_at=NOON, outcome="awarded", awarded_to="X", awarded_on=date(2026, 11, 26)),
            "pas encore venue",
        ),
    ]
    for page, reason in wrong:
        with pytest.raises(ValidationError, match=reason):
            page.clean()


def works_form(**fields: object) -> dict[str, object]:
    return {
        "title": "Enrobé", "slug": "enrobe", "summary": "La rue est refaite.", "place": "Rue Haute",
        "starts_on": "2026-12-01", "ends_on": "2026-12-04", "effect": "closed", "closed": "", "detour": "",
        "contact": "", "body-count": "0", "show_in_menus": "", "search_description": "", "go_live_at": "",
        "expire_at": "", "action-publish": "action-publish", **fields,
    }  # fmt: skip


def test_a_secretary_opens_a_section_announces_and_takes_back(prisches, visit):
    editor = signed_in(secretary(prisches.beneficiary))
    shown = editor.get(f"{SITE}rubriques/").content.decode()
    assert all(section.gesture in unescape(shown) for section in SECTIONS.values())
    assert editor.get(f"{SITE}rubriques/ailleurs/").status_code == 404
    assert "Ouvrir la rubrique et continuer" in editor.get(f"{SITE}rubriques/travaux/").content.decode()
    assert visit(prisches, "/travaux/").status_code == 404
    add_form = editor.post(f"{SITE}rubriques/travaux/")["Location"]
    assert Entry.objects.get(verb="website.section_opened").facts["section"] == "travaux"
    assert editor.get(f"{SITE}rubriques/travaux/")["Location"] == add_form
    assert "Aucun chantier n’est annoncé" in text(visit(prisches, "/travaux/"))
    assert editor.get(add_form).status_code == 200
    wrong = editor.post(add_form, works_form(ends_on="2026-11-30"))
    assert "Le dernier jour vient après le premier" in unescape(wrong.content.decode())
    assert editor.post(f"{add_form}preview/", works_form()).json()["is_valid"]
    assert "Voie fermée" in editor.get(f"{add_form}preview/").content.decode()
    assert editor.post(add_form, works_form()).status_code == 302
    page = WorksPage.objects.get()
    assert "Enrobé" in text(visit(prisches, "/travaux/"))
    assert editor.post(f"{SITE}pages/{page.pk}/unpublish/").status_code == 302
    assert "Enrobé" not in text(visit(prisches, "/travaux/"))
