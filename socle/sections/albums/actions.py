"""Actions on an album outside the form of its page: begun, and filled with many photographs at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from wagtail.models import Page

from socle.journal import actions as journal
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.sections.albums.models import AlbumPage, AlbumPicture
from socle.sections.albums.rules import why_not_add, why_not_publish_so
from socle.sites import photographs
from socle.sites.models.pages import StandardPage
from socle.sites.models.sites import WebSite
from socle.sites.opening import open_page
from socle.sites.photographs import Photograph


@transaction.atomic
def begin_album(website: WebSite, title: str, *, taken_on: date, by: User, at: datetime) -> AlbumPage:
    """Make an album, as a draft, beside the last one; the first opens the page « Galerie » in the menu."""
    last = AlbumPage.objects.descendant_of(website.root_page).order_by("-pk").first()
    parent: Page | None = last.get_parent() if last else None
    if parent is None:
        parent = open_page(website, StandardPage(title="Galerie"), is_news=True, at=at)
        journal.record("page.published", parent, by=by, at=at)
    album = AlbumPage(title=title, taken_on=taken_on, live=False, owner=by)
    parent.add_child(instance=album)
    album.save_revision(user=by)
    return album


@transaction.atomic
def add_pictures(
    album: AlbumPage, handed: Sequence[Photograph], *, credit: str = "", by: User, at: datetime
) -> AlbumPage:
    """Put photographs at the end of the draft of an album, in the order they were handed over. Raises Refused.

    What is online does not change: they are described in the form of the page, which publishes it.
    """
    draft: AlbumPage = album.get_latest_revision_as_object()
    already = draft.pictures.count()
    refuse(why_not_add(len(handed), already=already))
    website = album.website()
    assert website is not None
    for rank, photograph in enumerate(handed, start=already + 1):
        title = f"{album.title}, photographie {rank}"
        image = photographs.keep(website, photograph, title=title, description="", by=by)
        draft.pictures.add(AlbumPicture(image=image, credit=credit, sort_order=rank))
    draft.save_revision(user=by)
    journal.record("website.pictures_added", website, by=by, at=at, album=album.pk, pictures=len(handed))
    return draft


@transaction.atomic
def publish_album(album: AlbumPage, words: Sequence[str], *, by: User, at: datetime) -> AlbumPage:
    """Say what each photograph of the draft of an album shows, in their order, and put it online. Raises Refused."""
    draft: AlbumPage = album.get_latest_revision_as_object()
    pictures = list(draft.pictures.all())
    refuse(why_not_publish_so(words, pictures=len(pictures)))
    for picture, shows in zip(pictures, words, strict=True):
        picture.alternative = shows.strip()
    draft.save_revision(user=by).publish()
    journal.record("page.published", album, by=by, at=at)
    return album
