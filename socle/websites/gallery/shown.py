"""An album as machines read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString

from socle.websites.models.pages import site_path_of
from socle.websites.structured import as_data

if TYPE_CHECKING:
    from socle.websites.models.gallery import AlbumPage, AlbumPicture


def album_data(album: AlbumPage, pictures: Sequence[AlbumPicture]) -> SafeString | str:
    """Describe an album as schema.org does: each picture by its page; nothing while it is empty."""
    website = album.website()
    if not pictures or website is None:
        return ""
    address = website.root_url + site_path_of(album)
    shown = [
        {
            "@type": "ImageObject",
            "url": f"{address}photo/{one.number}/",
            "name": one.alternative,
            **({"creditText": one.credit} if one.credit else {}),
        }
        for one in pictures
    ]
    return as_data(
        {
            "@context": "https://schema.org",
            "@type": "ImageGallery",
            "name": album.title,
            "url": address,
            "dateCreated": album.taken_on.isoformat(),
            "image": shown,
        }
    )
