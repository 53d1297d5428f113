"""What is done to a directory: opened, its entries added, corrected, taken off, put back, imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from socle.journal import actions as journal
from socle.lib.dates import day_of
from socle.lib.refusals import Refused, refuse
from socle.lib.text import folded
from socle.people.models import User
from socle.websites import photographs
from socle.websites.directory.rules import MOST_ENTRIES, why_not_list, why_not_put_back, why_not_remove
from socle.websites.models.directory import DirectoryEntry, DirectoryPage
from socle.websites.models.sites import WebSite
from socle.websites.opening import open_page
from socle.websites.photographs import Photograph
from socle.websites.publishing.actions import changed

KEY = "directory"
# How long, after an import, it can be undone as a whole.
UNDO = timedelta(days=30)


def directory_of(website: WebSite) -> DirectoryPage | None:
    """Return the page of the directory of this site, or None when it has none yet."""
    return DirectoryPage.objects.child_of(website.root_page).first()


@transaction.atomic
def open_directory(website: WebSite, *, by: User, at: datetime) -> DirectoryPage:
    """Give the site its directory, in the menu; return the one it has if it has one."""
    if (existing := directory_of(website)) is not None:
        return existing
    page = open_page(website, DirectoryPage(title="Annuaire"), at=at)
    journal.record("website.directory_opened", website, by=by, at=at)
    return page


@dataclass(frozen=True)
class Described:
    """One association or one business, as the mairie writes it. Without a new picture, the one there is stays."""

    category: str
    name: str
    activity: str = ""
    place: str = ""
    phone: str = ""
    email: str = ""
    link: str = ""
    hours: str = ""
    is_person: bool = False
    agreed_on: date | None = None
    picture: Photograph | None = None
    picture_alternative: str = ""
    drops_picture: bool = False


WRITTEN = ("category", "name", "activity", "place", "phone", "email", "link", "hours", "is_person", "agreed_on")


def _write(entry: DirectoryEntry, wanted: Described, *, by: User) -> None:
    for field in WRITTEN:
        setattr(entry, field, getattr(wanted, field))
    if not wanted.is_person:
        entry.agreed_on = None
    if wanted.picture is not None:
        entry.picture = photographs.keep(
            entry.website, wanted.picture, title=wanted.name, description=wanted.picture_alternative, by=by
        )
    elif wanted.drops_picture:
        entry.picture = None
    entry.picture_alternative = wanted.picture_alternative if entry.picture_id else ""


@transaction.atomic
def add_entry(website: WebSite, wanted: Described, *, by: User, at: datetime) -> DirectoryEntry:
    """List an association or a business. Raises Refused (a name already listed, a consent that is missing)."""
    refuse(
        why_not_list(
            website,
            name=wanted.name,
            category=wanted.category,
            is_person=wanted.is_person,
            agreed_on=wanted.agreed_on,
            on=day_of(at),
        )
    )
    entry = DirectoryEntry(website=website, added_at=at)
    _write(entry, wanted, by=by)
    entry.save(force_insert=True)
    changed(website.pk, KEY, at=at)
    journal.record("website.entry_added", website, by=by, at=at, entry=entry.pk, category=entry.category)
    return entry


@transaction.atomic
def correct_entry(entry: DirectoryEntry, wanted: Described, *, by: User, at: datetime) -> DirectoryEntry:
    """Correct what is listed. Raises Refused."""
    refuse(
        why_not_list(
            entry.website,
            name=wanted.name,
            category=wanted.category,
            is_person=wanted.is_person,
            agreed_on=wanted.agreed_on,
            on=day_of(at),
            entry=entry,
        )
    )
    _write(entry, wanted, by=by)
    entry.save(update_fields=[*WRITTEN, "sort_name", "picture", "picture_alternative"])
    changed(entry.website_id, KEY, at=at)
    journal.record("website.entry_changed", entry.website, by=by, at=at, entry=entry.pk, category=entry.category)
    return entry


@transaction.atomic
def remove_entry(entry: DirectoryEntry, *, by: User, at: datetime) -> DirectoryEntry:
    """Take an entry off the directory; it can be put back."""
    refuse(why_not_remove(entry))
    entry.removed_at = at
    entry.save(update_fields=["removed_at"])
    changed(entry.website_id, KEY, at=at)
    journal.record("website.entry_removed", entry.website, by=by, at=at, entry=entry.pk)
    return entry


@transaction.atomic
def put_back_entry(entry: DirectoryEntry, *, by: User, at: datetime) -> DirectoryEntry:
    """List again what was taken off, as it was. Raises Refused when another took its name."""
    refuse(why_not_put_back(entry, on=day_of(at)))
    entry.removed_at = None
    entry.save(update_fields=["removed_at"])
    changed(entry.website_id, KEY, at=at)
    journal.record("website.entry_put_back", entry.website, by=by, at=at, entry=entry.pk)
    return entry


@dataclass(frozen=True)
class Imported:
    """What an import did: how many entries it added, and the names of those that were listed already."""

    added: int
    known: list[str]


@transaction.atomic
def import_entries(website: WebSite, lines: Sequence[Described], *, by: User, at: datetime) -> Imported:
    """List all of these; those that are there already are left as they are. Raises Refused, and then lists none."""
    open_directory(website, by=by, at=at)
    kept = DirectoryEntry.objects.kept().filter(website=website)
    listed = set(kept.values_list("category", "sort_name"))
    known, fresh = [], []
    for wanted in lines:
        key = (wanted.category, folded(wanted.name)[:160])
        if key in listed:
            known.append(wanted.name)
            continue
        listed.add(key)
        entry = DirectoryEntry(website=website, added_at=at, imported_at=at, sort_name=key[1])
        _write(entry, wanted, by=by)
        fresh.append(entry)
    if len(listed) > MOST_ENTRIES:
        raise Refused("Avec ce fichier, l’annuaire aurait plus de deux mille fiches, ce qu’il en contient au plus.")
    DirectoryEntry.objects.bulk_create(fresh, batch_size=200)
    if fresh:
        changed(website.pk, KEY, at=at)
        journal.record("website.entries_imported", website, by=by, at=at, rows=len(fresh))
    return Imported(len(fresh), known)


def last_import(website: WebSite, *, at: datetime) -> tuple[datetime, int] | None:
    """Return when the last import that can be undone was made, and how many of its entries are still listed."""
    rows = DirectoryEntry.objects.kept().filter(website=website, imported_at__gte=at - UNDO)
    last = rows.order_by("-imported_at").values_list("imported_at", flat=True).first()
    return (last, rows.filter(imported_at=last).count()) if last is not None else None


@transaction.atomic
def undo_import(website: WebSite, *, by: User, at: datetime) -> int:
    """Take off all the entries of the last import; each can be put back. Return how many."""
    last = last_import(website, at=at)
    if last is None:
        raise Refused("Il n’y a pas d’import à annuler.")
    count = DirectoryEntry.objects.kept().filter(website=website, imported_at=last[0]).update(removed_at=at)
    changed(website.pk, KEY, at=at)
    journal.record("website.import_undone", website, by=by, at=at, rows=count)
    return count
