"""Handover of its site: the site as it is published, what it is made of, its images and documents."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from wagtail.models import Page

from socle.lib.archives import Shelf
from socle.people.models import Beneficiary, User
from socle.sites import registry
from socle.sites.models import (
    Alert,
    CommuneDocument,
    CommuneImage,
    ExceptionalDay,
    LocalProcedure,
    MunicipalFacts,
    PublishedFile,
    SiteName,
    WebSite,
    WeekOpening,
)
from socle.sites.publishing import folders
from socle.sites.publishing.freezing import CannotFreeze, freeze

# What a site is made of besides its pages: the file of the archive, the model, the way from a row to the site, or to
# its tree of pages.
TABLES: tuple[tuple[str, type[models.Model], str], ...] = (
    ("site", WebSite, "pk"),
    ("coordonnees", MunicipalFacts, "website"),
    ("horaires", WeekOpening, "facts__website"),
    ("jours-exceptionnels", ExceptionalDay, "website"),
    ("alertes", Alert, "website"),
    ("adresses-internet", SiteName, "website"),
    ("demarches", LocalProcedure, "website"),
)
# What no archive gives, and why: a test wants every model, those of the extensions included, in one list or the other.
NOT_GIVEN: dict[str, str] = {
    "Change": "what remains to publish",
    "CommuneDocument": "in the folder of documents",
    "CommuneImage": "in the folder of images",
    "CommuneRendition": "drawn from an image",
    "MapPicture": "in the site as it is published",
    "Publication": "how the site is published",
    "PublishedFile": "the site as it is published, in its folder",
    "Review": "a question between two people of the mairie",
    "Shown": "how the site is published",
}


def tables() -> Iterator[tuple[str, type[models.Model], str]]:
    """Return the tables to write, those of the extensions of the sites after the sites' own."""
    yield from TABLES
    for extension in registry.extensions():
        yield from extension.handed_over


def not_given() -> dict[str, str]:
    """Return the names of the models that no archive gives, each with why."""
    return NOT_GIVEN | {name: why for one in registry.extensions() for name, why in one.not_handed_over.items()}


# Digests of links, and people of the platform: they open something, or mean nothing elsewhere.
_SECRET = re.compile(r"sha256|token|link_expires|letter_due")
_ROOTED = re.compile(rb"""(\b(?:href|src|poster|data|action)\s*=\s*["'])/(?!/)([^"'#?]*)""")
_SIZES = re.compile(rb"""(\b(?:srcset|imagesrcset)\s*=\s*["'])([^"']*)""")
_LOADED = re.compile(rb"""(url\(\s*["']?)/(?!/)([^"')#?]*)""")


def write(beneficiary: Beneficiary, shelf: Shelf) -> None:
    """Write everything of the site of a beneficiary (provisioning/handover/contract.py)."""
    website = WebSite.objects.filter(beneficiary=beneficiary).select_related("root_page", "beneficiary").first()
    if website is None:
        shelf.note("Cette collectivité n’a pas de site sur la plateforme.")
        return
    _write_published(website, shelf)
    _write_pages(website, shelf.folder("contenu"))
    _write_tables(website, shelf.folder("contenu"))
    _write_images(website, shelf.folder("images"), shelf)
    _write_documents(website, shelf.folder("documents"), shelf)


# --- As it is published -----------------------------------------------------------------------------------------------
def _write_published(website: WebSite, shelf: Shelf) -> None:
    out, missing = shelf.folder("site-publie"), 0
    paths = PublishedFile.objects.filter(website=website, unused_at__isnull=True).order_by("path")
    current = folders.home_of(website.slug) / "current"
    for path in paths.values_list("path", flat=True).iterator(chunk_size=500):
        place = folders.file_of(path)
        try:
            content = (current / place).read_bytes()
        except OSError:
            # The files are on the machines in front: the site is asked instead.
            try:
                content = freeze(website, path).content
            except CannotFreeze:
                missing += 1
                continue
        out.add(str(place), _without_root(content, place))
    if missing:
        shelf.note(
            f"{missing} adresse(s) du site n’ont pu être écrites\u00a0; leur texte est dans «\u00a0contenu\u00a0»."
        )
    if not paths.exists():
        shelf.note("Le site n’a pas encore été publié en fichiers\u00a0: son contenu est dans «\u00a0contenu\u00a0».")


def _without_root(content: bytes, place: PurePosixPath) -> bytes:
    """Make the addresses of a page lead to the files beside it, so that it opens without any server."""
    if place.suffix not in (".html", ".css"):
        return content
    here = str(place.parent)

    def beside(path: bytes) -> bytes:
        return os.path.relpath(str(folders.file_of("/" + path.decode("ascii", "ignore"))), here).encode()

    def size(one: bytes) -> bytes:
        path, gap, width = one.strip().partition(b" ")
        return (beside(path[1:]) if re.match(rb"/(?!/)", path) else path) + gap + width

    def sizes(match: re.Match[bytes]) -> bytes:
        return match[1] + b", ".join(size(one) for one in match[2].split(b","))

    if place.suffix == ".css":
        return _LOADED.sub(lambda match: match[1] + beside(match[2]), content)
    content = _SIZES.sub(sizes, content)
    return _ROOTED.sub(lambda match: match[1] + beside(match[2]), content)


# --- What it is made of -----------------------------------------------------------------------------------------------
def _write_pages(website: WebSite, shelf: Shelf) -> None:
    """One file a page: what is published, and the draft when there is one."""
    rows = []
    for page in _pages(website):
        draft = page.latest_revision if page.has_unpublished_changes else None
        address = f"/{'/'.join(page.url_path.split('/')[2:])}"
        facts = {
            "id": page.pk,
            "type": page.specific_class.__name__ if page.specific_class else "",
            "title": page.title,
            "path": address,
            "is_published": page.live,
            "first_published_at": page.first_published_at,
            "last_published_at": page.last_published_at,
            "content": page.specific.serializable_data(),
            "draft": draft.content if draft is not None else None,
        }
        place = shelf.folder("pages").json(f"{page.pk}-{page.slug}.json", _plain(facts))
        rows.append((page.title, address, page.live, page.last_published_at, place))
    shelf.table("pages.csv", ("Titre", "Adresse", "Publiée", "Dernière publication", "Fichier"), rows)


def _pages(website: WebSite) -> Iterator[Page]:
    pages = Page.objects.filter(path__startswith=website.root_page.path).select_related("latest_revision")
    yield from pages.order_by("path").iterator(chunk_size=200)


def _write_tables(website: WebSite, shelf: Shelf) -> None:
    for name, model, way in tables():
        fields = [field for field in model._meta.concrete_fields if _is_given(field)]
        names = [field.attname for field in fields]
        of_it = website.root_page.path if way.endswith("path__startswith") else website.pk
        rows = list(model._default_manager.filter(**{way: of_it}).order_by("pk").values_list(*names))
        if not rows:
            continue
        shelf.table(f"{name}.csv", [str(field.verbose_name).capitalize() for field in fields], rows)
        shelf.json(f"{name}.json", _plain([dict(zip(names, row, strict=True)) for row in rows]))


def _is_given(field: models.Field[Any, Any]) -> bool:
    return field.related_model is not User and not _SECRET.search(field.name)


def _plain(value: Any) -> Any:
    """Return a value as JSON writes it: instants and amounts as text."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return DjangoJSONEncoder().default(value) if hasattr(value, "isoformat") else str(value)


# --- Its files --------------------------------------------------------------------------------------------------------
def _write_images(website: WebSite, shelf: Shelf, part: Shelf) -> None:
    rows, missing = [], 0
    images = CommuneImage.objects.filter(collection=website.collection_id).order_by("pk")
    for image in images.iterator(chunk_size=200):
        place = _copy(shelf, f"{image.pk}-{PurePosixPath(image.file.name).name}", image.file.name)
        missing += place is None
        rows.append((image.title, image.description, image.credit, place or "introuvable", image.width, image.height))
    if rows:
        shelf.table("images.csv", ("Titre", "Description", "Crédit", "Fichier", "Largeur", "Hauteur"), rows)
    if missing:
        part.note(f"{missing} image(s) sont introuvables dans le stockage de la plateforme.")


def _write_documents(website: WebSite, shelf: Shelf, part: Shelf) -> None:
    rows, missing = [], 0
    documents = CommuneDocument.objects.filter(collection=website.collection_id).order_by("pk")
    for document in documents.iterator(chunk_size=200):
        place = _copy(shelf, f"{document.pk}-{document.filename}", document.file.name)
        missing += place is None
        rows.append((document.title, place or "introuvable", document.created_at))
    if rows:
        shelf.table("documents.csv", ("Titre", "Fichier", "Déposé le"), rows)
    if missing:
        part.note(f"{missing} document(s) sont introuvables dans le stockage de la plateforme.")


def _copy(shelf: Shelf, path: str, name: str) -> str | None:
    """Copy a file of the media; None when it is not there. A storage that does not answer makes the part wait."""
    try:
        with default_storage.open(name) as file:
            return shelf.copy(path, file)
    except FileNotFoundError:
        return None
