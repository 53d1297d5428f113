"""Looking at a former site: what is there becomes rows to choose from. Nothing is written to the commune's site."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import InterfaceError, OperationalError, transaction

from socle.journal import actions as journal
from socle.lib.dates import day_of
from socle.people.models import User
from socle.site_import import addresses, bodies, bounds, crawling, wordpress
from socle.site_import.fetching import IN_CLEAR, NotRead, Site
from socle.site_import.findings import NotReadable, Thing
from socle.site_import.models import ImportedItem, ItemState, Nature, SiteImport, Source, Status
from socle.site_import.rules import DEMO

logger = logging.getLogger("socle.sites")

UNFORESEEN = "Cette source n’a pas pu être lue : sa trace est au journal technique. Essayez par une autre."
ELSEWHERE = "Pas reprise\u00a0: elle est sur un autre site que celui de la commune."
FILES = (Nature.IMAGE, Nature.DOCUMENT)


def look(one: SiteImport, *, until: float, is_awaited: Callable[[], bool], at: datetime) -> None:
    """Read for a while; the status says when it is over."""
    try:
        if one.source == Source.WORDPRESS:
            _read_export(one, at=at)
        else:
            _read_site(one, until=until, is_awaited=is_awaited, at=at)
    except (NotReadable, NotRead) as refusal:
        with transaction.atomic():
            _move(one, Status.FAILED, at=at, says=refusal.sentence)
    except (OperationalError, InterfaceError):
        raise  # The database is not the source's fault: the next tick tries again.
    except (
        Exception
    ):  # Bytes from anywhere: whatever they make the readers do is the end of this look, and of no other.
        logger.exception("a former site could not be read", extra={"site_import": one.pk})
        with transaction.atomic():
            _move(one, Status.FAILED, at=at, says=UNFORESEEN)


def _read_export(one: SiteImport, *, at: datetime) -> None:
    try:
        with default_storage.open(str(one.file)) as file:
            export = wordpress.read(file, on=day_of(at))
    except FileNotFoundError as error:
        raise NotReadable("L’export n’est plus là\u00a0: déposez-le de nouveau.") from error
    with transaction.atomic():
        one.address = export.address
        one.save(update_fields=["address"])
        keep(one, export.things)
        _seen(one, export.remarks, at=at)


def _read_site(one: SiteImport, *, until: float, is_awaited: Callable[[], bool], at: datetime) -> None:
    """List the addresses of the site, then read each; what was read stays read, whatever happens."""
    site = Site(one.address, in_clear=one.is_in_clear)
    if not one.is_listed:
        listing = crawling.listing_of(site)
        with transaction.atomic():
            note_in_clear(one, site)
            _queue(one, listing.addresses)
            one.is_listed, one.is_read_by_links = True, not listing.has_map
            one.says = " ".join([one.says, *listing.remarks]).strip()[:500]
            one.save(update_fields=["is_listed", "is_read_by_links", "says"])
    else:
        site.read_robots()
    waiting = one.items.filter(state=ItemState.TO_READ).order_by("pk")
    while (item := waiting.first()) is not None:
        if time.monotonic() > until or is_awaited() or not _is_looking(one):
            return
        try:
            read = crawling.page_at(item.source, site, on=day_of(at))
        except NotRead as refusal:
            with transaction.atomic():
                _replace(one, item, Thing(Nature.PAGE, item.source, title=item.source).leave(refusal.sentence))
            continue
        with transaction.atomic():
            _replace(one, item, read.thing)
            if one.is_read_by_links:
                _queue(one, read.links)
    with transaction.atomic():
        _seen(one, [one.says], at=at)


def note_in_clear(one: SiteImport, site: Site) -> None:
    """Keep that a site does not answer in https, and say so: it is not tried again at each slice of time."""
    if site.in_clear and not one.is_in_clear:
        one.is_in_clear, one.says = True, f"{IN_CLEAR} {one.says}".strip()[:500]
        one.save(update_fields=["is_in_clear", "says"])


def _is_looking(one: SiteImport) -> bool:
    return SiteImport.objects.filter(pk=one.pk, status=Status.LOOKING).exists()


def _queue(one: SiteImport, keys: Iterable[str]) -> None:
    """Keep addresses to read: as many as the bounds allow."""
    left = bounds.MOST_PAGES - one.items.exclude(nature__in=FILES).count()
    wanted = list(dict.fromkeys(keys))
    known = set(one.items.filter(source__in=wanted).values_list("source", flat=True))
    fresh = [key for key in wanted if key not in known][: max(0, left)]
    ImportedItem.objects.bulk_create(
        [ImportedItem(of=one, nature=Nature.PAGE, source=key, state=ItemState.TO_READ) for key in fresh],
        batch_size=500,
    )


def _replace(one: SiteImport, item: ImportedItem, thing: Thing) -> None:
    """Put what a page says in the place of its address, with the images and documents that it uses."""
    row = row_of(one, thing, _here_before(one, [thing.source]))
    row.pk = item.pk
    row.save(force_update=True)
    if row.state in (ItemState.FOUND, ItemState.KNOWN):
        _keep_files(one, [thing])


def keep(one: SiteImport, things: Iterable[Thing]) -> None:
    """Keep what was found, each address once, and the images and documents that the texts use."""
    first: dict[str, Thing] = {}
    twice = 0
    for rank, thing in enumerate(things, start=1):
        if not thing.source:
            first[f"(sans adresse, {rank})"] = thing
        elif thing.source in first:
            twice += 1
        else:
            first[thing.source] = thing
    for source, thing in first.items():
        thing.source = source
    before = _here_before(one)
    written = [thing for thing in first.values() if thing.nature not in FILES]
    # The library names an image by the size that the site serves (« -scaled »), the texts by another of its sizes.
    library = {image.source: image for image in first.values() if image.nature == Nature.IMAGE}
    known_as = {original: source for source in library if (original := addresses.original_of(source)) not in library}
    _describe(library, known_as, written)
    ImportedItem.objects.bulk_create([row_of(one, thing, before) for thing in first.values()], batch_size=200)
    _keep_files(one, written, known_as)
    if twice:
        one.says = f"Éléments présents deux fois, pris une seule\u00a0: {twice}. {one.says}"[:500]


def _describe(library: dict[str, Thing], known_as: dict[str, str], written: Iterable[Thing]) -> None:
    """Give the images of the library that have no description the one that a text gives them."""
    for thing in written:
        if thing.state != ItemState.FOUND:
            continue
        for source, words in bodies.files_in(thing.content, thing.source)[0].items():
            image = library.get(known_as.get(source, source))
            if image is not None and not image.alternative:
                image.alternative = words


def _keep_files(one: SiteImport, things: Iterable[Thing], known_as: Mapping[str, str] = MappingProxyType({})) -> None:
    host = addresses.host_of(one.address)
    found: dict[str, Thing] = {}
    for thing in things:
        images, documents = bodies.files_in(thing.content, thing.source)
        if thing.picture_source:
            images.setdefault(thing.picture_source, "")
        for nature, told in ((Nature.IMAGE, images), (Nature.DOCUMENT, documents)):
            for written, words in told.items():
                source = known_as.get(written, written)
                if source in found or (nature == Nature.IMAGE and addresses.nature_of_file(source) != nature):
                    continue
                title = words if nature == Nature.DOCUMENT and words else addresses.name_of_file(source)
                alternative = words if nature == Nature.IMAGE else ""
                found[source] = Thing(nature, source, title=title[:255], alternative=alternative)
                if addresses.host_of(source) != host:
                    found[source].leave(ELSEWHERE)
    known = set(one.items.filter(source__in=list(found)).values_list("source", flat=True))
    left = max(0, bounds.MOST_ITEMS - one.items.count())
    fresh = [thing for source, thing in found.items() if source not in known][:left]
    before = _here_before(one, [thing.source for thing in fresh])
    ImportedItem.objects.bulk_create([row_of(one, thing, before) for thing in fresh], batch_size=200)


Before = dict[str, tuple[int | None, int | None, int | None]]


def _here_before(one: SiteImport, sources: list[str] | None = None) -> Before:
    """Return what earlier imports of this site left that is still here, by old address."""
    rows = ImportedItem.objects.filter(of__website=one.website_id).exclude(of=one)
    rows = rows.exclude(page=None, image=None, document=None)
    if sources is not None:
        rows = rows.filter(source__in=sources)
    return {source: here for source, *here in rows.values_list("source", "page", "image", "document")}  # type: ignore[misc]


def row_of(one: SiteImport, thing: Thing, before: Before) -> ImportedItem:
    """Return the row of a thing: already here, left aside, or to choose."""
    if settings.DEMO and thing.nature in FILES and thing.state == ItemState.FOUND:
        thing.leave(DEMO)
    if thing.nature == Nature.IMAGE and thing.state == ItemState.FOUND and addresses.suffix_of(thing.source) == ".svg":
        thing.leave("Un dessin SVG peut contenir un programme\u00a0: il n’est pas repris.")
    row = ImportedItem(
        of=one,
        nature=thing.nature,
        source=thing.source,
        parent_source=thing.parent_source,
        picture_source=thing.picture_source,
        title=thing.title[:255],
        # What was not for everybody stays where it is.
        summary=thing.summary[:400] if thing.state == ItemState.FOUND else "",
        content=thing.content if thing.state == ItemState.FOUND else "",
        alternative=thing.alternative[:200],
        published_on=thing.published_on,
        state=thing.state,
        is_chosen=thing.state == ItemState.FOUND,
        says=" ".join(thing.notes)[:500],
    )
    if thing.source in before:
        row.page_id, row.image_id, row.document_id = before[thing.source]
        row.state, row.is_chosen, row.content = ItemState.KNOWN, False, ""
        row.says = "Déjà sur le site, apporté par un import précédent\u00a0: rien n’y change."
    return row


def _seen(one: SiteImport, remarks: Iterable[str], *, at: datetime) -> None:
    one.seen_at = at
    _move(one, Status.SEEN, at=at, says=" ".join([one.says, *(said for said in remarks if said not in one.says)]))


def _move(one: SiteImport, status: Status, *, at: datetime, says: str) -> None:
    """End the look, unless somebody stopped it meanwhile; the export is erased."""
    held = SiteImport.objects.select_for_update().get(pk=one.pk)
    if held.status != Status.LOOKING:
        return
    one.status, one.says, one.ended_at = status, " ".join(says.split(" ")).strip()[:500], at
    name, one.file = str(one.file or ""), ""
    one.save(update_fields=["status", "says", "ended_at", "seen_at", "file"])
    if name:
        transaction.on_commit(lambda: default_storage.delete(name))
    by = one.started_by or User.objects.system()
    verb = "website.import_seen" if status == Status.SEEN else "website.import_failed"
    journal.record(verb, one.website, by=by, at=at, site_import=one.pk, rows=one.items.count())
