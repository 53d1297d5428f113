"""Two communes whose sites hold one of everything, and somebody of the first who looks for the second."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.test import Client
from django_scopes import scopes_disabled
from PIL import Image as Picture
from wagtail.admin.models import EditingSession
from wagtail.models import Collection, Page, PageLogEntry, Site
from wagtail.search.backends import get_search_backend

from socle.people.acting import SESSION_KEY
from socle.people.models import Beneficiary
from socle.quality.models.audience import PageViews
from socle.sections.albums.actions import add_pictures, begin_album
from socle.sections.canteen.models import MenuWeekPage
from socle.sections.council.actions import Seated, open_council, seat
from socle.sections.events.actions import open_agenda
from socle.sections.events.models import EventPage
from socle.sections.listing.actions import keep_entry
from socle.sections.listing.models import ListingEntry
from socle.sections.notices.models import NoticePage
from socle.sections.waste.models import WasteRound, WasteShift
from socle.site_import.models import ImportedItem, SiteImport
from socle.sites import actions
from socle.sites.models import (
    Alert,
    CommuneDocument,
    CommuneImage,
    ExceptionalDay,
    HomePage,
    NewsIndexPage,
    NewsPage,
    Review,
    WebSite,
)
from socle.sites.opening import open_section
from socle.sites.photographs import Photograph
from socle.sites.registry import sections
from socle.syndication.models import Share, ShareOffer
from tests import factories as f
from tests.sites.conftest import equipped, secretary
from tests.worlds import Once

WASTE = (WasteRound, WasteShift)
# What is searched for is written otherwise than what must not be seen: a page may repeat the words it was asked.
SECRET, ASKED = "Zibeline", "zibeline"


def picture() -> ImageFile:
    """A small image, whole."""
    buffer = io.BytesIO()
    Picture.new("RGB", (40, 30), "#884422").save(buffer, "PNG")
    buffer.seek(0)
    return ImageFile(buffer, name="vue.png")


@dataclass
class Commune:
    """A commune's site with one of each thing its secretary makes."""

    website: WebSite
    home: Page
    index: NewsIndexPage
    news: NewsPage
    image: CommuneImage
    document: CommuneDocument
    secretary: object
    revision_pk: int
    session_pk: int
    notices: tuple[int, ...]

    @property
    def ids(self) -> list[int]:
        """Every identifier of this commune, of whatever kind."""
        site = self.website
        return [
            *(self.news.pk, self.image.pk, self.document.pk, self.home.pk, self.secretary.pk, self.revision_pk),
            *self.notices,
            *(self.session_pk, site.site_id, site.collection_id, site.beneficiary_id),
        ]


def furnish(website: WebSite, word: str, first_pk: int = 7_000_001) -> Commune:
    """Fill a site with things whose every name holds this word, numbered so that no two kinds share a number."""
    person = secretary(website.beneficiary, email=f"{word.lower()}@exemple.invalid")
    get_user_model().objects.filter(pk=person.pk).update(name=f"{word} Exemple")
    home = HomePage.objects.get(pk=website.root_page_id)
    home.title = f"{word} accueil"
    home.save_revision(user=person).publish()
    index = NewsIndexPage.objects.child_of(home).get()
    news = NewsPage(title=f"{word} actualité", slug=word.lower(), summary=f"{word} résumé", owner=person)
    index.add_child(instance=news)
    news.save_revision(user=person).publish()
    revision = news.save_revision(user=person)
    PageLogEntry.objects.log_action(news, "wagtail.edit", user=person, title=news.title)
    image = CommuneImage.objects.create(
        pk=first_pk, title=f"{word} image", file=picture(), collection=website.collection, uploaded_by_user=person
    )
    image.tags.add(f"{word} étiquette")
    document = CommuneDocument.objects.create(
        pk=first_pk + 1,
        title=f"{word} document",
        file=ContentFile(b"%PDF-1.7", name=f"{word}.pdf"),
        collection=website.collection,
        uploaded_by_user=person,
    )
    day = ExceptionalDay.objects.create(
        website=website, starts_on=f.TODAY, ends_on=f.TODAY, reason=f"{word} motif", added_at=f.NOW
    )
    alert = Alert.objects.create(
        website=website,
        words=f"{word} alerte",
        starts_at=f.NOW - timedelta(days=1),
        ends_at=f.NOW + timedelta(days=3650),
        published_at=f.NOW,
    )
    event = EventPage(title=f"{word} fête", summary=f"{word}", place=f"{word}", starts_on=f.TODAY, owner=person)
    open_agenda(website, by=person, at=f.NOW).add_child(instance=event)
    open_council(website, by=person, at=f.NOW)
    who = seat(website, Seated(f"{word} Élue", delegation=word), by=person, at=f.NOW)
    shop = ListingEntry(website=website, kind="shop", name=f"{word} boutique", activity=f"{word} activité")
    entry = keep_entry(shop, by=person, at=f.NOW)
    town = (who.pk, entry.pk)
    notice = NoticePage(title=f"{word} annonce", summary=word, place=word, ends_on=f.TODAY, owner=person)
    open_section(website, sections()["annonces"], by=person, at=f.NOW).add_child(instance=notice)
    album = begin_album(website, f"{word} album", taken_on=f.TODAY, by=person, at=f.NOW)
    album = add_pictures(album, [Photograph("vue.png", picture().read())], credit=word, by=person, at=f.NOW)
    album.save_revision(user=person).publish()
    (shot,) = album.pictures.all()
    # A week far from today is taken for a slip of the keyboard, whatever the clock these tests live under.
    with time_machine.travel(f.NOW):
        week = MenuWeekPage(week_on=f.TODAY, served=f"{word} gratin", allergens=word, owner=person)
        open_section(website, sections()["menus"], by=person, at=f.NOW).add_child(instance=week)
    rows = [
        WasteRound(website=website, day=1, sector=word, added_at=f.NOW),
        WasteShift(website=website, usual_on=f.TODAY, reason=word, added_at=f.NOW),
    ]
    for rank, row in enumerate(rows):
        row.pk = first_pk + 10 + rank
        row.save(force_insert=True)
    announced = [album.pk, shot.pk, notice.pk, week.pk, *(row.pk for row in rows)]
    with scopes_disabled():
        brought = SiteImport.objects.create(website=website, source="crawl", status="seen", started_at=f.NOW, says=word)
        ImportedItem.objects.create(of=brought, nature="page", source=f"https://{word}.invalid/", title=word)
        review = Review.objects.create(
            website=website, page=news, asked_by=person, asked_of=person, asked_at=f.NOW, word=f"{word} mot"
        )
    share = Share.objects.create(
        operator=f.operator("partage", "Opérateur d’essai", 9),
        from_name=f"{word} origine",
        audience="all",
        kind="news",
        title=f"{word} proposition",
        summary=word,
        appears_at=f.NOW - timedelta(days=1),
        disappears_at=f.NOW + timedelta(days=3650),
        offered_at=f.NOW,
    )
    with scopes_disabled():
        offer = ShareOffer.objects.create(share=share, website=website, offered_at=f.NOW)
        PageViews.objects.create(website=website, month_on=f.TODAY.replace(day=1), path=f"/{word}/", views=3)
    session = EditingSession.objects.create(user=person, content_object=news, last_seen_at=f.NOW)
    Collection.objects.filter(pk=website.collection_id).update(name=f"{word} collection")
    Site.objects.filter(pk=website.site_id).update(site_name=f"{word} site", hostname=f"{word}.localhost")
    Beneficiary.objects.filter(pk=website.beneficiary_id).update(name=f"{word} organisme")
    backend = get_search_backend()
    for thing in (image, document, news):
        backend.add(thing)
    return Commune(
        *(website, home, index, news, image, document, person, revision.pk, session.pk),
        (day.pk, alert.pk, event.pk, *town, *announced, review.pk, offer.pk, brought.pk),
    )


def furnished() -> tuple[Commune, Commune]:
    """The commune of whoever looks, then the one whose things are looked for."""
    # Wagtail remembers the sizes of images by their number, which the next file gives again.
    cache.clear()
    ours = furnish(equipped("59474", "Prisches"), "Prisches")
    theirs = furnish(equipped("62001", "Ablain-Saint-Nazaire"), SECRET, 9_000_001)
    actions.index_sites(at=f.NOW)
    return ours, theirs


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="module")
def both(media, django_db_setup, django_db_blocker) -> Iterator[Once[tuple[Commune, Commune]]]:
    once = Once(django_db_blocker, furnished, MEDIA_ROOT=media)
    # A process that takes over the end of another's list has the room's own Prisches standing.
    once.make(is_alone=True)
    yield once
    once.let_go()


@pytest.fixture
def two(both, media, db, settings) -> tuple[Commune, Commune]:
    settings.MEDIA_ROOT = media
    return both.get()


@pytest.fixture
def ours(two) -> Commune:
    return two[0]


@pytest.fixture
def theirs(two) -> Commune:
    return two[1]


def signed_in(person, *, active: WebSite | None = None) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    if active is not None:
        session = client.session
        session[SESSION_KEY] = active.beneficiary_id
        session.save()
    return client


@pytest.fixture(params=["of one commune", "of both, acting for one"])
def intruder(request, ours, theirs) -> Client:
    """A secretary of ours, who may serve theirs too: the active beneficiary decides."""
    email = "intruse@exemple.invalid"
    if request.param == "of one commune":
        person = secretary(ours.website.beneficiary, email=email)
    else:
        person = secretary(ours.website.beneficiary, theirs.website.beneficiary, email=email)
        # What this person did for theirs must not follow them when they act for ours.
        PageLogEntry.objects.log_action(theirs.news, "wagtail.edit", user=person, title=theirs.news.title)
        theirs.news.save_revision(user=person)
    return signed_in(person, active=ours.website)
