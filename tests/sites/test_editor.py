"""Who may open the editor, and what a secretary does there in a few clicks."""

import json
import re

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail.models import Page

from socle.journal.models import Entry
from socle.people.models import Role
from socle.sites import registry
from socle.sites.models import CommuneImage, NewsPage
from socle.sites.models.sites import edited
from tests import factories as f
from tests.sites.conftest import secretary
from tests.sites.forged_forms import block, news_form
from tests.sites.two_communes import picture, signed_in

SITE = "/mairie/site/"


@pytest.fixture
def editor(prisches):
    return signed_in(secretary(prisches.beneficiary))


def test_an_anonymous_person_is_led_to_our_sign_in(prisches, client):
    answer = client.get(f"{SITE}pages/{prisches.root_page_id}/edit/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/compte/connexion/?next=/mairie/site/pages/")
    assert client.get(SITE, headers={"x-requested-with": "XMLHttpRequest"}).status_code == 403


@pytest.mark.parametrize("role", [Role.PROGRAMME_OFFICER, Role.TECHNICIAN, Role.PRESIDENT, Role.CDG_ADVISOR])
def test_an_operator_is_refused(prisches, role):
    person = f.member(role, f.operator("npdcn", "Syndicat", 1))
    answer = signed_in(person).get(f"{SITE}pages/{prisches.root_page_id}/")
    assert answer.status_code in (302, 403)
    assert "/mairie/site" not in answer.headers.get("Location", "")


def test_a_role_that_ended_yesterday_opens_nothing(prisches):
    person = f.member(Role.SECRETARY, prisches.beneficiary, ends_on=f.TODAY.replace(year=2020))
    assert signed_in(person).get(SITE).status_code == 403


def test_a_person_without_any_role_is_refused(prisches):
    assert signed_in(f.user()).get(SITE).status_code == 403


def test_a_mairie_whose_site_is_not_made_yet_is_told_when(db):
    answer = signed_in(secretary(f.beneficiary(f.commune("59218", "Étrœungt")))).get(SITE)
    assert answer.status_code == 404
    assert "pas encore" in answer.content.decode()


@pytest.mark.slow
@pytest.mark.both
def test_the_right_follows_the_active_beneficiary(prisches, ablain):
    person = secretary(prisches.beneficiary, ablain.beneficiary)
    for active, other in ((prisches, ablain), (ablain, prisches)):
        client = signed_in(person, active=active)
        assert client.get(f"{SITE}pages/{active.root_page_id}/edit/").status_code == 200
        assert client.get(f"{SITE}pages/{other.root_page_id}/edit/").status_code == 404


def test_nobody_holds_a_permission_outside_the_guard(prisches):
    person = secretary(prisches.beneficiary)
    assert not person.has_perm("wagtailadmin.access_admin")
    assert not prisches.root_page.permissions_for_user(person).can_edit()
    assert not person.groups.exists()


@pytest.mark.slow
def test_the_editor_has_the_column_of_the_door_and_five_tabs_which_lead_to_all_of_the_site(editor, prisches):
    def read(address):
        return BeautifulSoup(editor.get(address, follow=True).content, "html5lib")

    door = [link.get_text(" ", strip=True) for link in read("/mairie/").select(".door-side a")]
    assert "Publier" in door
    home = read(SITE)
    tabs = {link.get_text(): link["href"] for link in home.select(".tabs:not(.tabs-under) a")}
    assert list(tabs) == ["Gérer le site", "Pages", "Vie quotidienne", "Images et documents", "Réglages"]
    reached = {}
    for address in tabs.values():
        page = read(address)
        # Those that are Wagtail's own have the same head.
        assert [link.get_text(" ", strip=True) for link in page.select(".door-side a")] == door, address
        reached |= {link.get_text(): link["href"] for link in page.select(".tabs a")}
    every = {entry.view for one in registry.extensions() for entry in one.menu}
    assert len(every) >= 7
    assert {reverse(view) for view in every} <= set(reached.values())
    assert {"Coordonnées", "Images", "Documents", "Apparence", "Noms de domaine"} <= reached.keys()
    for label, address in reached.items():
        assert editor.get(address, follow=True).status_code == 200, label


def test_it_opens_on_what_is_to_be_done_the_pages_the_look_and_the_public_address(editor, prisches):
    home = BeautifulSoup(editor.get(SITE).content, "html5lib")
    assert home.h1.get_text() == "Gérer le site"
    links = {link["href"] for link in home.select("main a")}
    pages = Page.objects.child_of(prisches.root_page)
    assert {reverse("wagtailadmin_pages:edit", args=[pk]) for pk in pages.values_list("pk", flat=True)} <= links
    assert {f"{prisches.root_url}/", reverse("website_see"), reverse("website_look")} <= links
    assert [heading.get_text(strip=True) for heading in home.select("h2")][:2] == ["À faire sur le site", "Pages"]
    # Nothing of Wagtail's is loaded where nothing is Wagtail's.
    assert "wagtailadmin/" not in str(home.head)


def test_publishing_is_what_the_button_does_first(editor, prisches):
    index = Page.objects.get(slug="actualites")
    page = editor.get(f"{SITE}pages/add/websites/newspage/{index.pk}/").content.decode()
    first = re.search(r'name="(action-\w+)"', page)
    assert first
    assert first.group(1) == "action-publish"


@pytest.mark.slow
def test_a_news_item_is_published_and_seen(editor, prisches, visit):
    index = Page.objects.get(slug="actualites")
    editor.post(f"{SITE}pages/add/websites/newspage/{index.pk}/", news_form(title="Brocante", slug="brocante"))
    assert "Brocante" in visit(prisches).content.decode()
    line = Entry.objects.get(verb="page.published")
    assert line.beneficiary_ref == str(prisches.beneficiary_id)


def test_the_address_is_corrected_in_one_form(editor, prisches, visit):
    form = {
        "address": "1 place de l’Église",
        "postal_code": "59550",
        "city": "Prisches",
        "phone": "03 00 00 00 00",
        "email": "",
        "publication_director": "La maire",
        "data_protection_contact": "",
    }
    assert editor.post(f"{SITE}coordonnees/", form).status_code == 302
    assert "1 place de l’Église" in visit(prisches).content.decode()


@pytest.mark.parametrize("verb", ["delete", "unpublish"])
def test_a_mandatory_page_stays_and_the_reason_is_said(editor, prisches, verb):
    page = Page.objects.get(slug="mentions-legales")
    answer = editor.post(f"{SITE}pages/{page.pk}/{verb}/", follow=True)
    assert "ne peut être ni supprimée ni dépubliée" in answer.content.decode()
    page.refresh_from_db()
    assert page.live


def test_a_news_item_can_be_removed(editor, prisches):
    page = NewsPage.objects.get()
    editor.post(f"{SITE}pages/{page.pk}/delete/")
    assert not NewsPage.objects.exists()


def test_a_preview_shows_the_draft_in_the_frame_of_the_site(editor, prisches):
    page = NewsPage.objects.get()
    address = f"{SITE}pages/{page.pk}/edit/preview/"
    assert editor.post(address, news_form(title="Brouillon", slug=page.slug)).json()["is_valid"]
    answer = editor.get(f"{address}?in_preview_panel=true&mode=")
    # In a frame of the editor, and of nobody else.
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers.get("X-Frame-Options") != "DENY"
    shown = answer.content.decode()
    assert "Brouillon" in shown
    assert "03 27 77 59 00" in shown


def test_a_preview_of_a_page_not_yet_made_shows_too(editor, prisches):
    index = Page.objects.get(slug="actualites")
    address = f"{SITE}pages/add/websites/newspage/{index.pk}/preview/"
    assert editor.post(address, news_form(title="Brouillon")).json()["is_valid"]
    assert "Brouillon" in editor.get(address).content.decode()


def test_the_policy_of_the_editor_lets_no_foreign_script_run(editor):
    answer = editor.get(f"{SITE}images/")
    policy = answer.headers["Content-Security-Policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts
    nonce = re.search(r"'nonce-([^']+)'", scripts)
    assert nonce
    inline = re.findall(r"<script(?![^>]*\ssrc=)([^>]*)>", answer.content.decode())
    assert inline
    assert all(f'nonce="{nonce.group(1)}"' in attributes for attributes in inline)


def test_a_form_that_lost_its_blocks_is_a_bad_request(editor, prisches):
    index = Page.objects.get(slug="actualites")
    form = news_form()
    del form["body-count"]
    assert editor.post(f"{SITE}pages/add/websites/newspage/{index.pk}/", form).status_code == 400


def test_each_site_chooses_among_its_own_images_one_after_the_other(prisches, ablain):
    """The choices of a block live as long as the process: they must follow who asks."""
    choices = NewsPage._meta.get_field("body").stream_block.child_blocks["picture"].child_blocks["image"].field.queryset
    images = {}
    for website in (prisches, ablain):
        images[website] = CommuneImage.objects.create(title="Vue", file=picture(), collection=website.collection)
    for website in (prisches, ablain, prisches):
        token = edited.set(website)
        try:
            assert list(choices.all()) == [images[website]]
        finally:
            edited.reset(token)
    assert choices.all().count() == 2


@pytest.mark.slow
def test_a_site_is_opened_from_its_editor_and_that_is_undone(editor, prisches, visit):
    home = editor.get(SITE).content.decode()
    assert "pas encore ouvert" in home
    assert "personne responsable du site" in home
    f.named(prisches)
    assert editor.post(f"{SITE}ouverture/").status_code == 302
    assert "noindex" not in visit(prisches).content.decode()
    assert "Revenir en arrière" in editor.get(f"{SITE}ouverture/").content.decode()
    again = editor.post(f"{SITE}ouverture/", follow=True)
    assert "déjà ouvert" in again.content.decode()
    editor.post(f"{SITE}ouverture/", {"geste": "refermer"})
    assert "noindex" in visit(prisches).content.decode()


@pytest.mark.slow
def test_the_plan_of_accessibility_is_written_in_the_editor(editor, prisches, visit):
    form = {"first_year": "2026", "last_year": "2029", "referent": "", "policy": "", "actions": "2027 : décrire"}
    assert "3 ans au plus" in editor.post(f"{SITE}schema-accessibilite/", form).content.decode()
    assert editor.post(f"{SITE}schema-accessibilite/", {**form, "last_year": "2028"}).status_code == 302
    assert "2027 : décrire" in visit(prisches, "/accessibilite/").content.decode()
    assert "2027 : décrire" in editor.get(f"{SITE}schema-accessibilite/").content.decode()


@pytest.mark.slow
def test_nothing_typed_in_a_text_ever_runs(editor, prisches, visit):
    """What a browser, or whoever pretends to be one, sends as rich text comes out as words."""
    typed = {
        "blocks": [
            {
                "key": "a", "type": "unstyled", "depth": 0,
                "text": "<script>alert(1)</script><img src=x onerror=alert(2)> lien",
                "inlineStyleRanges": [{"offset": 0, "length": 8, "style": "x\" onclick=\"alert(3)"}],
                "entityRanges": [{"offset": 54, "length": 4, "key": 0}],
            }
        ],
        "entityMap": {"0": {"type": "LINK", "mutability": "MUTABLE", "data": {"url": "javascript:alert(4)"}}},
    }  # fmt: skip
    index = Page.objects.get(slug="actualites")
    form = news_form(title="Brocante", slug="brocante", **block("text", **{"": json.dumps(typed)}))
    editor.post(f"{SITE}pages/add/websites/newspage/{index.pk}/", form)
    page = BeautifulSoup(visit(prisches, "/actualites/brocante/").content, "html5lib").select_one("main")
    assert "<script>alert(1)</script>" in page.get_text()
    assert [tag.name for tag in page.select("script, img, iframe, svg")] == []
    assert [name for tag in page.select("*") for name in tag.attrs if name.startswith("on")] == []
    assert [tag["href"] for tag in page.select("a") if "javascript" in tag.get("href", "").lower()] == []
