"""« À faire »: broken links and pages to read again, told once and mended."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from bs4 import BeautifulSoup
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled
from wagtail.models import Page

from socle.lib.refusals import Refused
from socle.people.models import Membership, Role
from socle.quality.models.score import SiteTask
from socle.quality.upkeep import checks, links, score
from socle.quality.upkeep.demo_data import ensure_upkeep
from socle.quality.upkeep.editor import MOST
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


def broken(website: WebSite) -> dict[str, str]:
    """What leads nowhere on a site as it is published, and why."""
    with scopes_disabled():
        found = checks.Looked(WebSite.objects.select_related("facts", "root_page").get(pk=website.pk), on=f.TODAY)
        return {(one.href or one.words).removeprefix(website.root_url): one.why for one in found.published.broken}


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
        <a href="http://[exemple.fr/">crochet</a>
        <a href="https://école.exemple.fr/été#a">accents</a> <a href="//exemple.fr/x">sans schéma</a>
        <a href="https://exemple.fr/y">dehors</a></p>""",
    )
    assert not {"/ancienne/", "supprimée", "papier retiré"} & broken(prisches).keys()
    # Then two pages and a document go, as pages and documents do.
    gone.unpublish()
    deleted.delete()
    papers.delete()
    publish_waiting()
    assert broken(prisches) == {
        "/ancienne/": links.PAGE,
        "supprimée": links.DELETED,
        "papier retiré": links.DELETED,
        "/documents/999/rien.pdf": links.FILE,
        "www.exemple.fr": links.MALFORMED,
        "http:///x": links.MALFORMED,
        "https://exemple": links.MALFORMED,
        "http://[exemple.fr/": links.MALFORMED,
    }
    assert examine(prisches)["links"].count == 8


@pytest.mark.slow
def test_a_link_mended_leaves_the_list_and_what_stays_keeps_its_first_day(prisches):
    page = write(prisches, '<p><a href="/rien/">un</a> <a href="/vide/">deux</a></p>')
    score.keep(prisches, at=f.NOW)
    write(prisches, '<p><a href="/vide/">deux, dit autrement</a></p>', page=page)
    score.keep(prisches, at=f.NOW + timedelta(days=2))
    assert broken(prisches) == {"/vide/": links.PAGE}
    task = SiteTask.objects.get(code="links")
    assert (task.count, task.since_at, score.label_of(task)) == (1, f.NOW, "1 lien cassé")


@pytest.mark.slow
def test_a_link_is_read_with_its_page_its_words_and_the_form_that_corrects_it(prisches, editor):
    page = write(prisches, '<p><a href="/rien/">le programme</a> <a href="/rien/">le même</a></p>')
    screen = editor.get(SCREEN)
    words = text(screen).replace("\u00a0", " ")
    assert "Un lien de la page /actualites/brocante/ ne mène nulle part (/rien/)." in words
    assert "Page /actualites/brocante/ : le lien « le programme » /rien/ La page n’est pas en ligne." in words
    assert f"/mairie/site/pages/{page.pk}/edit/?next=%2Fmairie%2Fsite%2Fa-faire%2F" in unescape(screen.content.decode())


@pytest.mark.slow
def test_a_page_of_thousands_of_links_is_read_in_part(prisches, editor):
    write(prisches, "<p>" + "".join(f'<a href="/rien-{n}/">{n}</a> ' for n in range(2000)) + "</p>")
    assert links.MOST_OF_A_PAGE - 10 < len(broken(prisches)) <= links.MOST_OF_A_PAGE
    assert text(editor.get(SCREEN)).count("La page n’est pas en ligne.") == MOST


# --- What is to be read again ----------------------------------------------------------------------------------------
@pytest.mark.slow
def test_pages_ask_to_be_read_again_and_publishing_them_is_enough(prisches, editor, settings):
    procedures = prisches.root_page.get_children().get(slug="demarches")
    page = StandardPage(title="Histoire", slug="histoire", first_published_at=f.NOW, last_published_at=f.NOW)
    prisches.root_page.add_child(instance=page)
    Page.objects.filter(pk=procedures.pk).update(last_published_at=f.NOW + timedelta(days=9))
    assert "stale" not in examine(prisches)
    assert "stale" not in examine(prisches, later=timedelta(days=500))
    found = examine(prisches, later=timedelta(days=600))["stale"]
    assert found.count == 2
    assert found.says.startswith("La page «\u00a0Histoire\u00a0» n’a pas changé depuis le ")
    assert ", et 1 de plus" in found.says
    settings.SOCLE_SITES_PARAMETERS = {"page-months": "3"}
    assert examine(prisches, later=timedelta(days=95))["stale"].count == 1
    Page.objects.filter(pk=page.pk).update(last_published_at=f.NOW - timedelta(days=200))
    screen = editor.get(SCREEN)
    assert "Histoire Publiée le " in text(screen)
    assert f"/mairie/site/pages/{page.pk}/edit/?next=%2Fmairie%2Fsite%2Fa-faire%2F" in unescape(screen.content.decode())
    page.save_revision().publish()
    assert "stale" not in examine(prisches)


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
@pytest.mark.slow
def test_the_list_says_where_each_thing_is_done_and_since_when(prisches, editor, time_machine):
    editor.get(SCREEN)
    time_machine.move_to(f.NOW + timedelta(days=3), tick=False)
    editor = signed_in(secretary(prisches.beneficiary, email="autre@exemple.invalid"))
    page = editor.get(SCREEN)
    words = text(page)
    assert "souvent la ou le maire" in words
    assert "Constaté le" in words
    assert "Ce dont l’opérateur s’occupe" in words
    assert 'href="/mairie/site/coordonnees/"' in page.content.decode()
    assert "Ouvrir la liste « À faire »" in text(editor.get("/mairie/site/")).replace("\u00a0", " ")


@pytest.mark.slow
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
def test_a_tick_examines_each_site_once_and_finds_nothing_of_another(prisches, ablain, time_machine):
    equipped("59001", "Abancourt")
    write(prisches, '<p><a href="/rien/">un</a></p>')
    write(ablain, '<p><a href="https://exemple.fr/">deux</a></p>')
    at = f.NOW + timedelta(minutes=1)
    time_machine.move_to(at, tick=False)
    assert (score.keep_due(at=at), score.keep_due(at=at)) == (3, 0)
    assert list(SiteTask.objects.filter(code="links").values_list("score__website", flat=True)) == [prisches.pk]


@pytest.mark.slow
def test_a_demonstration_has_something_to_keep_up_once(prisches, settings):
    with pytest.raises(Refused):
        ensure_upkeep(prisches, by=f.user(), at=f.NOW)
    settings.DEMO = True
    done = [ensure_upkeep(prisches, by=f.user(), at=f.NOW) for _ in range(2)]
    publish_waiting()
    score.keep(prisches, at=f.NOW)
    found = examine(prisches)
    assert (done, found["links"].count, found["stale"].count) == ([True, False], 1, 1)
