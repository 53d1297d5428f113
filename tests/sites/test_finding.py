"""Finding on a site: what is found and how, by the published index and by the platform, of this site only."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.core.files.base import ContentFile
from playwright.sync_api import expect
from wagtail.models import Page

from socle.lib.dates import PARIS
from socle.sections.listing import actions as listing
from socle.sections.listing.models import PATHS, Kind, ListingEntry
from socle.sites import exceptional_days
from socle.sites.exceptional_days import Wanted
from socle.sites.models import CommuneDocument, StandardPage
from socle.sites.models.notices import Span
from socle.sites.publishing.actions import publish_waiting
from socle.sites.search.entries import MOST_TEXT, entries_of
from socle.sites.search.ranking import MOST_SHOWN, Entry, find
from tests import factories as f
from tests.browser import PHONE, violations, watched_context
from tests.sites.conftest import equipped
from tests.sites.released import add_news, publish_page

# Questions as people ask them (endings, accents, slips, several words, nothing): where the first answer leads.
QUESTIONS = {
    "horaires": "/contact/",
    "ecoles": "/ecole/",
    "ÉCOLE": "/ecole/",
    "inscrire ecole": "/ecole/",
    "carte d’identité": "/demarches/",
    "poubeles": "/demarches/dechets/",
    "brocnate": "/actualites/brocante-dete/",
    "la salle des fêtes": "/documents/",
    "télé": "/contact/",
    "subvention": "/actes/",
    "brocante zzzzzz": "/actualites/brocante-dete/",
    "zzzzzz": "",
    "le de la": "/",
    "écoles inscriptions cantine": "/ecole/",
    "mairie": "/contact/",
    "l'xylophone <b>": "",
    "œuvre": "/ecole/",
    "oeuvres": "/ecole/",
}


def entry(title: str, text: str = "", url: str = "/", on: str = "") -> Entry:
    return Entry(url=url, title=title, kind="Page", on=on, when="", text=text)


def titles(entries, asked: str) -> list[str]:
    return [result.entry["title"] for result in find(entries, asked).results]


@pytest.fixture
def published(settings, tmp_path) -> Path:
    settings.PUBLISHED_ROOT = tmp_path / "published"
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.PUBLISHED_ROOT


def filled(website):
    """A site with what people look for: a page, news, a file, an act."""
    f.act(website.beneficiary, subject="Subvention aux associations", published_on=date(2026, 11, 2))
    page = StandardPage(
        title="École et cantine",
        slug="ecole",
        introduction="L’école publique accueille les enfants dès trois ans.",
        body=[
            ("title", {"text": "Inscriptions"}),
            ("text", "<p>Les inscriptions à la cantine se font à la mairie.</p><p>Œuvres des élèves en juin.</p>"),
        ],
    )
    website.root_page.specific.add_child(instance=page)
    publish_page(page)
    document = CommuneDocument.objects.create(
        title="Tarifs de la salle des fêtes", file=ContentFile(b"x", name="tarifs.pdf"), collection=website.collection
    )
    hidden = CommuneDocument.objects.create(
        title="Brouillon de tarif", file=ContentFile(b"x", name="secret.pdf"), collection=website.collection
    )
    add_news(website, title="Brocante d’été", body=[("file", {"document": document, "title": ""})])
    add_news(website, title="Poubelles jaunes", body=[("text", "<p>Sortez les poubelles la veille.</p>")])
    return page, document, hidden


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("ecoles", ["École"]), ("ÉCOLE", ["École"]), ("eco", ["École"]), ("école inscription", ["École"]),
        ("inscriptions", ["École"]), ("BROCANTES", ["Brocante"]), ("le de la", ["Mentions légales", "École"]),
        ("directrice de la mairie", ["École"]), ("directeur", ["Mentions légales"]), ("brocante directrice", None),
        ("zzzzzz", []), ("", []), (" ’ ", []), (" ".join(f"mot{n}" for n in range(40)), []),
    ],
)  # fmt: skip
def test_without_a_script_what_has_all_the_words_or_most_of_them_is_found(asked, found):
    school = entry("École", "Les inscriptions se font à la mairie, auprès de la directrice.", "/ecole/")
    fair = entry("Brocante", "Dimanche, sur l’herbe.", "/brocante/", "2026-11-20")
    law = entry("Mentions légales", "Directeur de la publication : le maire, en son hôtel.")
    if found is None:
        partial = find([school, fair, law], asked)
        assert (partial.is_partial, partial.count) == (True, 2)
    else:
        assert titles([school, fair, law], asked) == found
    # A title weighs more than a text; among equals, the newest.
    assert titles([entry("Fêtes", "La brocante."), fair], "brocante") == ["Brocante", "Fêtes"]
    same = [entry("Avis", on="2026-01-01"), entry("Avis", on="2026-02-01")]
    assert [result.entry["on"] for result in find(same, "avis").results] == ["2026-02-01", "2026-01-01"]


def test_an_extract_shows_whole_words_around_what_was_found():
    text = "Bla " * 60 + "la salle des fêtes se réserve en mairie, au plus tard un mois avant. " + "Fin " * 60
    extract = find([entry("Salle", text)], "reserve fete").results[0].extract
    assert "des fêtes se réserve en mairie" in extract
    assert extract.startswith("… ")
    assert extract.endswith(" …")
    assert extract.strip("… ") in text
    assert find([entry("École", "")], "ecole").results[0].extract == ""


@pytest.mark.slow
@pytest.mark.both
def test_the_index_holds_what_is_published_on_this_site_and_nothing_else(
    prisches, ablain, published, visit, django_assert_max_num_queries
):
    page, document, hidden = filled(prisches)
    other = filled(ablain)
    draft = StandardPage(title="Projet secret", slug="projet", live=False)
    Page.objects.get(pk=prisches.root_page_id).specific.add_child(instance=draft)
    entry = ListingEntry(
        website=prisches, kind=Kind.SHOP, name="Boulangerie du Pont", activity="Pain. Le midi.", place="Place Verte"
    )
    listing.keep_entry(entry, by=f.user(), at=f.NOW)
    with django_assert_max_num_queries(40):
        entries = entries_of(prisches)
    found = {item["url"]: item for item in entries}
    assert "inscriptions à la cantine" in found["/ecole/"]["text"]
    assert found[f"/annuaire/{PATHS[Kind.SHOP]}/"]["title"] == "Boulangerie du Pont"
    assert found[f"/annuaire/{PATHS[Kind.SHOP]}/"]["text"] == "Pain. Le midi, Place Verte"
    assert "<p>" not in found["/ecole/"]["text"]
    assert found[f"/documents/{document.pk}/{document.filename}"]["title"] == "Tarifs de la salle des fêtes"
    assert "Subvention" in " ".join(item["title"] for item in entries if item["kind"] == "Acte")
    assert "03\u00a027\u00a077\u00a059\u00a000" in found["/contact/"]["text"]
    said = json.dumps(entries, ensure_ascii=False)
    for secret in ("Projet secret", "Brouillon", "Ablain", hidden.filename, f"/documents/{other[1].pk}/"):
        assert secret not in said, secret
    # The hours are the words of one page only.
    assert [url for url, item in found.items() if "Lundi\u00a0: ouvert 9\u00a0h" in item["text"]] == ["/contact/"]
    assert json.loads(visit(prisches, "/recherche.json").content)["entries"] == entries
    page = StandardPage.objects.get(pk=page.pk)
    page.introduction = "mot " * 100
    page.body = [("text", "<p>" + "long " * 5000 + "</p>")]
    publish_page(page)
    longest = max(len(item["text"]) for item in entries_of(prisches))
    assert longest <= MOST_TEXT


@pytest.mark.slow
@pytest.mark.both
def test_the_platform_answers_without_a_script_and_repeats_nothing_as_a_page(prisches, published, visit, valid_html):
    filled(prisches)
    for is_published in (False, True):
        answer = visit(prisches, "/_/recherche/", data={"q": "inscriptions ecole"})
        soup = BeautifulSoup(answer.content, "html5lib")
        assert [link["href"] for link in soup.select(".found a")][:2] == ["/demarches/ecole/", "/ecole/"]
        assert soup.select_one(".found-count").text.startswith("2 résultats, puis ")
        assert soup.select_one("meta[name=robots]")["content"] == "noindex"
        assert "no-store" in answer["Cache-Control"]
        assert not answer.cookies
        if not is_published:
            publish_waiting()
    hostile = visit(prisches, "/_/recherche/", data={"q": '"><script>alert(1)</script>\0' + "é" * 5000})
    assert b"<script>alert" not in hostile.content
    assert valid_html(hostile.content) == []
    nothing = visit(prisches, "/_/recherche/", data={"q": "zzzzzz"}).content.decode()
    assert "Rien sur ce site ne contient ces mots" in nothing
    assert "03 27 77 59 00" in nothing
    # Whoever finds nothing may need somebody at once.
    assert all(f'href="tel:{number}"' in nothing for number in (15, 17, 18, 112, 114))
    assert visit(prisches, "/_/recherche/").status_code == 200
    assert "aucun ne contient" in visit(prisches, "/_/recherche/", data={"q": "brocante poubelles"}).content.decode()
    # A published index that was damaged is not believed.
    (published / "sites" / prisches.slug / "current" / "recherche.json").write_text('{"entries": 3}')
    assert "/ecole/" in visit(prisches, "/_/recherche/", data={"q": "ecole"}).content.decode()
    # No page takes its address.
    fresh = StandardPage(title="Recherche")
    Page.objects.get(pk=prisches.root_page_id).specific.add_child(instance=fresh)
    assert fresh.slug == "page-recherche"
    page = visit(prisches, "/recherche/").content
    assert valid_html(page) == []
    assert b'href="/recherche/"' in visit(prisches, "/contact/").content


@pytest.mark.journey
@pytest.mark.django_db(transaction=True)
def test_the_browser_finds_with_endings_and_slips_and_needs_the_platform_no_more(browser, address, published):
    website = equipped("59474", "Prisches")
    filled(website)
    with watched_context(browser, viewport=PHONE) as context:
        page = context.new_page()
        # The field has the focus at once: the index comes with the page.
        with page.expect_response("**/recherche.json") as entries:
            page.goto(address("/recherche/", host=website.slug))
        entries.value.finished()
        page.wait_for_load_state("networkidle")
        # From here on there is no platform and no network.
        context.set_offline(True)
        for asked, first in QUESTIONS.items():
            page.get_by_label("Que cherchez-vous").fill(asked)
            page.keyboard.press("Enter")
            expect(page).to_have_title(re.compile(rf"^«\u00a0{re.escape(asked)}\u00a0»"))
            said, found = page.locator(".found-count").inner_text(), page.locator(".found li").count()
            # « 2 résultats, puis 3 qui contiennent une partie de ces mots. »
            counted = sum(map(int, re.findall(r"\b\d+\b(?= résultat| qui)", said)))
            assert min(counted, MOST_SHOWN) == found, (asked, said)
            assert said.startswith("Rien sur ce site") is not bool(first), asked
            if first:
                assert page.locator(".found a").first.get_attribute("href").startswith(first), asked
        expect(page.locator(".found mark").first).to_have_text("Œuvres")
        page.get_by_label("Que cherchez-vous").fill("ecole")
        page.keyboard.press("Enter")
        expect(page.locator(".found li").first).to_contain_text("École et cantine")
        assert page.url.endswith("/recherche/#ecole")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        context.set_offline(False)
        page.locator(".found").get_by_role("link", name="École et cantine").click()
        page.go_back()
        expect(page.locator(".found li").first).to_contain_text("École et cantine")
        assert context.cookies() == []


@pytest.mark.parametrize("asked", ["24 décembre", "26 décembre", "horaires", "ouvert", "fermée", "lundi", "Réveillon"])
@pytest.mark.slow
@pytest.mark.both
def test_the_hours_lead_to_the_page_that_says_them(prisches, time_machine, asked):
    time_machine.move_to(f.NOW)
    filled(prisches)
    add_news(prisches, title="Marché", body=[("text", "<p>Ouvert à tous le lundi 24 décembre, en fin de mois.</p>")])
    for starts_on, ends_on, reason, spans in (
        (date(2026, 12, 24), date(2026, 12, 24), "Réveillon", [Span(time(9), time(12))]),
        (date(2026, 12, 25), date(2026, 12, 28), "Noël", []),
    ):
        wanted = Wanted(starts_on, ends_on, reason, spans)
        exceptional_days.announce_day(prisches, wanted, by=f.user(), at=f.NOW)
    first = find(entries_of(prisches), asked).results[0]
    assert first.entry["title"] == "Mairie et contact"
    # Once past, they are found no more.
    time_machine.move_to(datetime(2027, 1, 4, 9, tzinfo=PARIS))
    assert "Réveillon" not in json.dumps(entries_of(prisches), ensure_ascii=False)
