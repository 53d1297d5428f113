"""What the tests of published sites share: where they are laid, what is served, what a gesture wrote anew."""

from __future__ import annotations

import os
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django_scopes import scopes_disabled
from PIL import Image
from wagtail.models import Page

from socle.sites.models import CommuneImage, NewsIndexPage, NewsPage, WebSite
from socle.sites.publishing import folders
from socle.sites.publishing.actions import publish_waiting
from socle.sites.publishing.freezing import freeze


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


def drawn(website, path="/") -> bytes:
    """A page as the next publication would keep it: the sizes of its photographs are made, as nobody else does."""
    with scopes_disabled():
        return freeze(WebSite.objects.get(pk=website.pk), path).content


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


def _pixel() -> bytes:
    stream = BytesIO()
    Image.new("RGB", (200, 250), "olive").save(stream, "PNG")
    return stream.getvalue()


PIXEL = _pixel()
