"""Extension of the sites by the albums: pages of photographs under any free page, and the screen that sends these."""

from __future__ import annotations

from typing import Any

from socle.sections.albums.demo_data import ensure_album
from socle.sections.albums.models import AlbumPage, AlbumPicture, albums_under
from socle.sites.models.pages import CommunePage
from socle.sites.registry import Extension


def below(page: CommunePage) -> dict[str, Any]:
    """Return the albums under a free page."""
    return {"albums": albums_under(page)}


EXTENSION = Extension(
    code="albums",
    package="socle.sections.albums",
    editor_urls="socle.sections.albums.editor_urls",
    free_pages=(AlbumPage,),
    below_part="websites/parts/albums.html",
    below=below,
    handed_over=(("photographies-des-albums", AlbumPicture, "album__path__startswith"),),
    demo=ensure_album,
    moved_to=(
        # A photograph is seen on the page of its album; albums and places of heritage are pages under a page.
        (r"/(galerie/[a-z0-9-]+)/photo/\d+/", r"/\1/"),
        (r"/(galerie|patrimoine)/page/\d+/", r"/\1/"),
    ),
)
