"""« À faire »: broken links and things to read again, told once, mended, left out, confirmed."""

from __future__ import annotations

import re
from datetime import time, timedelta
from html import unescape
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Membership, Role
from socle.quality.models.score import SiteTask
from socle.quality.models.upkeep import Confirmation, OutsideAddress, PageLink
from socle.quality.upkeep import actions, checks, freshness, links, presenters, score
from socle.quality.upkeep.demo_data import ensure_upkeep
from socle.sections.council.actions import open_council
from socle.sections.listing.actions import keep_entry
from socle.sections.listing.models import ListingEntry
from socle.sites import actions as sites
from socle.sites.models import CommuneDocument, NewsIndexPage, NewsPage, StandardPage, WebSite
from socle.sites.publishing.actions import publish_waiting
from tests import factories as f
from tests.sites.conftest import equipped, secretary
from tests.sites.two_communes import signed_in

SCREEN = "/mairie/site/a-faire/"


@pytest.fixture(autouse=True)
def apart(settings, tmp_path, time_machine):
    settings.PUBLISHED_ROOT, settings.MEDIA_ROOT = tmp_path / "published", tmp_path / "media"
    time_machine.move_to(f.NOW, tick=False)


@pytest.fixture
def editor(prisches) -> Client:
    return signed_in(secretary(prisches.beneficiary))


def write(website: WebSite, words: str, *, slug: str = "brocante", page: NewsPage | None = None) -> NewsPage:
    """Publish a news item made of this text, or write it over another."""
    if page is None:
        page = NewsPage(title=slug.capitalize(), slug=slug, summary="Dimanche.")
        NewsIndexPage.objects.child_of(website.root_page).get().add_child(instance=page)
    page.body = [("text", words)]
    page.save_revision().publish()
    publish_waiting()
    return page


def own_links():
    """The links kept, without those that every site is born with: the State's pages on what one comes for."""
    return PageLink.objects.exclude(href__startswith="https://www.service-public.gouv.fr/")


def kept(website: WebSite) -> dict[str, tuple[str, str]]:
    """What is kept of the links of a site: what is wrong with each, and where it leads outside."""
    return {
        (one.href or one.words).removeprefix(website.root_url): (one.problem, one.outside.url if one.outside else "")
        for one in own_links().filter(website=website).select_related("outside")
    }


def examine(website: WebSite, *, later: timedelta = timedelta()) -> dict[str, score.Found]:
    with scopes_disabled():
        fresh = WebSite.objects.select_related("facts", "root_page", "site", "beneficiary__commune").get(pk=website.pk)
        return {one.check.code: one for one in score.examine(fresh, on=f.TODAY + later)}


def text(answer) -> str:
    return " ".join(unescape(BeautifulSoup(answer.content, "html5lib").get_text(" ")).split())


# --- Links -----------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_every_link_is_judged_by_where_it_leads(prisches):
    document = CommuneDocument.objects.create(
        title="Avis", file=ContentFile(b"%PDF-1.7", name="avis.pdf"), collection=prisches.collection
    )
    papers = CommuneDocument.objects.create(
        title="Papiers", file=ContentFile(b"%PDF-1.7", name="papiers.pdf"), collection=prisches.collection
    )
    gone, deleted = (StandardPage(title=name, slug=name.lower()) for name in ("Ancienne", "Autre"))
    for page in (gone, deleted):
        prisches.root_page.add_child(instance=page)
    write(
        prisches,
        f"""<p><a href="/contact/">bon</a> <a href="/contact">bon</a> <a href="{prisches.root_url}/contact/">bon</a>
        <a href="/contact/#nulle-part">ancre</a> <a href="/contact/#contenu">bonne ancre</a> <a href="#top">haut</a>
        <a linktype="page" id="{gone.pk}">dépubliée</a> <a linktype="page" id="{deleted.pk}">supprimée</a>
        <a linktype="document" id="{document.pk}">avis</a> <a linktype="document" id="{papers.pk}">papier retiré</a>
        <a href="/documents/999/rien.pdf">fichier</a> <a href="www.exemple.fr">oubli</a>
        <a href="mailto:a@exemple.fr">courriel</a> <a href="tel:+33327000000">téléphone</a>
        <a href="javascript:alert(1)">script</a> <a href="data:text/html,x">données</a>
        <a href="http:///x">mal écrit</a> <a href="https://exemple">sans point</a>
        <a href="https://école.exemple.fr/été#a">accents</a> <a href="//exemple.fr/x">sans schéma</a>
        <a href="https://exemple.fr/y">dehors</a></p>""",
    )
    score.keep(prisches, at=f.NOW)
    assert not {"/ancienne/", "supprimée", "papier retiré"} & kept(prisches).keys()
    # Then two pages and a document go, as pages and documents do.
    gone.unpublish()
    deleted.delete()
    papers.delete()
    publish_waiting()
    score.keep(prisches, at=f.NOW)
    found = kept(prisches)
    assert found == {
        "/ancienne/": ("page", ""),
        "supprimée": ("deleted", ""),
        "papier retiré": ("deleted", ""),
        "/documents/999/rien.pdf": ("file", ""),
        "www.exemple.fr": ("malformed", ""),
        "http:///x": ("malformed", ""),
        "https://exemple": ("malformed", ""),
        "https://école.exemple.fr/été#a": ("", "https://xn--cole-9oa.exemple.fr/%C3%A9t%C3%A9"),
        "//exemple.fr/x": ("", "https://exemple.fr/x"),
        "https://exemple.fr/y": ("", "https://exemple.fr/y"),
    }
    assert examine(prisches)["links"].count == 7


@pytest.mark.slow
def test_a_link_mended_leaves_the_list_and_one_that_stays_keeps_its_first_day(prisches):
    page = write(prisches, '<p><a href="/rien/">un</a> <a href="/vide/">deux</a></p>')
    score.keep(prisches, at=f.NOW)
    first = dict(own_links().values_list("href", "pk"))
    later = f.NOW + timedelta(days=2)
    write(prisches, '<p><a href="/vide/">deux, dit autrement</a></p>', page=page)
    score.keep(prisches, at=later)
    (link,) = own_links()
    assert (link.pk, link.found_at, link.words) == (first["/vide/"], f.NOW, "deux, dit autrement")
    task = SiteTask.objects.get(code="links")
    assert (task.count, task.since_at, score.label_of(task)) == (1, f.NOW, "1 lien cassé")


@pytest.mark.slow
def test_reading_the_same_pages_again_changes_nothing(prisches, django_assert_num_queries):
    write(prisches, '<p><a href="/rien/">un</a> <a href="https://exemple.fr/">deux</a></p>')
    score.keep(prisches, at=f.NOW)
    before = list(PageLink.objects.values()), list(OutsideAddress.objects.values())
    score.keep(prisches, at=f.NOW + timedelta(hours=1))
    assert (list(PageLink.objects.values()), list(OutsideAddress.objects.values())) == before
    seen = [links.Seen(prisches.root_page_id, "/", f"https://exemple.fr/{n}", "x", outside=f"https://exemple.fr/{n}")
            for n in range(150)]  # fmt: skip
    links.keep(prisches, seen, at=f.NOW)
    # The addresses known and the links kept: two questions, and nothing to take away.
    with django_assert_num_queries(2):
        links.keep(prisches, seen, at=f.NOW)


@pytest.mark.slow
def test_an_outside_link_counts_once_it_is_proven_broken(prisches):
    write(prisches, '<p><a href="https://exemple.fr/x">dehors</a></p>')
    score.keep(prisches, at=f.NOW)
    assert "links" not in examine(prisches)
    address = OutsideAddress.objects.filter(host="exemple.fr")
    for verdict in ("failing", "unsure", "answers"):
        address.update(verdict=verdict)
        assert "links" not in examine(prisches)
    address.update(verdict="broken", said="La page n’existe pas (404).")
    found = examine(prisches)["links"]
    assert found.says == "Un lien de la page /actualites/brocante/ ne mène nulle part (https://exemple.fr/x)."


@pytest.mark.slow
def test_a_link_is_left_out_of_the_list(prisches, editor):
    page = write(prisches, '<p><a href="/rien/">le programme</a> <a href="/vide/">le plan</a></p>')
    screen = editor.get(SCREEN)
    words = text(screen)
    assert "2 liens" not in words
    assert "Un lien de la page /actualites/brocante/ ne mène nulle part" in words
    assert "Page « Brocante » : le lien « le programme »" in words.replace("\u00a0", " ")
    assert f"/mairie/site/pages/{page.pk}/edit/?next=%2Fmairie%2Fsite%2Fa-faire%2F" in unescape(screen.content.decode())
    link = PageLink.objects.get(href="/rien/")
    answer = editor.post(f"{SCREEN}lien/{link.pk}/taire/", follow=True)
    assert "n’est plus signalé" in text(answer)
    assert examine(prisches)["links"].count == 1
    assert "déjà plus signalé" in text(editor.post(f"{SCREEN}lien/{link.pk}/taire/", follow=True))
    # It stays out, however often the site is read again.
    score.keep(prisches, at=f.NOW + timedelta(days=9))
    assert examine(prisches)["links"].count == 1
    line = Entry.objects.get(verb="website.link_dismissed")
    assert line.facts == {"page": page.pk, "link": link.pk}


@pytest.mark.slow
def test_a_link_of_the_directory_is_corrected_in_its_entry(prisches):
    entry = ListingEntry(website=prisches, kind="shop", name="Boulangerie", link="https://exemple.fr/pain")
    keep_entry(entry, by=f.user(), at=f.NOW)
    publish_waiting()
    score.keep(prisches, at=f.NOW)
    # Read on the whole list and on that of its category: told once.
    assert own_links().count() == 1
    OutsideAddress.objects.filter(host="exemple.fr").update(verdict="broken")
    (one,) = presenters.shown(prisches, PageLink.objects.broken())
    assert (one.url, one.title) == (f"/mairie/site/annuaire/fiche/{entry.pk}/", "Annuaire")


@pytest.mark.slow
def test_a_page_of_thousands_of_links_is_read_in_part(prisches):
    write(prisches, "<p>" + "".join(f'<a href="/rien-{n}/">{n}</a> ' for n in range(2000)) + "</p>")
    score.keep(prisches, at=f.NOW)
    assert links.MOST_OF_A_PAGE - 10 < own_links().count() <= links.MOST_OF_A_PAGE
    assert len(presenters.shown(prisches, PageLink.objects.broken())) == presenters.MOST


# --- What is to be read again ----------------------------------------------------------------------------------------
def matters(website: WebSite, days: int) -> set[str]:
    with scopes_disabled():
        fresh = WebSite.objects.select_related("facts", "root_page").get(pk=website.pk)
        aged = freshness.aged_of(fresh, freshness.page_rows(fresh), on=f.TODAY + timedelta(days=days))
        return {one.matter for one in aged}


def test_a_new_site_has_nothing_to_read_again(prisches):
    assert matters(prisches, 0) == set()


def test_hours_are_confirmed_once_a_year_or_corrected(prisches, time_machine):
    later = f.NOW + timedelta(days=400)
    time_machine.move_to(later, tick=False)
    editor = signed_in(secretary(prisches.beneficiary))
    assert "hours" in matters(prisches, 400)
    assert "horaires d’ouverture n’ont été ni corrigés ni confirmés depuis" in text(editor.get(SCREEN))
    answer = editor.post(f"{SCREEN}exact/", {"matter": "hours"}, follow=True)
    assert "C’est noté" in text(answer)
    assert "hours" not in matters(prisches, 400)
    assert "hours" in matters(prisches, 400 + 400)
    assert "plus rien à dire" in text(editor.post(f"{SCREEN}exact/", {"matter": "hours"}, follow=True))
    assert Confirmation.objects.get().matter == "hours"
    assert Entry.objects.filter(verb="website.still_true").count() == 1
    sites.correct_hours(prisches, [sites.Opening(1, time(9), time(12))], by=f.user(), at=later)
    assert "hours" not in matters(prisches, 400)


def test_pages_ask_to_be_read_again_by_kind_and_writing_them_is_enough(prisches, settings):
    procedures = prisches.root_page.get_children().get(slug="demarches")
    page = StandardPage(title="Histoire", slug="histoire", first_published_at=f.NOW, last_published_at=f.NOW)
    prisches.root_page.add_child(instance=page)
    assert f"page:{procedures.pk}" in matters(prisches, 400)
    assert f"page:{page.pk}" not in matters(prisches, 400)
    assert f"page:{page.pk}" in matters(prisches, 600)
    settings.SOCLE_SITES_PARAMETERS = {"page-months": "3"}
    assert f"page:{page.pk}" in matters(prisches, 100)
    found = examine(prisches, later=timedelta(days=600))["stale"]
    assert found.says.startswith(f"{found.count} contenus sont à relire, le plus ancien du ")
    StandardPage.objects.filter(pk=page.pk).update(last_published_at=f.NOW + timedelta(days=90))
    assert f"page:{page.pk}" not in matters(prisches, 100)


def test_a_council_past_its_term_is_told_until_somebody_says_it_goes_on(prisches):
    open_council(prisches, starts_on=f.TODAY - timedelta(days=6 * 365 + 30), by=f.user(), at=f.NOW)
    assert "council" in matters(prisches, 0)
    assert "devrait être terminé" in examine(prisches)["stale"].says
    actions.confirm(prisches, "council", by=f.user(), at=f.NOW)
    with pytest.raises(Refused, match="plus rien à dire"):
        actions.confirm(prisches, "council", by=f.user(), at=f.NOW)
    assert "council" not in matters(prisches, 100)
    assert "council" in matters(prisches, 200)


def test_a_directory_that_sleeps_is_told(prisches):
    keep_entry(ListingEntry(website=prisches, kind="shop", name="Boulangerie"), by=f.user(), at=f.NOW)
    assert "directory" not in matters(prisches, 500)
    assert "directory" in matters(prisches, 600)


def test_whoever_left_and_is_still_named_is_told_without_being_named(prisches):
    person = f.member(Role.SECRETARY, prisches.beneficiary, email="partie@exemple.invalid")
    person.name = "Dominique Partie-Exemple"
    person.save()
    sites.correct_facts(
        prisches,
        {"publication_director": "Dominique PARTIE-EXEMPLE, secrétaire", "data_protection_contact": "dpo@exemple.fr"},
        by=f.user(),
        at=f.NOW,
    )
    assert "facts" not in examine(prisches)
    Membership.objects.filter(user=person).update(ends_on=f.TODAY - timedelta(days=2))
    found = examine(prisches)["facts"]
    assert "nomment une personne qui a quitté la mairie" in found.says
    assert "Dominique" not in found.says
    assert found.url == "/mairie/site/coordonnees/"
    # Gone from one place and still at another of the mairie: nobody left.
    Membership.objects.create(user=person, role=Role.MAYOR, beneficiary=prisches.beneficiary)
    assert "facts" not in examine(prisches)


# --- The screen ------------------------------------------------------------------------------------------------------
def test_the_list_says_where_each_thing_is_done_and_since_when(prisches, editor, time_machine):
    editor.get(SCREEN)
    time_machine.move_to(f.NOW + timedelta(days=3), tick=False)
    editor = signed_in(secretary(prisches.beneficiary, email="autre@exemple.invalid"))
    page = editor.get(SCREEN)
    words = text(page)
    assert "le nom de la personne qui dirige la publication" in words
    assert "Constaté le" in words
    assert "Du ressort de l’opérateur" in words
    assert 'href="/mairie/site/coordonnees/"' in page.content.decode()
    assert "Ouvrir la liste « À faire »" in text(editor.get("/mairie/site/")).replace("\u00a0", " ")


def test_an_address_leads_to_the_list_of_the_commune_it_names(prisches, ablain):
    editor = signed_in(secretary(prisches.beneficiary, ablain.beneficiary))
    for website in (prisches, ablain):
        page = editor.get(f"{SCREEN}?commune={website.beneficiary_id}", follow=True).content.decode()
        if "Une autre de vos communes" in page:
            answer = editor.post(
                "/mairie/organismes/choisir/", {"organisme": website.beneficiary_id, "suite": SCREEN}, follow=True
            )
            page = answer.content.decode()
        assert "À faire sur le site" in page
    # Of a commune one does not serve, or of none: one's own list.
    for asked in ("999999", "x", ""):
        assert "À faire sur le site" in editor.get(f"{SCREEN}?commune={asked}").content.decode()


def test_the_list_says_that_all_is_well(prisches, editor, monkeypatch):
    monkeypatch.setattr(checks, "CHECKS", ())
    assert "Rien à faire : tout est en ordre." in text(editor.get(SCREEN)).replace("\u00a0", " ")


@pytest.mark.slow
def test_the_list_costs_as_many_queries_whatever_it_holds(prisches, editor, django_assert_max_num_queries):
    page = write(prisches, '<p><a href="/rien/">un</a></p>')
    editor.get(SCREEN)
    with CaptureQueriesContext(connection) as few:
        editor.get(SCREEN)
    count = len(few)
    write(prisches, "<p>" + "".join(f'<a href="/rien-{n}/">{n}</a> ' for n in range(40)) + "</p>", page=page)
    editor.get(SCREEN)
    with django_assert_max_num_queries(count):
        editor.get(SCREEN)


@pytest.mark.slow
def test_nothing_of_another_commune_is_left_out_or_confirmed(prisches, ablain, editor):
    write(ablain, '<p><a href="/rien/">un</a></p>')
    score.keep(ablain, at=f.NOW)
    link = own_links().get()
    assert editor.post(f"{SCREEN}lien/{link.pk}/taire/").status_code == 404
    theirs = f"page:{ablain.root_page_id}"
    with pytest.raises(Refused):
        actions.confirm(prisches, theirs, by=f.user(), at=f.NOW)
    assert own_links().get().dismissed_at is None
    assert not Confirmation.objects.exists()
    assert editor.get(f"{SCREEN}exact/").status_code == 405


@pytest.mark.slow
def test_a_tick_keeps_what_each_site_has_and_nothing_of_another(prisches, ablain, time_machine):
    equipped("59001", "Abancourt")
    write(prisches, '<p><a href="/rien/">un</a></p>')
    write(ablain, '<p><a href="https://exemple.fr/">deux</a></p>')
    time_machine.move_to(f.NOW + timedelta(minutes=1), tick=False)
    at = f.NOW + timedelta(minutes=1)
    assert (score.keep_due(at=at), score.keep_due(at=at)) == (3, 0)
    assert kept(prisches) == {"/rien/": ("page", "")}
    assert kept(ablain) == {"https://exemple.fr/": ("", "https://exemple.fr/")}


def test_what_the_templates_lead_to_is_not_asked_of_the_mairie():
    templates = Path(links.__file__).parents[1] / "templates/websites"
    parts = ("pages", "parts", "layouts", "blocks")
    shown_on_sites = [one for part in parts for one in (templates / part).rglob("*.html")]
    outside = re.compile(r'href="(https?://[^"{]+)')
    led_to = {href for one in shown_on_sites for href in outside.findall(one.read_text())}
    assert led_to
    assert [href for href in led_to if not href.startswith(links.MADE_HERE)] == []


@pytest.mark.slow
def test_a_demonstration_has_something_to_keep_up_once(prisches, settings):
    with pytest.raises(Refused):
        ensure_upkeep(prisches, by=f.user(), at=f.NOW)
    settings.DEMO = True
    done = [ensure_upkeep(prisches, by=f.user(), at=f.NOW) for _ in range(2)]
    publish_waiting()
    score.keep(prisches, at=f.NOW)
    found = examine(prisches)
    assert (done, found["links"].count, found["stale"].count) == ([True, False], 2, 1)
