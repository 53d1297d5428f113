"""What is done to the albums of a site: made, filled many pictures at once, described, ordered, taken off, put back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from socle.journal import actions as journal
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.websites import photographs
from socle.websites.gallery.rules import why_not_add, why_not_describe, why_not_put_back
from socle.websites.models.gallery import AlbumPage, AlbumPicture, GalleryPage
from socle.websites.models.sites import WebSite
from socle.websites.ordering import move_among
from socle.websites.photographs import Photograph
from socle.websites.publishing.actions import changed


@dataclass(frozen=True)
class Described:
    """What is said of one picture."""

    alternative: str = ""
    credit: str = ""


def _site_of(album: AlbumPage) -> WebSite:
    website = album.website()
    assert website is not None
    return website


@transaction.atomic
def make_album(
    gallery: GalleryPage, title: str, *, taken_on: date, summary: str = "", by: User, at: datetime
) -> AlbumPage:
    """Make an album, online at once: it shows in the gallery with its first described picture."""
    refuse("Écrivez le titre de l’album." if not title.strip() else None)
    album = AlbumPage(title=title.strip(), taken_on=taken_on, summary=summary, live=False, owner=by)
    gallery.add_child(instance=album)
    album.save_revision(user=by).publish()
    album.refresh_from_db()
    journal.record("page.published", album, by=by, at=at)
    return album


@transaction.atomic
def add_pictures(
    album: AlbumPage, handed: Sequence[Photograph], *, credit: str = "", by: User, at: datetime
) -> list[AlbumPicture]:
    """Put pictures at the end of an album, in the order in which they were handed over. Raises Refused."""
    refuse(why_not_add(album, len(handed)))
    website = _site_of(album)
    last = AlbumPicture.objects.filter(album=album).aggregate(number=Max("number"), position=Max("position"))
    number, position = last["number"] or 0, last["position"] or 0
    made = []
    for rank, photograph in enumerate(handed, start=1):
        title = f"{album.title}, photographie {number + rank}"
        image = photographs.keep(website, photograph, title=title, description="", by=by)
        made.append(
            AlbumPicture(
                album=album, image=image, number=number + rank, position=position + rank, credit=credit, added_at=at
            )
        )
    AlbumPicture.objects.bulk_create(made)
    changed(website.pk, *album.shown_as(), at=at)
    journal.record("website.pictures_added", website, by=by, at=at, album=album.pk, pictures=len(made))
    return made


@transaction.atomic
def describe(album: AlbumPage, words: Mapping[int, Described], *, by: User, at: datetime) -> int:
    """Say what pictures show, and who made them, by their identifiers; return how many changed. Raises Refused."""
    rows = list(AlbumPicture.objects.kept().filter(album=album, pk__in=words).select_related("image"))
    different = []
    for row in rows:
        said = words[row.pk]
        refuse(why_not_describe(said.alternative))
        if (row.alternative, row.credit) != (said.alternative, said.credit):
            row.alternative, row.credit = said.alternative, said.credit
            different.append(row)
    if not different:
        return 0
    AlbumPicture.objects.bulk_update(different, ["alternative", "credit"])
    for row in different:
        # Its words go with it in the library, where it had none.
        if row.alternative and not row.image.description:
            type(row.image).objects.filter(pk=row.image_id).update(description=row.alternative)
    website = _site_of(album)
    changed(website.pk, *album.shown_as(), at=at)
    journal.record("website.pictures_described", website, by=by, at=at, album=album.pk, pictures=len(different))
    return len(different)


@transaction.atomic
def move(picture: AlbumPicture, *, up: bool, by: User, at: datetime) -> None:
    """Put a picture before, or after, its neighbour; at the end, nothing moves."""
    if not move_among(AlbumPicture.objects.kept().filter(album=picture.album_id), picture, up=up):
        return
    website = _site_of(picture.album)
    changed(website.pk, *picture.album.shown_as(), at=at)
    journal.record("website.picture_moved", website, by=by, at=at, album=picture.album_id, picture=picture.pk)


@transaction.atomic
def remove(picture: AlbumPicture, *, by: User, at: datetime) -> AlbumPicture:
    """Take a picture off its album; it can be put back, and its image stays in the library of the site."""
    refuse("Cette photographie est déjà retirée." if picture.removed_at else None)
    picture.removed_at = at
    picture.save(update_fields=["removed_at"])
    website = _site_of(picture.album)
    changed(website.pk, *picture.album.shown_as(), at=at)
    journal.record("website.picture_removed", website, by=by, at=at, album=picture.album_id, picture=picture.pk)
    return picture


@transaction.atomic
def put_back(picture: AlbumPicture, *, by: User, at: datetime) -> AlbumPicture:
    """Put a picture back at the end of its album. Raises Refused."""
    refuse(why_not_put_back(picture))
    last = AlbumPicture.objects.kept().filter(album=picture.album_id).aggregate(position=Max("position"))
    picture.removed_at = None
    picture.position = (last["position"] or 0) + 1
    picture.save(update_fields=["removed_at", "position"])
    website = _site_of(picture.album)
    changed(website.pk, *picture.album.shown_as(), at=at)
    journal.record("website.picture_put_back", website, by=by, at=at, album=picture.album_id, picture=picture.pk)
    return picture
