"""A secretary corrects what she sees: the site read in the editor, the hours of a page, what it was before."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from wagtail.models import Page

from socle.journal.models import Entry
from socle.sites.editor.looking import _kept_inside
from socle.sites.models import HomePage, NewsPage
from socle.sites.publishing.actions import publish_waiting
from socle.sites.scheduling import follow_schedules
from socle.sites.versions import versions_of
from tests import factories as f
from tests.sites.conftest import secretary
from tests.sites.forged_forms import news_form
from tests.sites.released import published, served  # noqa: F401
from tests.sites.two_communes import signed_in

SITE = "/mairie/site/"


@pytest.fixture
def editor(prisches):
    return signed_in(secretary(prisches.beneficiary))


def form_of(page, **fields):
    return news_form(title=page.title, summary=page.summary, published_on="2026-11-20", **fields)


@pytest.mark.slow
def test_one_walks_through_the_site_and_reaches_the_form_of_what_one_sees(editor, prisches):
    page = BeautifulSoup(editor.get(f"{SITE}voir/").content, "html5lib")
    bar = page.select_one(".preview-bar")
    form = f"{SITE}pages/{prisches.root_page_id}/edit/?next=%2Fmairie%2Fsite%2Fvoir%2F"
    assert bar.select_one(".main")["href"] == form
    # The pages are here, the files are on the site itself.
    assert page.select_one("header .brand")["href"] == f"{SITE}voir/"
    assert page.select_one('.menu a[href="/mairie/site/voir/actualites/"]')
    news = NewsPage.objects.get()
    answer = editor.get(f"{SITE}voir/actualites/{news.slug}/")
    assert f"{SITE}pages/{news.pk}/edit/" in answer.content.decode()
    assert editor.get(f"{SITE}voir/nulle-part/")["Location"] == f"{SITE}voir/"
    # Nothing of all this is in what visitors read.
    assert editor.get("/", headers={"host": prisches.host}).content.count(b"preview-bar") == 0


@pytest.mark.parametrize(
    ("address", "stays"),
    [("/", True), ("/actualites/", True), ("/demarches/#passeport", True), ("/recherche/", False),
     ("/_/contact/", False), ("/propose/1/", False), ("/agenda.ics", False)],
)  # fmt: skip
def test_the_bar_is_never_lost_by_a_link_of_the_site(prisches, address, stays):
    for written in (address, f"{prisches.root_url}{address}"):
        led = BeautifulSoup(_kept_inside(f'<a class="x" href="{written}">Lire</a>', prisches), "html.parser").a
        here = f"{SITE}voir{address}" if stays else f"{prisches.root_url}{address}"
        assert (led["href"], led.get("target")) == (here, None if stays else "_blank")
    for elsewhere in ("#contenu", "tel:0327595000", "//autre.fr/", "https://exemple.fr/"):
        assert _kept_inside(f'<a href="{elsewhere}">', prisches) == f'<a href="{elsewhere}">'


@pytest.mark.slow
def test_whoever_publishes_sees_the_page_and_comes_back_from_where_they_were(editor, prisches):
    news = NewsPage.objects.get()
    answer = editor.post(f"{SITE}pages/{news.pk}/edit/", form_of(news), follow=True)
    assert answer.redirect_chain == [(f"{SITE}voir/actualites/{news.slug}/", 302)]
    assert "C’est publié" in answer.content.decode()
    back = {"next": f"{SITE}voir/"}
    answer = editor.post(f"{SITE}pages/{news.pk}/edit/?next={SITE}voir/", {**form_of(news), **back})
    assert answer["Location"] == f"{SITE}voir/"


@pytest.mark.slow
def test_a_page_is_again_what_it_was_at_birth_in_one_gesture_and_that_is_undone(editor, prisches, visit):
    news = NewsPage.objects.get()
    born = news.summary
    editor.post(f"{SITE}pages/{news.pk}/edit/", form_of(news) | {"summary": "Tout autre chose."})
    screen = editor.get(f"{SITE}versions/{news.pk}/").content.decode()
    assert screen.count("Remettre en ligne") == 1
    now, first = versions_of(Page.objects.get(pk=news.pk))
    assert (now.is_online, first.is_online, first.by) == (True, False, "Socle (automate)")
    # A draft that waits is kept in the history, and its hours do not come back with the words.
    editor.post(f"{SITE}versions/{news.pk}/remettre/", {"version": first.revision.pk})
    assert born in visit(prisches, f"/actualites/{news.slug}/").content.decode()
    assert Entry.objects.get(verb="page.restored").beneficiary_ref == str(prisches.beneficiary_id)
    editor.post(f"{SITE}versions/{news.pk}/remettre/", {"version": now.revision.pk})
    assert "Tout autre chose" in visit(prisches, f"/actualites/{news.slug}/").content.decode()
    other = HomePage.objects.get().save_revision()
    for forged in ("", "x", "9" * 40, other.pk):
        answer = editor.post(f"{SITE}versions/{news.pk}/remettre/", {"version": forged}, follow=True)
        assert "n’est plus gardée" in answer.content.decode()


@pytest.mark.slow
def test_a_page_appears_and_leaves_at_its_hours_and_its_files_follow(editor, prisches, time_machine):
    time_machine.move_to(f.NOW, tick=False)
    index = Page.objects.get(slug="actualites")
    begins, ends = f.NOW + timedelta(days=1), f.NOW + timedelta(days=3)
    hours = {"go_live_at": begins.strftime("%d/%m/%Y %H:%M"), "expire_at": ends.strftime("%d/%m/%Y %H:%M")}
    answer = editor.post(
        f"{SITE}pages/add/websites/newspage/{index.pk}/",
        news_form(title="Brocante", slug="brocante", **hours),
        follow=True,
    )
    assert "paraîtra le" in answer.content.decode()
    assert Entry.objects.filter(verb="page.scheduled").count() == 1
    publish_waiting()
    assert "actualites/brocante/index.html" not in served(prisches)
    for later, is_there in ((timedelta(days=1, hours=2), True), (timedelta(days=3, hours=2), False)):
        time_machine.move_to(f.NOW + later, tick=False)
        assert follow_schedules(at=f.NOW + later) == 1
        assert follow_schedules(at=f.NOW + later) == 0
        publish_waiting()
        assert ("actualites/brocante/index.html" in served(prisches)) is is_there
    verbs = Entry.objects.filter(object_type="websites.newspage").values_list("verb", flat=True)
    assert {"page.published", "page.unpublished"} <= set(verbs)


def test_a_page_that_fails_stops_no_other_and_a_mandatory_one_never_leaves(prisches, monkeypatch):
    soon = f.NOW - timedelta(minutes=1)
    Page.objects.filter(slug__in=["mentions-legales", "actualites"]).update(expire_at=soon)
    news = NewsPage.objects.get()
    Page.objects.filter(pk=news.pk).update(expire_at=soon)
    real = NewsPage.unpublish

    def fail(self, *args, **kwargs):
        raise RuntimeError("une panne")

    with monkeypatch.context() as patch:
        patch.setattr(NewsPage, "unpublish", fail)
        assert follow_schedules(at=f.NOW) == 0
    assert NewsPage.unpublish is real
    assert follow_schedules(at=f.NOW) == 1
    assert list(Page.objects.filter(slug__in=["mentions-legales", "actualites"], live=True, expire_at=None)) != []
    assert not Page.objects.get(pk=news.pk).live


@pytest.mark.slow
def test_the_form_says_its_hours_in_plain_words(editor, prisches):
    news, home = NewsPage.objects.get(), HomePage.objects.get()
    form = editor.get(f"{SITE}pages/{news.pk}/edit/").content.decode()
    for words in ("Publier le…", "Retirer le…", "Enregistrer sans publier", "Dates et menu", "Versions précédentes"):
        assert words in form
    assert "schedule-publishing-dialog" not in form
    mandatory = editor.get(f"{SITE}pages/{home.pk}/edit/").content.decode()
    assert "Publier le…" in mandatory
    assert "Retirer le…" not in mandatory
