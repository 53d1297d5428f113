"""A former site imported into the new one: seen, chosen, imported as drafts once, taken back when nobody touched."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from html import unescape

import pytest
from bs4 import BeautifulSoup
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope, scopes_disabled
from PIL import Image
from wagtail.models import Page

from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.site_import import actions, bounds
from socle.site_import.erasure import erase_texts
from socle.site_import.models import ImportedItem, ItemState, SiteImport, Status
from socle.site_import.rules import why_not_import, why_not_import_chosen, why_not_read, why_not_resume
from socle.site_import.tasks import carry_imports_on
from socle.sites.models import CommuneDocument, CommuneImage, NewsIndexPage, NewsPage, Publication, StandardPage
from socle.sites.publishing import folders
from socle.sites.publishing.actions import publish_site
from tests import factories as f
from tests.site_import.former_site import export, furnish, item, photograph, served
from tests.sites.conftest import equipped, secretary
from tests.sites.two_communes import signed_in

SITE = "/mairie/site/importer/"
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def on_that_day(time_machine, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT, settings.PUBLISHED_ROOT = tmp_path / "media", tmp_path / "published"
    settings.OUTGOING_HTTP, settings.OUTGOING_INTERNAL = True, ["127.0.0.1/32"]
    # The former site is served by this machine, under a name that is the platform's own elsewhere.
    settings.PLATFORM_HOSTS = [host for host in settings.PLATFORM_HOSTS if host != "127.0.0.1"]
    monkeypatch.setattr(bounds, "DELAY", 0.0)
    time_machine.move_to(f.NOW, tick=False)


@pytest.fixture
def former():
    with served() as running:
        furnish(running)
        yield running


@pytest.fixture
def person(prisches):
    return secretary(prisches.beneficiary)


@pytest.fixture
def editor(person):
    return signed_in(person)


def text(answer) -> str:
    return " ".join(unescape(BeautifulSoup(answer.content, "html5lib").get_text(" ")).split())


def carry_on() -> None:
    """What the tick does, until nothing is left."""
    for _ in range(20):
        if not actions.carry_on(seconds=60, at=f.NOW):
            return
    raise AssertionError("it never ends")


def read_export(website, content: bytes, by) -> SiteImport:
    with scope(beneficiary=website.beneficiary_id):
        made = actions.read_export(website, io.BytesIO(content), by=by, at=f.NOW)
    carry_on()
    return reloaded(made)


def read_site(website, address: str, by) -> SiteImport:
    with scope(beneficiary=website.beneficiary_id):
        made = actions.read_address(website, address, is_declared=True, by=by, at=f.NOW)
    carry_on()
    return reloaded(made)


def reloaded(one: SiteImport) -> SiteImport:
    with scopes_disabled():
        return SiteImport.objects.select_related("website__root_page").get(pk=one.pk)


def do(act, one: SiteImport, by) -> SiteImport:
    with scope(beneficiary=one.website.beneficiary_id):
        act(one, by=by, at=f.NOW)
    carry_on()
    return reloaded(one)


def items_at(one: SiteImport, former) -> dict[str, ImportedItem]:
    place = former.address.replace("http:", "https:")
    with scopes_disabled():
        rows = ImportedItem.objects.filter(of=one.pk).select_related("page", "image", "document")
        return {row.source.removeprefix(place): row for row in rows}


def drafts(website) -> dict[str, Page]:
    """The drafts of a site, as the editor opens them, by their titles."""
    pages = Page.objects.descendant_of(website.root_page).filter(live=False).specific()
    return {page.title: page.get_latest_revision_as_object() for page in pages}


@pytest.mark.slow
def test_an_export_is_seen_then_imported_as_drafts_with_its_pictures_and_its_links(
    prisches, person, former, visit, django_capture_on_commit_callbacks
):
    before = Page.objects.count()
    with django_capture_on_commit_callbacks(execute=True):
        one = read_export(prisches, export(former.address), person)
    assert one.status == Status.SEEN
    assert "Commentaires non repris\u00a0: 1" in one.says
    # Nothing is written while one looks, and the file of the export is gone.
    assert Page.objects.count() == before
    assert CommuneImage.objects.count() == 0
    assert not one.file
    assert default_storage.listdir(f"imports/{prisches.pk}")[1] == []
    assert former.asked == []

    one = do(actions.import_chosen, one, person)
    assert one.status == Status.DONE
    found = items_at(one, former)
    assert {path: row.says for path, row in found.items() if row.state == ItemState.FAILED} == {}
    made = drafts(prisches)
    assert set(made) == {"Le marché revient", "Vœux & galette", "La commune", "L’école"}
    market = made["Le marché revient"]
    assert isinstance(market, NewsPage)
    assert market.published_on.isoformat() == "2021-03-04"
    assert market.summary == "Chaque samedi, sur la place."
    assert market.picture == found["/uploads/bal.jpg"].image
    kinds = [block.block_type for block in market.body]
    assert kinds == ["text", "title", "text", "picture", "text"]
    school = made["L’école"]
    assert isinstance(school, StandardPage)
    assert school.get_parent().title == "La commune"
    assert not school.show_in_menus
    words = market.body[2].value.source
    assert f'<a linktype="page" id="{school.pk}">place de l’école</a>' in words
    assert f'<a linktype="document" id="{found["/uploads/plan.pdf"].document_id}">plan</a>' in words
    shown = market.body[3].value
    assert shown["image"] == found["/uploads/place.jpg"].image
    assert (shown["alternative"], shown["caption"]) == ("La place", "La place, en mai")
    assert found["/uploads/place.jpg"].image.description == "La place du village"
    assert "attendent leur description" in found["/2012/01/voeux/"].says
    # Nothing is online, and what was imported is published as anything else is, once corrected.
    assert visit(prisches, "/actualites/le-marche-revient/").status_code == 404
    market.picture_is_decorative = True
    market.save_revision(user=person).publish()
    answer = visit(prisches, "/actualites/le-marche-revient/")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert f"/documents/{found['/uploads/plan.pdf'].document_id}/plan.pdf" in page
    # What tells where a photograph was taken stays where it was.
    original = found["/uploads/bal.jpg"].image
    for kept in (original, original.get_rendition("width-320|format-jpeg")):
        with kept.file.open() as file, Image.open(file) as image:
            assert not image.getexif()
    verbs = list(Entry.objects.filter(verb__startswith="website.import").order_by("pk").values_list("verb", flat=True))
    assert verbs == [
        *("website.import_started", "website.import_seen", "website.import_brought", "website.import_done"),
    ]


@pytest.mark.slow
def test_a_site_is_read_by_its_map_and_imported(prisches, person, former):
    one = read_site(prisches, former.address, person)
    assert (one.status, one.is_read_by_links) == (Status.SEEN, False)
    found = items_at(one, former)
    assert found["/"].says.startswith("C’est l’accueil")
    assert "robots.txt" in found["/prive/"].says
    assert "404" in found["/perdue/"].says
    assert {path for path, row in found.items() if row.state == ItemState.FOUND} == {
        *("/vie/", "/2019/05/fete-du-village/", "/uploads/place.jpg", "/uploads/bal.jpg", "/uploads/plan.pdf"),
    }
    do(actions.import_chosen, one, person)
    made = drafts(prisches)
    assert set(made) == {"La vie locale", "Fête du village"}
    assert made["Fête du village"].published_on.isoformat() == "2019-05-12"
    body = json.dumps(made["La vie locale"].body.get_prep_value())
    assert "video.invalid" not in body
    assert "Météo" not in body
    assert f'id=\\"{made["Fête du village"].pk}\\"' in body
    assert "tableau est devenu une liste" in items_at(one, former)["/vie/"].says


def test_a_site_without_a_map_is_read_from_link_to_link_and_within_bounds(prisches, person, former, monkeypatch):
    former.say("/sitemap.xml", "", status=404)
    former.say("/robots.txt", "", status=404)
    one = read_site(prisches, former.address, person)
    assert one.is_read_by_links
    assert "n’a pas de plan" in one.says
    assert {"/vie/", "/2019/05/fete-du-village/"} <= set(items_at(one, former))
    with scope(beneficiary=prisches.beneficiary_id):
        SiteImport.objects.all().delete()
    monkeypatch.setattr(bounds, "MOST_PAGES", 2)
    one = read_site(prisches, former.address, person)
    assert set(items_at(one, former)) >= {"/", "/vie/"}
    assert "/2019/05/fete-du-village/" not in items_at(one, former)


@pytest.mark.slow
def test_done_twice_makes_nothing_twice(prisches, person, former):
    do(actions.import_chosen, read_export(prisches, export(former.address), person), person)
    pages, images, documents = Page.objects.count(), CommuneImage.objects.count(), CommuneDocument.objects.count()
    same = item(former.address, 10, "post", title="Deux", path="/2021/03/le-marche-revient/")
    twice = export(former.address, more=same)
    again = read_export(prisches, twice, person)
    assert "présents deux fois" in again.says
    assert {row.state for row in items_at(again, former).values()} == {ItemState.KNOWN, ItemState.LEFT}
    with pytest.raises(Refused, match="Rien n’est coché"):
        do(actions.import_chosen, again, person)
    # Read otherwise, what has the same address is the same thing.
    crawled = read_site(prisches, former.address, person)
    assert items_at(crawled, former)["/uploads/place.jpg"].state == ItemState.KNOWN
    assert (Page.objects.count(), CommuneImage.objects.count(), CommuneDocument.objects.count()) == (
        *(pages, images, documents),
    )


@pytest.mark.slow
def test_what_nobody_touched_is_taken_back_and_the_rest_stays(prisches, person, former):
    before = Page.objects.count()
    one = do(actions.import_chosen, read_export(prisches, export(former.address), person), person)
    made = drafts(prisches)
    # One is corrected without being published, and still shows its picture.
    made["Le marché revient"].save_revision(user=person)
    one = do(actions.take_back, one, person)
    assert one.status == Status.TAKEN_BACK
    assert set(drafts(prisches)) == {"Le marché revient"}
    assert Page.objects.count() == before + 1
    found = items_at(one, former)
    assert found["/2021/03/le-marche-revient/"].state == ItemState.KEPT
    assert found["/la-commune/"].state == ItemState.REMOVED
    assert {path for path, row in found.items() if row.state == ItemState.KEPT} == {
        *("/2021/03/le-marche-revient/", "/uploads/place.jpg", "/uploads/bal.jpg", "/uploads/plan.pdf"),
    }
    assert CommuneImage.objects.count() == 2
    with pytest.raises(Refused, match="rien à retirer"):
        do(actions.take_back, one, person)
    # Taken back, it can be imported again by another look.
    again = read_export(prisches, export(former.address), person)
    assert items_at(again, former)["/la-commune/"].state == ItemState.FOUND
    assert items_at(again, former)["/2021/03/le-marche-revient/"].state == ItemState.KNOWN


@pytest.mark.slow
def test_what_was_published_is_never_taken_back(prisches, person, former):
    one = do(actions.import_chosen, read_export(prisches, export(former.address), person), person)
    school = drafts(prisches)["L’école"]
    school.save_revision(user=person).publish()
    do(actions.take_back, one, person)
    assert Page.objects.get(pk=school.pk).live
    assert items_at(one, former)["/la-commune/"].says.startswith("Gardée\u00a0: des pages gardées")


@pytest.mark.slow
def test_stopped_it_goes_on_from_there_and_what_failed_is_tried_again(prisches, person, former, monkeypatch):
    good = former.answers.pop("/uploads/plan.pdf")
    one = read_export(prisches, export(former.address), person)
    with scope(beneficiary=prisches.beneficiary_id):
        actions.import_chosen(one, by=person, at=f.NOW)
    # A slice that has no time left does nothing; a worker killed is one that stops there.
    assert actions.carry_on(seconds=-1, at=f.NOW)
    assert CommuneImage.objects.count() == 0
    with scope(beneficiary=prisches.beneficiary_id):
        one = actions.stop(one, by=person, at=f.NOW)
        with pytest.raises(Refused, match="rien à arrêter"):
            actions.stop(one, by=person, at=f.NOW)
        assert Entry.objects.get(verb="website.import_stopped").facts == {"site_import": one.pk}
    assert not actions.carry_on(seconds=60, at=f.NOW)
    one = do(actions.import_chosen, reloaded(one), person)
    assert one.status == Status.DONE
    plan = items_at(one, former)["/uploads/plan.pdf"]
    assert (plan.state, "404" in plan.says) == (ItemState.FAILED, True)
    former.answers["/uploads/plan.pdf"] = good
    one = do(actions.import_chosen, one, person)
    assert items_at(one, former)["/uploads/plan.pdf"].state == ItemState.IMPORTED
    assert len(drafts(prisches)) == 4


@pytest.mark.slow
def test_a_reading_is_stopped_and_resumed(prisches, person, former):
    with scope(beneficiary=prisches.beneficiary_id):
        one = actions.read_address(prisches, former.address, is_declared=True, by=person, at=f.NOW)
        assert "déjà en cours" in (why_not_import(prisches) or "")
        with pytest.raises(Refused, match="déjà en cours"):
            actions.read_address(prisches, former.address, is_declared=True, by=person, at=f.NOW)
    assert actions.carry_on(seconds=-1, at=f.NOW)
    one = reloaded(one)
    assert one.is_listed
    assert one.served_at == f.NOW
    with scope(beneficiary=prisches.beneficiary_id):
        actions.stop(one, by=person, at=f.NOW)
        assert why_not_import(prisches) is None
        other = actions.read_address(prisches, former.address, is_declared=True, by=person, at=f.NOW)
        # Another works there: it waits for its end, and is not hindered by itself.
        assert "Un autre import" in (why_not_resume(reloaded(one)) or "")
        actions.stop(other, by=person, at=f.NOW)
    one = do(actions.resume, reloaded(one), person)
    assert one.status == Status.SEEN
    assert former.asked.count("/sitemap.xml") == 1
    with scopes_disabled():
        working = {"source": one.source, "status": Status.LOOKING, "started_by": person, "started_at": f.NOW}
        SiteImport.objects.create(website=equipped("62001", "Ablain-Saint-Nazaire"), **working)
        assert why_not_import_chosen(one, 1) is None
        SiteImport.objects.create(website=prisches, **working)
        assert "Un autre import" in (why_not_import_chosen(one, 1) or "")


FILES = {
    "/uploads/plan.pdf": (b"<html>Connectez-vous</html>", "pas un PDF"),
    "/uploads/bal.jpg": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", ""),
    "/uploads/place.jpg": (photograph()[:200], ""),
}


@pytest.mark.parametrize("path", FILES)
@pytest.mark.slow
def test_a_file_is_judged_by_its_bytes_as_any_other(prisches, person, former, path):
    content, reason = FILES[path]
    former.say(path, content, "image/jpeg")
    one = do(actions.import_chosen, read_export(prisches, export(former.address), person), person)
    row = items_at(one, former)[path]
    assert row.state == ItemState.FAILED
    assert reason in row.says
    assert row.says.strip()
    assert one.status == Status.DONE
    assert len(drafts(prisches)) == 4


def test_a_drawing_and_what_is_elsewhere_are_left(prisches, person, former):
    content = f"<img src='{former.address}/uploads/blason.svg'><img src='https://ailleurs.invalid/vue.jpg'>"
    more = item(former.address, 60, "post", title="Images", path="/images/", content=content)
    one = read_export(prisches, export(former.address, more=more), person)
    with scopes_disabled():
        says = dict(ImportedItem.objects.filter(of=one, state=ItemState.LEFT).values_list("source", "says"))
    assert "SVG" in says[former.address.replace("http", "https") + "/uploads/blason.svg"]
    assert "autre site" in says["https://ailleurs.invalid/vue.jpg"]


def test_a_source_that_cannot_be_read_says_why_and_leaves_nothing(prisches, person, former):
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><rss><channel/></rss>'
    one = read_export(prisches, bomb, person)
    assert (one.status, "DOCTYPE" in one.says, bool(one.file)) == (Status.FAILED, True, False)
    former.say("/robots.txt", "", status=500)
    one = read_site(prisches, former.address, person)
    assert (one.status, "500" in one.says) == (Status.FAILED, True)


@pytest.mark.parametrize(
    ("address", "is_declared", "reason"),
    [
        ("https://www.exemple.fr/", False, "bien celui de la commune"),
        ("https://exemple", True, "adresse entière"),
        ("javascript:alert(1)", True, "adresse entière"),
        ("https://moi@exemple.fr/", True, "adresse entière"),
        ("https://exemple.fr:25/", True, "Le port 25"),
        ("https://www.exemple.fr/", True, None),
        ("http://www.exemple.fr/", True, None),
        ("https://sites.exemple.fr/", True, "un site de la plateforme"),
        ("https://prisches.sites.exemple.fr/", True, "un site de la plateforme"),
        ("https://socle.exemple.fr/", True, "un site de la plateforme"),
        ("https://autressites.exemple.fr/", True, None),
    ],
)
def test_a_site_is_read_only_when_it_may_be(address, is_declared, reason, settings):
    settings.SITES_DOMAIN, settings.PLATFORM_HOSTS = "Sites.exemple.fr", ["socle.exemple.fr"]
    said = why_not_read(address, is_declared=is_declared)
    assert said is None if reason is None else reason in (said or "")


@pytest.mark.slow
def test_a_demonstration_reads_nobody_s_site(prisches, person, former, settings):
    settings.DEMO = True
    assert "démonstration" in (why_not_read("https://www.exemple.fr/", is_declared=True) or "")
    one = do(actions.import_chosen, read_export(prisches, export(former.address), person), person)
    assert former.asked == []
    assert items_at(one, former)["/uploads/place.jpg"].state == ItemState.LEFT
    assert len(drafts(prisches)) == 4


def test_what_was_read_and_never_imported_is_erased_in_the_end(prisches, person, former):
    one = read_export(prisches, export(former.address), person)
    given = {"by": f.user(), "at": f.NOW}
    assert erase_texts(f.NOW, is_dry=False, **given) == 0
    later = f.NOW + timedelta(days=1)
    assert erase_texts(later, is_dry=True, **given) == 4
    assert erase_texts(later, is_dry=False, **given) == 4
    assert items_at(one, former)["/la-commune/"].state == ItemState.LEFT


@pytest.mark.slow
def test_the_old_address_leads_to_the_page_once_it_is_published(prisches, person, former, visit, valid_html, settings):
    more = item(former.address, 70, "page", title="Contact", path="/contact.html", content="<p>Nous écrire.</p>")
    more += item(former.address, 71, "page", title="Par numéro", content="<p>Sans adresse lisible.</p>")
    more += item(former.address, 72, "page", title="Ailleurs", path="/media/x/", content="<p>Un dossier du site.</p>")
    do(actions.import_chosen, read_export(prisches, export(former.address, more=more), person), person)
    assert visit(prisches, "/la-commune/ecole/").status_code == 404
    made = drafts(prisches)
    for title in ("La commune", "Contact", "Par numéro", "Ailleurs"):
        made[title].save_revision(user=person).publish()
    assert visit(prisches, "/la-commune/").status_code == 200
    made["Vœux & galette"].summary = "Bonne année."
    made["Vœux & galette"].save_revision(user=person, clean=False).publish()
    for path, to in (
        ("/2012/01/voeux/", "/actualites/voeux-galette/"),
        ("/2012/01/voeux", "/actualites/voeux-galette/"),
        ("/contact.html", "/contact-2/"),
    ):
        answer = visit(prisches, path)
        assert answer.status_code == 200, path
        assert f'content="0; url={to}"' in answer.content.decode(), path
        assert valid_html(answer.content) == []
    for path in ("/la-commune/ecole/", "/media/x/", "/2012/01/", "/404.html", "/2012/01/voeux/x/"):
        assert 'http-equiv="refresh"' not in visit(prisches, path).content.decode(), path
    publish_site(prisches.pk, at=f.NOW)
    home = folders.home_of(prisches.slug)
    release = Publication.objects.get(website=prisches).release
    assert "voeux-galette" in (home / release / "2012/01/voeux/index.html").read_text()
    assert (home / release / "contact.html").exists()
    assert not (home / release / "media/x/index.html").exists()
    assert Publication.objects.get(website=prisches).problem == ""
    Page.objects.get(pk=made["Vœux & galette"].pk).specific.unpublish()
    publish_site(prisches.pk, at=f.NOW)
    release = Publication.objects.get(website=prisches).release
    assert not (home / release / "2012/01/voeux/index.html").exists()


def test_an_import_begins_and_goes_on_without_waiting_for_the_tick(prisches, person, monkeypatch):
    asked: list[object] = []
    monkeypatch.setattr(actions, "enqueue_at_commit", asked.append)
    with scope(beneficiary=prisches.beneficiary_id):
        address = "https://www.exemple.invalid/"
        one = actions.read_address(prisches, address, is_declared=True, by=person, at=f.NOW)
        assert asked == [carry_imports_on.module_path]
        stopped = actions.stop(one, by=person, at=f.NOW)
        assert asked == [carry_imports_on.module_path]
        actions.resume(stopped, by=person, at=f.NOW)
    assert asked == [carry_imports_on.module_path] * 2


# --- The screens -----------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_the_secretary_reads_chooses_imports_and_takes_back(prisches, editor, person, former):
    assert "brouillons" in text(editor.get(SITE))
    upload = SimpleUploadedFile("export.xml", export(former.address))
    answer = editor.post(SITE, {"export": "1", "file": upload}, follow=True)
    assert "en cours de lecture" in text(answer)
    with scopes_disabled():
        one = SiteImport.objects.get()
    here = f"{SITE}{one.pk}/"
    carry_imports_on.call()
    answer = editor.get(here)
    page = text(answer)
    assert "Le marché revient" in page
    assert "Apporter ce qui est coché" in page
    assert "brouillon dans l’ancien site" in text(editor.get(f"{here}?liste=ecartes"))
    shown = [box["value"] for box in BeautifulSoup(answer.content, "html5lib").select("input[name=shown]")]
    news = items_at(one, former)["/2021/03/le-marche-revient/"]
    assert str(news.pk) in shown
    # Everything is unticked, then one is.
    answer = editor.post(here, {"shown": shown, "keep": "1"}, follow=True)
    assert "0 coché" in text(answer)
    assert "Rien n’est coché" in text(editor.post(here, {"shown": shown, "import": "1"}, follow=True))
    answer = editor.post(here, {"shown": shown, "ticked": [news.pk], "import": "1"}, follow=True)
    assert "en cours d’apport" in text(answer)
    carry_imports_on.call()
    assert set(drafts(prisches)) == {"Le marché revient"}
    answer = editor.get(here)
    assert "C’est fait" in text(answer)
    # The others of its nature, at once, afterwards.
    editor.post(here, {"all": "page", "shown": [], "nature": "page", "page": "1"})
    editor.post(here, {"import": "1"})
    carry_imports_on.call()
    assert set(drafts(prisches)) == {"Le marché revient", "La commune", "L’école"}
    answer = editor.post(f"{here}retirer/", follow=True)
    assert "en cours de retrait" in text(answer)
    carry_imports_on.call()
    assert drafts(prisches) == {}
    assert "Retirés" in text(editor.get(here))


@pytest.mark.slow
def test_a_form_that_cannot_be_taken_says_what_to_do(prisches, editor):
    assert "Choisissez le fichier d’export" in text(editor.post(SITE, {"export": "1"}))
    assert "Écrivez l’adresse" in text(editor.post(SITE, {"address": ""}))
    page = text(editor.post(SITE, {"address": "www.exemple.fr"}))
    assert "bien celui de la commune" in page
    page = text(editor.post(SITE, {"address": "exemple", "is_declared": "on"}))
    assert "adresse entière" in page
    big = SimpleUploadedFile("export.xml", b"\0" * (bounds.MOST_FILE + 1))
    assert "dépasse 50 Mo" in text(editor.post(SITE, {"export": "1", "file": big})).replace("\u00a0", " ")
    with scopes_disabled():
        assert SiteImport.objects.count() == 0


@pytest.mark.slow
def test_a_commune_never_sees_the_import_of_another(prisches, ablain, former, person):
    one = read_export(prisches, export(former.address), person)
    neighbour = secretary(ablain.beneficiary, email="autre@exemple.invalid")
    other = signed_in(neighbour)
    assert "Vieux" not in text(other.get(SITE))
    for path in ("", "arreter/", "reprendre/", "retirer/"):
        assert other.post(f"{SITE}{one.pk}/{path}").status_code == 404, path
    assert other.get(f"{SITE}{one.pk}/").status_code == 404
    # The same address, imported by two communes, makes each its own.
    do(actions.import_chosen, one, person)
    theirs = read_export(ablain, export(former.address), neighbour)
    assert items_at(theirs, former)["/la-commune/"].state == ItemState.FOUND
    do(actions.import_chosen, theirs, neighbour)
    assert set(drafts(ablain)) == set(drafts(prisches))


@pytest.mark.slow
def test_the_list_asks_the_database_the_same_whatever_its_length(prisches, editor, person, former):
    one = read_export(prisches, export(former.address), person)
    with CaptureQueriesContext(connection) as few:
        editor.get(f"{SITE}{one.pk}/")
    more = "".join(
        item(former.address, 100 + rank, "post", title=f"Fête {rank}", path=f"/fete-{rank}/") for rank in range(150)
    )
    with scopes_disabled():
        SiteImport.objects.all().delete()
    one = read_export(prisches, export(former.address, more=more), person)
    with CaptureQueriesContext(connection) as many:
        answer = editor.get(f"{SITE}{one.pk}/")
    assert len(BeautifulSoup(answer.content, "html5lib").select("input[name=ticked]")) == 100
    assert len(many) <= len(few)
    assert "page 1 sur 2" in text(answer)
    answer = editor.get(f"{SITE}{one.pk}/?page=2")
    assert len(BeautifulSoup(answer.content, "html5lib").select("input[name=ticked]")) > 50


@pytest.mark.slow
def test_the_pages_of_the_news_have_a_home(prisches, person, former):
    one = read_export(prisches, export(former.address), person)
    NewsIndexPage.objects.child_of(prisches.root_page).get().delete()
    one = do(actions.import_chosen, one, person)
    assert "pas de page des actualités" in items_at(one, former)["/2021/03/le-marche-revient/"].says
    assert set(drafts(prisches)) == {"La commune", "L’école"}
