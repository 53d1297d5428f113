"""What a mairie takes along of its site: every model has its place, pages open without a server, files are there."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django_scopes import scope
from wagtail.models import Page

from socle.lib.archives import Archive
from socle.people.models import Role
from socle.sections.subscriptions.models import AlertSubscription
from socle.sites import handover
from socle.sites.actions import create_site
from socle.sites.models import CommuneDocument, CommuneImage, PublishedFile, WebSite
from socle.sites.publishing import folders
from socle.sites.registry import ExtensionConfig
from tests import factories as f

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def elsewhere(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PUBLISHED_ROOT = tmp_path / "published"


@pytest.fixture
def website() -> WebSite:
    place = f.beneficiary()
    with scope(beneficiary=place):
        return create_site(place, by=f.member(Role.SECRETARY, place), at=AT)


def written(website: WebSite, tmp_path: Path) -> tuple[dict[str, bytes], list[str]]:
    archive = Archive(tmp_path / "a.zip", at=AT)
    with scope(beneficiary=website.beneficiary), archive.part("site", "Site", "") as shelf:
        handover.write(website.beneficiary, shelf)
    notes = archive.done[0].notes
    archive.finish(lambda done: "", {})
    with ZipFile(tmp_path / "a.zip") as whole:
        return {name: whole.read(name) for name in whole.namelist()}, notes


def test_every_model_of_the_room_is_given_or_is_not_for_a_reason() -> None:
    tables, not_given = list(handover.tables()), handover.not_given()
    given = {model.__name__ for _, model, _ in tables}
    rooms = [one for one in apps.get_app_configs() if one.label == "websites" or isinstance(one, ExtensionConfig)]
    known = {model.__name__: model for room in rooms for model in room.get_models()}
    for label, model in known.items():
        if not issubclass(model, Page):
            assert (label in given) != (label in not_given), f"{label}: handed over, or not with a reason"
    assert given | set(not_given) <= set(known)
    assert len({name for name, _, _ in tables}) == len(tables)


def test_pages_are_given_with_their_content_and_their_draft(website: WebSite, tmp_path: Path) -> None:
    page = website.root_page.get_children().first().specific
    page.title = "Titre à venir"
    page.save_revision()
    files, _ = written(website, tmp_path)
    pages = [json.loads(content) for name, content in files.items() if name.startswith("site/contenu/pages/")]
    assert len(pages) == Page.objects.filter(path__startswith=website.root_page.path).count()
    [found] = [one for one in pages if one["id"] == page.pk]
    assert found["draft"]["title"] == "Titre à venir"
    assert found["content"]["title"] != "Titre à venir"
    assert b"Titre" in files["site/contenu/pages.csv"]


def test_files_are_copied_and_a_missing_one_is_said(website: WebSite, tmp_path: Path) -> None:
    with scope(beneficiary=website.beneficiary):
        for title, is_there in (("Budget", True), ("Perdu", False)):
            document = CommuneDocument(title=title, collection_id=website.collection_id)
            document.file.save(f"{title}.pdf", ContentFile(b"%PDF " + title.encode()))
            document.save()
            if not is_there:
                default_storage.delete(document.file.name)
        image = CommuneImage(title="Mairie", collection_id=website.collection_id, width=1, height=1)
        image.file.name = default_storage.save(f"{website.media_folder}/originals/mairie.png", ContentFile(b"png"))
        image.save()
    files, notes = written(website, tmp_path)
    names = {PurePosixPath(name).name.partition("-")[2]: name for name in files if "/documents/" in name}
    assert files[names["budget.pdf"]] == b"%PDF Budget"
    assert any("1 document" in note for note in notes)
    assert b"introuvable" in files["site/documents/documents.csv"]
    assert files[f"site/images/{image.pk}-mairie.png"] == b"png"


def test_the_published_site_opens_without_a_server(website: WebSite, tmp_path: Path) -> None:
    release = folders.home_of(website.slug) / "20261126T090000-00000000"
    pages = {
        "/": (
            b'<a href="/contact/">x</a><img src="/media/sites/a/b.jpg">'
            b'<a href="https://x.fr/">y</a><a href="//z/">z</a>'
            b'<img srcset="/media/a.jpg 1x, /media/b.jpg 2x, https://x.fr/c.jpg 3x">'
        ),
        "/contact/": b'<a href="/">x</a><a href="/contact/?a=1#b">y</a><link href="/static/a.css">',
        "/static/a.css": b"body { background: url(/static/b.png) }",
        "/media/sites/a/b.jpg": b'\xff\xd8 href="/"',
    }
    for path, content in pages.items():
        folders.write(release, path, content)
    (folders.home_of(website.slug) / "current").symlink_to(release.name)
    with scope(beneficiary=website.beneficiary):
        PublishedFile.objects.filter(website=website).delete()
        for path in pages:
            PublishedFile.objects.create(website=website, path=path, sha256="0" * 64, size=1, changed_at=AT)
    files, _ = written(website, tmp_path)
    home = files["site/site-publie/index.html"].decode()
    assert 'href="contact/index.html"' in home
    assert 'src="media/sites/a/b.jpg"' in home
    assert 'href="https://x.fr/"' in home
    assert 'href="//z/"' in home
    assert 'srcset="media/a.jpg 1x, media/b.jpg 2x, https://x.fr/c.jpg 3x"' in home
    contact = files["site/site-publie/contact/index.html"].decode()
    assert 'href="../index.html"' in contact
    assert 'href="index.html?a=1#b"' in contact
    assert 'href="../static/a.css"' in contact
    assert files["site/site-publie/static/a.css"] == b"body { background: url(b.png) }"
    assert files["site/site-publie/media/sites/a/b.jpg"] == pages["/media/sites/a/b.jpg"]


def test_what_opens_something_is_not_given(website: WebSite, tmp_path: Path) -> None:
    with scope(beneficiary=website.beneficiary):
        AlertSubscription.objects.create(
            website=website, email="habitante@exemple.invalid", asked_at=AT, confirmed_at=AT, link_sha256="f" * 64
        )
    files, _ = written(website, tmp_path)
    rows = json.loads(files["site/contenu/abonnements-aux-alertes.json"])
    assert rows[0]["email"] == "habitante@exemple.invalid"
    assert all(b"f" * 64 not in content for content in files.values())


def test_nothing_of_another_site_is_given(website: WebSite, tmp_path: Path) -> None:
    other = f.beneficiary(f.commune("59057", "Bermeries"))
    with scope(beneficiary=other):
        theirs = create_site(other, by=f.member(Role.SECRETARY, other), at=AT)
        document = CommuneDocument(title="Le leur", collection_id=theirs.collection_id)
        document.file.save("leur.pdf", ContentFile(b"%PDF leur"))
        document.save()
    files, _ = written(website, tmp_path)
    assert all("leur" not in name for name in files)
    assert all(b"Bermeries" not in content for content in files.values())
