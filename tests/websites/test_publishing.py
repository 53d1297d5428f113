"""The sites as files: what is written, what a change renews, and what a reader gets at each instant."""

from __future__ import annotations

import gzip
import os
from datetime import date, time, timedelta
from io import BytesIO
from pathlib import Path

import brotli
import pytest
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.core.management import CommandError, call_command
from django.urls import get_urlconf
from django_scopes import scopes_disabled
from django_tasks_db.models import DBTaskResult, get_date_max
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image
from wagtail.models import Page

from socle.journal import actions as journal
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from socle.websites import actions, alerts, exceptional_days, score, tasks
from socle.websites.accessibility import audits
from socle.websites.accessibility.audits import Judged, Planned
from socle.websites.accessibility.criteria import criteria
from socle.websites.actions import Opening
from socle.websites.agenda import open_agenda
from socle.websites.canteen import actions as canteen
from socle.websites.canteen.writings import WrittenDay, WrittenDish
from socle.websites.council import actions as council
from socle.websites.council.rules import current_term
from socle.websites.daily import waste
from socle.websites.daily.sections import SECTIONS, open_section
from socle.websites.directory import actions as directory
from socle.websites.directory.actions import Described
from socle.websites.equipment import actions as equipment
from socle.websites.exceptional_days import Wanted
from socle.websites.gallery import actions as gallery
from socle.websites.gallery.actions import Described as PictureWords
from socle.websites.models import (
    AlbumPage,
    AlbumPicture,
    Alert,
    Audit,
    Change,
    CommuneDocument,
    CommuneImage,
    Councillor,
    DirectoryEntry,
    DropOffPoint,
    Equipment,
    EventPage,
    ExceptionalDay,
    Font,
    HeritagePage,
    JobPage,
    Layout,
    MenuWriting,
    NewsIndexPage,
    NewsPage,
    Publication,
    PublishedFile,
    ShareOffer,
    SkippedDay,
    StandardPage,
    TenderPage,
    WasteRound,
    WasteShift,
    WebSite,
    WorksPage,
)
from socle.websites.models.directory import Category
from socle.websites.models.sharing import Audience, Kind
from socle.websites.photographs import Photograph
from socle.websites.publishing import folders, freezing
from socle.websites.publishing.actions import (
    changed,
    note_acts,
    note_new_day,
    note_new_look,
    publish_site,
    publish_waiting,
)
from socle.websites.sharing import actions as sharing
from socle.websites.sharing.actions import For
from tests import factories as f
from tests.websites.conftest import equipped


@pytest.fixture(autouse=True)
def published(settings, tmp_path) -> Path:
    settings.PUBLISHED_ROOT = tmp_path / "published"
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.PUBLISHED_ROOT


def served(website) -> dict[str, bytes]:
    """Every file that the web server finds under the site's own name, by its place."""
    top = folders.root() / "hosts" / website.host
    return {
        str(path.relative_to(top)): path.read_bytes()
        for path in sorted(top.rglob("*"), key=str)
        if path.is_file() and path.suffix not in {".br", ".gz"}
    }


def marks(website) -> dict[str, int]:
    """The identity of each served file on the disk: it changes when the file is written anew."""
    top = folders.root() / "hosts" / website.host
    return {str(path.relative_to(top)): os.stat(path).st_ino for path in top.rglob("*") if path.is_file()}


def written_by(website, gesture) -> set[str]:
    """Publish, make a gesture, publish again: which pages were written anew."""
    publish_waiting()
    before = marks(website)
    gesture()
    publish_waiting()
    after = marks(website)
    return {
        name for name, mark in after.items() if before.get(name) != mark and Path(name).suffix not in {".br", ".gz"}
    }


def picture(website, colour="red") -> CommuneImage:
    stream = BytesIO()
    Image.new("RGB", (1300, 800), colour).save(stream, "JPEG")
    return CommuneImage.objects.create(
        title="Vue",
        file=ImageFile(ContentFile(stream.getvalue(), name="vue.jpg"), name="vue.jpg"),
        collection=website.collection,
    )


def index_of(website) -> NewsIndexPage:
    return NewsIndexPage.objects.child_of(website.root_page).get()


def publish_page(page: Page) -> Page:
    page.save_revision().publish()
    page.refresh_from_db()
    return page


def add_news(website, title="Brocante", **fields) -> NewsPage:
    page = NewsPage(title=title, summary="Dimanche.", published_on=date(2026, 11, 20), live=False, **fields)
    index_of(website).add_child(instance=page)
    return publish_page(page)


def test_a_site_is_whole_on_the_disk_each_page_as_it_is_answered(prisches, visit):
    publish_waiting()
    files = served(prisches)
    for path in ("/", "/actualites/", "/contact/", "/accessibilite/", "/robots.txt", "/sitemap.xml"):
        assert files[str(folders.file_of(path))] == visit(prisches, path).content, path
    assert "Cette page n’existe pas" in files["404.html"].decode() or "404" in files["404.html"].decode()
    # What the pages need is there too: readers need nothing from the platform.
    for page in (content.decode() for name, content in files.items() if name.endswith(".html")):
        for asset in freezing.assets_of(page):
            assert asset[1:] in files, asset
    assert any(name.startswith("couleurs/") for name in files)
    assert any(name.startswith("static/") for name in files)


def test_each_text_is_compressed_once_and_says_the_same(prisches):
    publish_waiting()
    top = folders.root() / "hosts" / prisches.host
    page = (top / "index.html").read_bytes()
    assert brotli.decompress((top / "index.html.br").read_bytes()) == page
    assert gzip.decompress((top / "index.html.gz").read_bytes()) == page
    assert (top / "index.html.br").stat().st_size < len(page) / 2


def test_the_hours_renew_the_pages_that_show_them_and_no_other(prisches):
    week = [Opening(6, time(10), time(11, 45))]
    written = written_by(prisches, lambda: actions.correct_hours(prisches, week, by=f.user(), at=f.NOW))
    pages = {name for name in served(prisches) if name.endswith("index.html")} | {"404.html", "_/503.html"}
    # What is found on the site holds the hours, so that whoever looks for them is led to them.
    assert written == pages | {"recherche.json"}
    assert "robots.txt" not in written


def test_an_exceptional_day_is_found_once_announced_and_leaves_with_its_day(prisches, time_machine):
    time_machine.move_to(f.NOW)
    wanted = Wanted(date(2026, 12, 24), date(2026, 12, 24), "Réveillon")

    def announce():
        exceptional_days.announce_day(prisches, wanted, by=f.user(), at=f.NOW)

    assert "recherche.json" in written_by(prisches, announce)
    assert "Réveillon" in served(prisches)["recherche.json"].decode()
    time_machine.move_to(f.NOW + timedelta(days=40))
    tasks.follow_the_day.call()
    publish_waiting()
    assert "Réveillon" not in served(prisches)["recherche.json"].decode()


def test_a_news_item_renews_the_home_the_list_and_the_maps_and_no_other(prisches):
    actions.open_site(prisches, by=f.user(), at=f.NOW)
    written = written_by(prisches, lambda: add_news(prisches))
    assert written == {
        "index.html", "actualites/index.html", "actualites/brocante/index.html", "sitemap.xml", "actualites.atom",
        "recherche.json",
    }  # fmt: skip


def test_a_picture_arrives_with_the_page_that_shows_it_and_is_renewed_with_it(prisches):
    image = picture(prisches)
    written = written_by(prisches, lambda: add_news(prisches, picture=image, picture_alternative="La place."))
    assert sum(name.startswith("media/") for name in written) >= 1

    def rename():
        image.focal_point_x = image.focal_point_y = image.focal_point_width = image.focal_point_height = 100
        image.save()

    again = written_by(prisches, rename)
    assert "contact/index.html" not in again
    assert any(name.startswith("media/") for name in again)


def test_what_is_withdrawn_is_no_longer_served_and_its_picture_lingers_a_day(prisches, time_machine):
    time_machine.move_to(f.NOW)
    page = add_news(prisches, picture=picture(prisches))
    publish_waiting()
    media = {name for name in served(prisches) if name.startswith("media/")}
    page.unpublish()
    publish_waiting()
    files = served(prisches)
    assert "actualites/brocante/index.html" not in files
    assert b"Brocante" not in files["index.html"] + files["actualites/index.html"] + files["sitemap.xml"]
    assert media <= set(files)
    time_machine.move_to(f.NOW + timedelta(days=2))
    changed(prisches.pk, "look", at=f.NOW)
    publish_waiting()
    assert not media & set(served(prisches))
    assert not PublishedFile.objects.filter(path__startswith="/media/").exists()


def test_a_long_list_has_its_own_addresses_and_every_page_of_it_is_a_file(prisches, visit):
    for number in range(14):
        index_of(prisches).add_child(instance=NewsPage(title=f"Nouvelle {number}", summary="Une phrase."))
    publish_waiting()
    files = served(prisches)
    assert "actualites/page/2/index.html" in files
    assert b'href="/actualites/page/2/"' in files["actualites/index.html"]
    assert b'href="/actualites/"' in files["actualites/page/2/index.html"]
    for path in ("/actualites/page/1/", "/actualites/page/9/", "/actualites/page/0/", "/actualites/page/x/"):
        assert visit(prisches, path).status_code == 404


def test_a_page_that_moves_takes_its_address_everywhere(prisches):
    parent = StandardPage(title="Vie locale", slug="vie-locale")
    prisches.root_page.specific.add_child(instance=parent)
    publish_page(parent)
    child = StandardPage(title="Salle", slug="salle")
    parent.add_child(instance=child)
    publish_page(child)
    publish_waiting()
    parent.slug = "vivre-ici"
    publish_page(parent)
    publish_waiting()
    files = served(prisches)
    assert "vivre-ici/salle/index.html" in files
    assert not any(name.startswith("vie-locale/") for name in files)
    assert b"/vie-locale/" not in b"".join(files.values())


def test_a_closed_site_is_left_to_the_platform_and_comes_back(prisches):
    publish_waiting()
    actions.suspend_site(prisches, by=f.user(), at=f.NOW)
    publish_waiting()
    assert not (folders.root() / "hosts" / prisches.host).exists()
    actions.resume_site(prisches, by=f.user(), at=f.NOW)
    publish_waiting()
    assert "index.html" in served(prisches)


def test_another_host_replaces_the_former_one(prisches, settings):
    actions.open_site(prisches, by=f.user(), at=f.NOW)
    publish_waiting()
    former = prisches.host
    settings.SITES_DOMAIN = "communes.exemple.invalid"
    website = actions.create_site(prisches.beneficiary, by=f.user(), at=f.NOW)
    publish_waiting()
    assert website.host != former
    assert not (folders.root() / "hosts" / former).exists()
    assert website.host.encode() in served(website)["sitemap.xml"]


def test_a_new_day_renews_what_depends_on_the_date_once(prisches, time_machine):
    time_machine.move_to(f.NOW)
    publish_waiting()
    assert note_new_day(at=f.NOW + timedelta(minutes=1)) == 0
    time_machine.move_to(f.NOW + timedelta(days=1))
    assert note_new_day(at=f.NOW + timedelta(days=1)) == 1
    assert note_new_day(at=f.NOW + timedelta(days=1)) == 0
    assert publish_waiting() == 1
    assert not Change.objects.exists()


def test_a_page_that_fails_keeps_its_old_file_and_does_not_stop_the_others(prisches, monkeypatch):
    publish_waiting()
    before = served(prisches)
    render = NewsIndexPage.get_context

    def fail(self, *args, **kwargs):
        raise RuntimeError("une panne")

    monkeypatch.setattr(NewsIndexPage, "get_context", fail)
    actions.correct_facts(prisches, {"phone": "03 20 00 00 00"}, by=f.user(), at=f.NOW)
    addresses = get_urlconf()
    done = publish_site(prisches.pk, at=f.NOW)
    assert done is not None
    # The worker that published goes back to the platform's addresses.
    assert get_urlconf() == addresses
    assert done.problems == ("/actualites/\u00a0: le site répond 500",) or "RuntimeError" in done.problems[0]
    after = served(prisches)
    assert after["actualites/index.html"] == before["actualites/index.html"]
    assert b"03 20 00 00 00" in after["contact/index.html"]
    prisches.publication.refresh_from_db()
    assert "/actualites/" in prisches.publication.problem
    monkeypatch.setattr(NewsIndexPage, "get_context", render)


def test_a_site_without_its_first_page_is_never_served_and_is_tried_again(prisches, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("une panne")

    with monkeypatch.context() as patch:
        patch.setattr("socle.websites.frame.frame_for", fail)
        assert publish_waiting() == 1
    assert not (folders.root() / "hosts" / prisches.host).exists()
    prisches.publication.refresh_from_db()
    assert "RuntimeError" in prisches.publication.problem
    assert note_new_day(at=f.NOW + timedelta(days=400)) == 1
    publish_waiting()
    assert "index.html" in served(prisches)


def test_killed_before_the_swap_what_was_served_goes_on_and_the_next_one_converges(prisches, monkeypatch):
    publish_waiting()
    before = served(prisches)
    add_news(prisches)

    def killed(slug, name):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(folders, "serve", killed)
        with pytest.raises(KeyboardInterrupt):
            publish_waiting()
    assert served(prisches) == before
    publish_waiting()
    assert "actualites/brocante/index.html" in served(prisches)
    assert not Change.objects.exists()


def test_a_folder_that_was_lost_is_made_again(prisches):
    publish_waiting()
    before = served(prisches)
    for entry in folders.home_of(prisches.slug).iterdir():
        if folders.RELEASE.fullmatch(entry.name):
            for path in entry.rglob("contact/*"):
                path.unlink()
    add_news(prisches)
    publish_waiting()
    assert set(before) <= set(served(prisches))


def test_old_releases_are_swept(prisches):
    for number in range(5):
        actions.correct_facts(prisches, {"phone": f"03 20 00 00 0{number}"}, by=f.user(), at=f.NOW)
        publish_waiting()
    releases = [entry for entry in folders.home_of(prisches.slug).iterdir() if folders.RELEASE.fullmatch(entry.name)]
    assert len(releases) == folders.KEPT


@pytest.mark.parametrize(
    "path",
    ["/../x", "/a/../b/", "//ailleurs/", "/a b/", "/.cache/", "/%2e%2e/", "/é/", "/a\n/", "a/", "/a//b/", "/a?b"],
)
def test_an_address_that_is_no_place_in_the_site_is_never_a_file(prisches, path):
    with pytest.raises(freezing.CannotFreeze):
        freezing.freeze(prisches, path)


def test_one_site_never_publishes_in_the_folder_of_another(prisches, ablain):
    publish_waiting()
    add_news(ablain)
    before = marks(prisches)
    publish_waiting()
    assert marks(prisches) == before
    assert b"Prisches" not in b"".join(content for name, content in served(ablain).items() if name.endswith(".html"))


def _pixel() -> bytes:
    stream = BytesIO()
    Image.new("RGB", (200, 250), "olive").save(stream, "PNG")
    return stream.getvalue()


PIXEL = _pixel()


def _gestures(website):
    """What may happen to a site, by a number."""
    home = website.root_page.specific

    def phone(n):
        actions.correct_facts(website, {"phone": f"03 20 00 00 {n:02d}"}, by=f.user(), at=f.NOW)

    def hours(n):
        actions.correct_hours(website, [Opening(1 + n % 7, time(9), time(12))], by=f.user(), at=f.NOW)

    def look(n):
        actions.choose_look(
            website,
            {"colour": f"#2f4a{n:02d}", "layout": Layout.values[n % 5], "font": Font.values[n % 4]},
            by=f.user(),
            at=f.NOW,
        )

    def news(n):
        add_news(website, title=f"Nouvelle {n} {NewsPage.objects.count()}")

    def retitle(n):
        page = Page.objects.child_of(home).order_by("path")[n % 6].specific
        page.title = f"Titre {n}"
        publish_page(page)

    def unmenu(n):
        page = Page.objects.child_of(home).order_by("path")[n % 6].specific
        page.show_in_menus = not page.show_in_menus
        publish_page(page)

    def withdraw(n):
        page = NewsPage.objects.descendant_of(home).live().order_by("pk").first()
        if page:
            page.unpublish()

    def delete(n):
        page = NewsPage.objects.descendant_of(home).order_by("pk").last()
        if page:
            page.delete()

    def welcome(n):
        fresh = Page.objects.get(pk=home.pk).specific
        fresh.introduction = f"Bonjour {n}."
        publish_page(fresh)

    def slug(n):
        page = StandardPage.objects.descendant_of(home).order_by("pk").first()
        if page is None:
            page = StandardPage(title="Vivre ici", slug="vivre-ici")
            Page.objects.get(pk=home.pk).specific.add_child(instance=page)
        page.slug = f"vivre-ici-{n}"
        publish_page(page)

    def link(n):
        page = NewsPage.objects.descendant_of(home).live().order_by("pk").first()
        document = CommuneDocument.objects.filter(
            collection=website.collection
        ).first() or CommuneDocument.objects.create(
            title="Plan", file=ContentFile(b"plan", name="plan.txt"), collection=website.collection
        )
        document.title = f"Plan {n}"
        document.save()
        if page:
            words = f'<p><a linktype="page" id="{home.pk}">accueil</a></p>'
            page.body = [("text", words), ("file", {"document": document, "title": ""})]
            publish_page(page)

    def close(n):
        kept = ExceptionalDay.objects.kept().filter(website=website)
        on = f.TODAY + timedelta(days=n)
        if kept.filter(starts_on=on).exists():
            exceptional_days.remove_day(kept.get(starts_on=on), by=f.user(), at=f.NOW)
        else:
            exceptional_days.announce_day(website, Wanted(on, on, f"Motif {n}"), by=f.user(), at=f.NOW)

    def alert(n):
        shown = Alert.objects.shown(f.NOW).filter(website=website).first()
        if shown:
            alerts.withdraw_alert(shown, by=f.user(), at=f.NOW)
        else:
            ends_at = f.NOW + timedelta(days=2)
            alerts.publish_alert(
                website, f"Alerte {n}", gravity=1 + n % 3, starts_at=f.NOW, ends_at=ends_at, by=f.user(), at=f.NOW
            )

    def event(n):
        agenda = open_agenda(website, by=f.user(), at=f.NOW)
        page = EventPage(
            title=f"Fête {n}",
            summary="Une fête.",
            place="Place",
            starts_on=f.TODAY + timedelta(days=n - 20),
            rhythm=("once", "weekly")[n % 2],
            live=False,
        )
        page.skipped_days = [SkippedDay(skipped_on=f.TODAY + timedelta(days=n - 13))]
        agenda.add_child(instance=page)
        publish_page(page)

    def call_off(n):
        page = EventPage.objects.descendant_of(home).live().order_by("pk").first()
        if page:
            page.unpublish()

    def announce(n):
        kinds = (
            ("travaux", WorksPage(place="Place", starts_on=f.TODAY, ends_on=f.TODAY + timedelta(days=n - 9))),
            ("emploi", JobPage(applications_until=f.TODAY + timedelta(days=n - 9), how_to_apply="Écrivez.")),
            ("marches", TenderPage(deadline_at=f.NOW + timedelta(hours=n - 9))),
        )
        code, page = kinds[n % 3]
        page.title, page.summary, page.live = f"Annonce {n}", "Une annonce.", False
        page.slug = f"annonce-{n}-{Page.objects.count()}"
        if n % 3 == 0:
            page.starts_on = min(page.starts_on, page.ends_on)
        open_section(website, SECTIONS[code], by=f.user(), at=f.NOW).add_child(instance=page)
        publish_page(page)

    def collect(n):
        """Add a round, or move one of its days, or take back the last thing said."""
        open_section(website, SECTIONS["dechets"], by=f.user(), at=f.NOW)
        row = (
            WasteRound(website=website, day=1 + n % 7, sector=("", "Bourg", "Hameaux")[n % 3], kind="glass"),
            WasteShift(website=website, usual_on=f.TODAY + timedelta(days=n), moved_on=f.TODAY + timedelta(days=n + 1)),
            DropOffPoint(website=website, name=f"Borne {n}", place="Place"),
        )[n // 3 % 3]
        try:
            waste.add(row, by=f.user(), at=f.NOW)
        except Refused:
            waste.remove(type(row).objects.kept().filter(website=website).last(), by=f.user(), at=f.NOW)

    def cook(n):
        """Write a day of the canteen, close another, or undo the last writing."""
        open_section(website, SECTIONS["menus"], by=f.user(), at=f.NOW)
        days = [
            WrittenDay(f.TODAY + timedelta(days=n % 9 - 4), (WrittenDish("main", f"Plat {n}", ("milk",)),)),
            WrittenDay(f.TODAY + timedelta(days=n % 9 + 6), is_closed=True, reason=f"Motif {n}"),
        ]
        try:
            if n % 4 == 0:
                canteen.undo(website, by=f.user(), at=f.NOW)
            else:
                canteen.write(website, days, kind=MenuWriting.Kind.WEEK, by=f.user(), at=f.NOW)
        except Refused:
            canteen.write(website, days, kind=MenuWriting.Kind.IMPORT, by=f.user(), at=f.NOW)

    def photographs(n):
        """Make an album or add to one, describe its pictures, put one first, take one off."""
        index = open_section(website, SECTIONS["galerie"], by=f.user(), at=f.NOW)
        album = AlbumPage.objects.child_of(index).order_by("-pk").first()
        if album is None or n % 3 == 0:
            album = gallery.make_album(index, f"Album {n}", taken_on=f.TODAY, by=f.user(), at=f.NOW)
        made = gallery.add_pictures(album, [Photograph("vue.png", PIXEL)], by=f.user(), at=f.NOW)
        words = {one.pk: PictureWords(f"Vue {n}.", "Mairie") for one in made}
        gallery.describe(album, words, by=f.user(), at=f.NOW)
        gallery.move(AlbumPicture.objects.get(pk=made[0].pk), up=True, by=f.user(), at=f.NOW)
        if n % 2:
            gallery.remove(AlbumPicture.objects.kept().filter(album=album).first(), by=f.user(), at=f.NOW)

    def tell(n):
        """Tell a place or a period, or take the first off."""
        index = open_section(website, SECTIONS["patrimoine"], by=f.user(), at=f.NOW)
        first = HeritagePage.objects.child_of(index).live().first()
        if first is not None and n % 3 == 0:
            first.unpublish()
            return
        kind = HeritagePage.Kind.values[n % 2]
        page = HeritagePage(
            title=f"Lieu {n}", summary="Un lieu.", kind=kind, latitude=50.05, longitude=3.75, live=False
        )
        index.add_child(instance=page)
        publish_page(page)

    def conclude(n):
        page = TenderPage.objects.descendant_of(home).live().order_by("pk").last()
        if page:
            page.outcome, page.awarded_to = ("awarded", "Une entreprise") if n % 2 else ("abandoned", "")
            publish_page(page)

    def take_off(n):
        for model in (WorksPage, JobPage):
            page = model.objects.descendant_of(home).live().order_by("pk").first()
            if page:
                page.unpublish()

    def opening(n):
        with scopes_disabled():
            fresh = WebSite.objects.get(pk=website.pk)
        gesture = actions.open_site if fresh.opened_at is None else actions.close_site
        gesture(fresh, by=f.user(), at=f.NOW)

    def audit(n):
        """Conclude an audit of a rate of its own, or take back the last one."""
        system = User.objects.system()
        last = Audit.objects.filter(website=website, concluded_at__isnull=False).first()
        if last is not None:
            audits.reopen(last, by=system, at=f.NOW)
            audits.abandon(last, by=system, at=f.NOW)
            return
        made = audits.begin(website, by=system, at=f.NOW)
        states = ("failing", "conforming")
        audits.judge(made, [Judged(one, states[rank >= n]) for rank, one in enumerate(criteria())], by=system, at=f.NOW)
        pages = [("/", "Accueil")]
        audits.describe(made, auditor="Essai", made_on=f.TODAY, tools="", pages=pages, by=system, at=f.NOW)
        audits.conclude(made, by=system, at=f.NOW)

    def plan(n):
        planned = [Planned(2026, f"Action {n}")]
        years = {"first_year": 2026, "last_year": 2027}
        audits.keep_plan(website, **years, referent="", policy="", actions=planned, by=f.user(), at=f.NOW)

    def seat(n):
        """Write someone in the council, say that the first has left, or put them before their neighbour."""
        page = council.open_council(website, starts_on=f.TODAY - timedelta(days=9), by=f.user(), at=f.NOW)
        term = current_term(website)
        name = f"Personne {n} {Councillor.objects.count()}"
        portrait = Photograph("vue.png", PIXEL) if n % 3 == 0 else None
        who = council.seat(term, council.Seated(name, portrait=portrait, is_agreed=True), by=f.user(), at=f.NOW)
        council.keep_commission(term, name, president=who.pk, members=[], by=f.user(), at=f.NOW)
        council.move(who, up=True, by=f.user(), at=f.NOW)
        if n % 4 == 0:
            council.leave(term.councillors.sitting().first(), left_on=f.TODAY, by=f.user(), at=f.NOW)
        assert page.live

    def entry(n):
        """List something, take off what was listed first, correct the last."""
        directory.open_directory(website, by=f.user(), at=f.NOW)
        rows = DirectoryEntry.objects.kept().filter(website=website)
        category = Category.values[n % 8]
        picture = Photograph("vue.png", PIXEL) if n % 3 == 0 else None
        wanted = Described(category, f"Fiche {n} {DirectoryEntry.objects.count()}", picture=picture)
        directory.add_entry(website, wanted, by=f.user(), at=f.NOW)
        last = rows.order_by("-pk")[0]
        directory.correct_entry(last, Described(category, f"{last.name} bis"), by=f.user(), at=f.NOW)
        if n % 2:
            directory.remove_entry(rows.order_by("pk")[0], by=f.user(), at=f.NOW)

    def room(n):
        """Describe a place, put it first, take off what was described first."""
        equipment.open_equipment(website, by=f.user(), at=f.NOW)
        rows = Equipment.objects.kept().filter(website=website)
        written = {
            "name": f"Salle {n} {Equipment.objects.count()}",
            "theme": "social",
            "kind": "salle",
            "street": "Rue",
        }
        place = {"postal_code": "59550", "city": "Prisches", "latitude": 50.0, "longitude": 3.7}
        code = {"code": "05010101"} if n % 2 else {}
        made = equipment.keep(website, written | place | code, by=f.user(), at=f.NOW)
        equipment.move(made, up=True, by=f.user(), at=f.NOW)
        if n % 3 == 0:
            equipment.remove(rows.order_by("pk")[0], by=f.user(), at=f.NOW)

    def share(n):
        """Propose something, accept it, correct what was proposed first, take back another."""
        lead = f.programme().lead()
        officer = f.member(Role.PROGRAMME_OFFICER, lead)
        given = {"epci": None, "from_name": "", "for_whom": For(Audience.ALL), "by": officer, "at": f.NOW}
        kind = Kind.values[n % 3]
        said = {"title": f"Partage {n}", "summary": "Deux phrases.", "place": "Place", "starts_on": f.TODAY}
        said |= {"appears_at": f.NOW - timedelta(days=n % 9), "disappears_at": f.NOW + timedelta(days=n + 1)}
        picture = {"picture": Photograph("vue.png", PIXEL)} if n % 4 == 0 and kind != Kind.ALERT else {}
        if picture:
            said["picture_alternative"] = "Une affiche"
        sharing.offer(lead, kind, said, **given, **picture)
        with scopes_disabled():
            offers = ShareOffer.objects.select_related("share").filter(website=website)
            for offer in offers.filter(answer="waiting"):
                sharing.accept(offer, by=f.user(), at=f.NOW)
            first, last = offers.order_by("pk").first(), offers.order_by("pk").last()
            if first.share.withdrawn_at is None:
                alternative = {"picture_alternative": "Une affiche"} if first.share.picture_id else {}
                words = {**said, "title": f"Corrigé {n}", **alternative}
                sharing.correct(first.share, words, **given)
            if n % 3 == 0 and last.share.withdrawn_at is None:
                sharing.withdraw(last.share, by=officer, at=f.NOW)
            elif n % 5 == 0:
                sharing.decline(last, by=f.user(), at=f.NOW)

    return [
        *(phone, hours, look, news, retitle, unmenu, withdraw, delete, welcome, slug, link),
        *(close, alert, event, call_off, opening, audit, plan, seat, entry, room),
        *(announce, conclude, take_off, collect, share, cook, photographs, tell),
    ]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_whatever_changes_what_is_renewed_equals_what_is_published_anew(time_machine):
    """The net under the keys: a page that forgot to say what it shows would differ here."""
    time_machine.move_to(f.NOW, tick=False)
    website = equipped("59474", "Prisches")
    publish_waiting()
    gestures = _gestures(website)

    @hypothesis_settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(st.integers(0, len(gestures) - 1), st.integers(0, 99)), min_size=1, max_size=5))
    def everything(steps):
        for index, number in steps:
            gestures[index](number)
        publish_waiting()
        renewed = served(website)
        changed(website.pk, "all", at=f.NOW)
        publish_waiting()
        anew = served(website)
        kinds = (".html", ".xml", ".txt", ".ics", ".atom", ".csv", ".json")
        assert {n: renewed.get(n) for n in anew if n.endswith(kinds)} == {n: anew[n] for n in anew if n.endswith(kinds)}
        assert {n for n in renewed if n.endswith(".html")} == {n for n in anew if n.endswith(".html")}

    everything()


def test_the_command_makes_everything_anew_and_refuses_a_name_it_does_not_know(prisches, capsys):
    call_command("publish")
    assert "Sites publiés\u00a0: 1" in capsys.readouterr().out
    call_command("publish", prisches.host)
    assert "adresses écrites\u00a0: 0" in capsys.readouterr().out
    with pytest.raises(CommandError, match="Aucun site à ce nom"):
        call_command("publish", "ailleurs.localhost")


def test_acts_that_change_renew_the_pages_that_list_them(prisches):
    publish_waiting()
    act = f.act(prisches.beneficiary)
    journal.record("act.published", act, by=f.user(), at=f.NOW)
    note_acts(str(act.pk), at=f.NOW)
    assert [change.key for change in Change.objects.all()] == ["acts"]
    note_acts("999999", at=f.NOW)


def test_another_release_of_the_platform_makes_the_pages_anew(prisches):
    publish_waiting()
    assert note_new_look(at=f.NOW) == 0
    Publication.objects.update(look="ancienne")
    assert (note_new_look(at=f.NOW), note_new_look(at=f.NOW)) == (1, 0)
    publish_waiting()
    assert note_new_look(at=f.NOW) == 0


def test_what_comes_after_everything_else_lets_a_publication_pass_between_two_sites(prisches):
    publish_waiting()
    score.keep_due(at=f.NOW)
    other = equipped("62005", "Audresselles")
    actions.correct_facts(prisches, {"phone": "03 20 00 00 00"}, by=f.user(), at=f.NOW)
    DBTaskResult.objects.all().delete()
    urgent = DBTaskResult.objects.create(
        task_path="socle.websites.tasks.publish",
        args_kwargs={"args": [other.pk], "kwargs": {}},
        queue_name="default",
        backend_name="default",
        priority=10,
        run_after=get_date_max(),
    )
    assert tasks.publish_waiting.func() == 1
    assert Change.objects.exists()
    urgent.delete()
    assert tasks.publish_waiting.func() == 1
    assert not Change.objects.exists()
    # The same for what examines the sites: a piece of work as low, or lower, does not count.
    DBTaskResult.objects.create(
        task_path="socle.websites.tasks.score_sites",
        args_kwargs={"args": [], "kwargs": {}},
        queue_name="default",
        backend_name="default",
        priority=-10,
        run_after=get_date_max(),
    )
    assert tasks.score_sites.func() == 2
