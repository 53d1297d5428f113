"""Importing what was ticked: images and documents, then drafts, then what they say. Taking it back.

Each thing is a transaction of its own, and its row says whether it is done: killed at any point, it goes on from there,
and nothing is made twice.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from wagtail.log_actions import log
from wagtail.models import Page, ReferenceIndex

from socle.documents.scanning import why_not_take
from socle.journal import actions as journal
from socle.lib.dates import day_of
from socle.lib.refusals import Refused, refuse
from socle.lib.text import slug
from socle.people.models import User
from socle.site_import import addresses, bodies, bounds
from socle.site_import.fetching import NotRead, Site
from socle.site_import.findings import UNTITLED
from socle.site_import.looking import note_in_clear
from socle.site_import.models import ImportedItem, ItemState, Nature, SiteImport, Source, Status
from socle.sites import photographs
from socle.sites.editor.forms import ScannedImageField
from socle.sites.models.media import CommuneDocument, CommuneImage, safe_name
from socle.sites.models.pages import TAKEN, CommunePage, NewsIndexPage, NewsPage, StandardPage
from socle.sites.models.reviews import Review
from socle.sites.rules import why_not_refer
from socle.sites.uploads import why_not_publish_file

logger = logging.getLogger("socle.sites")

UNFORESEEN = "Une erreur imprévue s’est produite\u00a0; sa trace est au journal technique."
OLD_LINKS = "Des liens mènent encore à l’ancien site."
TOUCHED = "Gardée\u00a0: elle a été modifiée ou publiée depuis l’import."
USED = "Gardé\u00a0: une page du site s’en sert."


class NewAddresses:
    """New addresses of what was imported, by the keys of the old ones."""

    def __init__(self, one: SiteImport) -> None:
        self.host = addresses.host_of(one.address)
        rows = ImportedItem.objects.filter(of__website=one.website_id).exclude(page=None, image=None, document=None)
        self.pages: dict[str, int] = {}
        self.images: dict[str, int] = {}
        self.documents: dict[str, int] = {}
        for source, page, image, document in rows.values_list("source", "page", "image", "document"):
            for found, number in ((self.pages, page), (self.images, image), (self.documents, document)):
                if number is not None:
                    found[source] = number
        # A text shows an image by one of its sizes, whatever the one that was imported.
        for source, number in list(self.images.items()):
            self.images.setdefault(addresses.original_of(source), number)
        self.has_old_links = False

    def link(self, address: str) -> str:
        key = addresses.key_of(address)
        if number := self.pages.get(key) or self.pages.get(f"{key}/") or self.pages.get(key.rstrip("/")):
            return f'linktype="page" id="{number}"'
        if number := self.documents.get(key):
            return f'linktype="document" id="{number}"'
        if key and addresses.host_of(key) == self.host:
            self.has_old_links = True
        return bodies.external(address)

    def picture(self, address: str) -> int | None:
        return self.images.get(address)


def import_items(one: SiteImport, *, until: float, is_awaited: Callable[[], bool], at: datetime) -> None:
    """Import things for a while; the status says when it is over."""
    site: Site | None = None
    while (item := _next(one)) is not None:
        if time.monotonic() > until or is_awaited() or not _is(one, Status.IMPORTING):
            return
        try:
            if item.nature in (Nature.IMAGE, Nature.DOCUMENT):
                site = site or _site(one)
                try:
                    _import_file(item, one, site)
                finally:
                    note_in_clear(one, site)
            elif item.page_id is None:
                _plant(_first_above(item, one), one, at=at)
            else:
                _write(item, one)
        except (NotRead, Refused) as refusal:
            _failed(item, refusal.sentence)
        except Exception:
            logger.exception("a thing of a former site could not be imported", extra={"item": item.pk})
            _failed(item, UNFORESEEN)
    _end(one, Status.IMPORTING, Status.DONE, ItemState.IMPORTED, at=at)


@transaction.atomic
def _end(one: SiteImport, status: Status, ended: Status, done: ItemState, *, at: datetime) -> None:
    """Say that it is over, with how many things were done, unless somebody stopped it meanwhile."""
    held = SiteImport.objects.select_for_update().get(pk=one.pk)
    if held.status != status:
        return
    held.status, held.ended_at = ended, at
    held.save(update_fields=["status", "ended_at"])
    count = one.items.filter(state=done).count()
    verb = "website.import_done" if ended == Status.DONE else "website.import_taken_back"
    journal.record(verb, one.website, by=_author(one), at=at, site_import=one.pk, rows=count)


def _author(one: SiteImport) -> User:
    return one.started_by or User.objects.system()


def _site(one: SiteImport) -> Site:
    site = Site(one.address, in_clear=one.is_in_clear)
    if one.source == Source.CRAWL:
        site.read_robots()
    return site


def _is(one: SiteImport, status: Status) -> bool:
    return SiteImport.objects.filter(pk=one.pk, status=status).exists()


def _next(one: SiteImport) -> ImportedItem | None:
    """Return the next thing to import: files, then pages to be made, then pages to be written."""
    waiting = one.items.filter(state=ItemState.FOUND, is_chosen=True)
    pages = waiting.exclude(nature__in=(Nature.IMAGE, Nature.DOCUMENT))
    return (
        waiting.filter(nature=Nature.IMAGE).first()
        or waiting.filter(nature=Nature.DOCUMENT).first()
        or pages.filter(page=None).first()
        or pages.first()
    )


def _failed(item: ImportedItem, sentence: str) -> None:
    ImportedItem.objects.filter(pk=item.pk).update(state=ItemState.FAILED, says=sentence[:500])


def _import_file(item: ImportedItem, one: SiteImport, site: Site) -> None:
    """Read an image or a document, judge it as if a person had handed it over, keep it."""
    answer = site.get(item.source, limit=bounds.MOST_MEDIA, patience=bounds.MEDIA_PATIENCE)
    name, handed = addresses.name_of_file(item.source), None
    if item.nature == Nature.IMAGE:
        try:
            handed = photographs.handed_over(ScannedImageField().clean(SimpleUploadedFile(name, answer.body)))
        except ValidationError as error:
            raise Refused(" ".join(error.messages)) from error
    else:
        file = SimpleUploadedFile(name, answer.body)
        refuse(why_not_take(answer.body, size=len(answer.body)))
        refuse(why_not_publish_file(file, name=name, size=len(answer.body)))  # type: ignore[arg-type]
    with transaction.atomic():
        if handed is not None:
            item.image = photographs.keep(
                one.website, handed, title=item.title or name, description=item.alternative, by=_author(one)
            )
        else:
            item.document = CommuneDocument.objects.create(
                title=item.title or name,
                file=ContentFile(answer.body, name=safe_name(name)),
                collection_id=one.website.collection_id,
                uploaded_by_user=_author(one),
            )
        _done(item)


def _done(item: ImportedItem) -> None:
    item.state, item.content = ItemState.IMPORTED, ""
    item.save(update_fields=["state", "content", "says", "page", "image", "document", "revision_number"])


@transaction.atomic
def _plant(item: ImportedItem, one: SiteImport, *, at: datetime) -> None:
    """Make the draft, empty: the others may then lead to it."""
    title = item.title if item.title != UNTITLED else f"{UNTITLED} {item.pk}"
    page: CommunePage
    if item.nature == Nature.NEWS:
        parent = NewsIndexPage.objects.child_of(one.website.root_page).first()
        if parent is None:
            raise Refused("Ce site n’a pas de page des actualités.")
        page = NewsPage(
            title=title, published_on=item.published_on or day_of(at), summary=item.summary or title, live=False
        )
    else:
        parent = _parent(item, one)
        # A menu of forty pages is read by nobody: each is put there on purpose.
        page = StandardPage(title=title, live=False, show_in_menus=False)
    page.owner = one.started_by
    page.slug = _slug(title, parent)
    page.has_unpublished_changes = True
    parent.add_child(instance=page)
    log(instance=page, action="wagtail.create", user=_author(one))
    ImportedItem.objects.filter(pk=item.pk).update(page=page.pk)


def _first_above(item: ImportedItem, one: SiteImport) -> ImportedItem:
    """Return this page, or the one above it that is still to be made: exports come in the order of their numbers."""
    passed = {item.pk}
    while item.parent_source and item.nature == Nature.PAGE:
        waiting = one.items.filter(source=item.parent_source, nature=Nature.PAGE, page=None, is_chosen=True)
        above = waiting.filter(state=ItemState.FOUND).first()
        if above is None or above.pk in passed:
            break
        passed.add(above.pk)
        item = above
    return item


def _slug(title: str, parent: Page) -> str:
    """Return the end of the address of a page, that no other under its parent has."""
    stem = slug(title)[:200].strip("-") or "page"
    stem = f"page-{stem}" if stem in TAKEN else stem
    taken = set(parent.get_children().filter(slug__startswith=stem).values_list("slug", flat=True))
    numbered = (f"{stem}-{number}" for number in itertools.count(2))
    return next(name for name in itertools.chain([stem], numbered) if name not in taken)


def _parent(item: ImportedItem, one: SiteImport) -> Page:
    """Return the page under which this one goes: that of its parent there, made first; else the home."""
    home = Page.objects.get(pk=one.website.root_page_id)
    above = one.items.filter(source=item.parent_source).first() if item.parent_source else None
    if above is None or above.pk == item.pk or above.page_id is None:
        return home
    page = Page.objects.get(pk=above.page_id).specific
    is_deep = page.depth - home.depth >= bounds.MOST_DEPTH
    return home if is_deep or not isinstance(page, StandardPage) else page


@transaction.atomic
def _write(item: ImportedItem, one: SiteImport) -> None:
    """Write what the draft says, unless a person wrote in it meanwhile."""
    page = Page.objects.get(pk=item.page_id).specific
    if page.live or page.latest_revision_id is not None:
        _done(item)
        return
    new = NewAddresses(one)
    body = bodies.body_of(item.content, item.source, new)
    if new.has_old_links:
        body.note(OLD_LINKS)
    if isinstance(page, NewsPage) and (picture := new.images.get(item.picture_source)) is not None:
        page.picture_id = picture
        page.picture_alternative = (
            one.items.filter(source=item.picture_source).values_list("alternative", flat=True).first() or ""
        )
        if not page.picture_alternative:
            body.note(bodies.MUTE)
        body.blocks = _without_first(body.blocks, picture)
    page.body = page._meta.get_field("body").stream_block.to_python(body.blocks)
    refuse(why_not_refer(page, website=one.website))
    # Not cleaned: a picture without a description is asked for when it is published, as for any other draft.
    revision = page.save_revision(user=one.started_by, clean=False)
    item.revision_number = revision.pk
    item.says = " ".join(dict.fromkeys(filter(None, [item.says, *body.notes])))[:500]
    _done(item)


def _without_first(blocks: list[dict[str, object]], picture: int) -> list[dict[str, object]]:
    """Leave out the picture of a news item when its text begins by the same."""
    first = blocks[0] if blocks else {}
    value = first.get("value")
    is_same = first.get("type") == "picture" and isinstance(value, dict) and value.get("image") == picture
    return blocks[1:] if is_same else blocks


# --- Taking it back --------------------------------------------------------------------------------------------------
def take_back(one: SiteImport, *, until: float, is_awaited: Callable[[], bool], at: datetime) -> None:
    """Remove the drafts that nobody touched, the deepest first, then the files that nothing uses."""
    used: set[tuple[type[Any], str]] | None = None
    while (item := _next_to_remove(one)) is not None:
        if time.monotonic() > until or is_awaited():
            return
        if item.page_id is None and used is None:
            used = _used(one)
        with transaction.atomic():
            item.says = _remove(item, used or set())
            item.state = ItemState.KEPT if item.says else ItemState.REMOVED
            item.content = ""
            item.save(update_fields=["state", "says", "content", "page", "image", "document"])
    ImportedItem.objects.filter(of=one).exclude(content="").update(content="")
    _end(one, Status.TAKING_BACK, Status.TAKEN_BACK, ItemState.REMOVED, at=at)


def to_remove(one: SiteImport) -> int:
    """Return how many of the things that it imported are still here."""
    made = one.items.filter(state__in=(ItemState.IMPORTED, ItemState.FOUND, ItemState.FAILED))
    return made.exclude(page=None, image=None, document=None).count()


def _next_to_remove(one: SiteImport) -> ImportedItem | None:
    made = one.items.filter(state__in=(ItemState.IMPORTED, ItemState.FOUND, ItemState.FAILED))
    return (
        made.exclude(page=None).order_by("-page__depth", "pk").first()
        or made.exclude(image=None).first()
        or made.exclude(document=None).first()
    )


def _used(one: SiteImport) -> set[tuple[type[Any], str]]:
    """Return the images and documents that the pages of the site show, their drafts included: no index knows those."""
    kinds = {ReferenceIndex._get_base_content_type(model).pk: model for model in (CommuneImage, CommuneDocument)}
    used: set[tuple[type[Any], str]] = set()
    for page in Page.objects.descendant_of(one.website.root_page, inclusive=True).specific().iterator(chunk_size=50):
        written = [page, page.get_latest_revision_as_object()] if page.has_unpublished_changes else [page]
        for version in written:
            for content_type, number, _, _ in ReferenceIndex._extract_references_from_object(version):
                if content_type in kinds:
                    used.add((kinds[content_type], str(number)))
    return used


def _remove(item: ImportedItem, used: set[tuple[type[Any], str]]) -> str:
    """Remove one thing; return why it is kept, or nothing."""
    if item.page_id is not None:
        page = Page.objects.get(pk=item.page_id)
        is_ours = page.latest_revision_id in (None, item.revision_number)
        was_shown = page.live or page.first_published_at is not None or page.locked
        if not is_ours or was_shown or Review.objects.filter(page=page).exists():
            return TOUCHED
        if page.get_children().exists():
            return "Gardée\u00a0: des pages gardées sont dessous."
        page.specific.delete()
        item.page = None
        return ""
    file = item.image or item.document
    assert file is not None
    if (type(file), str(file.pk)) in used or ReferenceIndex.get_references_to(file).exists():
        return USED
    file.delete()
    item.image = item.document = None
    return ""
