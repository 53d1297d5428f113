"""Actions on the listing of a site: its entries kept, taken off, restored, imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction

from socle.journal import actions as journal
from socle.lib.dates import day_of
from socle.lib.refusals import Refused, refuse
from socle.lib.rows import write
from socle.lib.text import folded
from socle.people.models import User
from socle.sections.listing.models import KEY, ListingEntry, ListingPage
from socle.sections.listing.rules import MOST_ENTRIES, why_not_list, why_not_remove, why_not_restore
from socle.sites import photographs
from socle.sites.models.sites import WebSite
from socle.sites.opening import open_page
from socle.sites.photographs import Photograph
from socle.sites.publishing.actions import changed

# What a person writes of an entry, its photograph apart.
WRITTEN = ("kind", "name", "activity", "place", "phone", "email", "link", "hours", "is_person", "agreed_on")


def listing_of(website: WebSite) -> ListingPage | None:
    """Return the page of the listing of this site, or None when it has none yet."""
    return ListingPage.objects.child_of(website.root_page).first()


@transaction.atomic
def open_listing(website: WebSite, *, by: User, at: datetime) -> ListingPage:
    """Give the site its listing, in the menu; return the one it has if it has one."""
    if (existing := listing_of(website)) is not None:
        return existing
    page = open_page(website, ListingPage(title="Annuaire"), at=at)
    journal.record("website.directory_opened", website, by=by, at=at)
    return page


@transaction.atomic
def keep_entry(
    entry: ListingEntry, *, picture: Photograph | None = None, drops_picture: bool = False, by: User, at: datetime
) -> ListingEntry:
    """Add an entry, or correct one; the first opens the listing. Without a new picture, the one there is stays.

    Raises Refused (a name already listed, a consent that is missing).
    """
    refuse(why_not_list(entry, on=day_of(at)))
    is_new = entry.pk is None
    if is_new:
        open_listing(entry.website, by=by, at=at)
        entry.added_at = at
    if not entry.is_person:
        entry.agreed_on = None
    if picture is not None:
        words = entry.picture_alternative
        entry.picture = photographs.keep(entry.website, picture, title=entry.name, description=words, by=by)
    elif drops_picture:
        entry.picture = None
    if entry.picture_id is None:
        entry.picture_alternative = ""
    write(entry, [*WRITTEN, "sort_name", "picture", "picture_alternative"])
    changed(entry.website_id, KEY, at=at)
    verb = "website.entry_added" if is_new else "website.entry_changed"
    journal.record(verb, entry.website, by=by, at=at, entry=entry.pk, category=entry.kind)
    return entry


@transaction.atomic
def remove_entry(entry: ListingEntry, *, by: User, at: datetime) -> ListingEntry:
    """Take an entry off the listing; it can be restored. Raises Refused."""
    refuse(why_not_remove(entry))
    entry.removed_at = at
    entry.save(update_fields=["removed_at"])
    changed(entry.website_id, KEY, at=at)
    journal.record("website.entry_removed", entry.website, by=by, at=at, entry=entry.pk)
    return entry


@transaction.atomic
def restore_entry(entry: ListingEntry, *, by: User, at: datetime) -> ListingEntry:
    """List again what was taken off, as it was. Raises Refused when another took its name."""
    refuse(why_not_restore(entry, on=day_of(at)))
    entry.removed_at = None
    entry.save(update_fields=["removed_at"])
    changed(entry.website_id, KEY, at=at)
    journal.record("website.entry_put_back", entry.website, by=by, at=at, entry=entry.pk)
    return entry


@dataclass(frozen=True)
class Imported:
    """Result of an import: how many entries it added, and how many were listed already."""

    added: int
    known: int


@transaction.atomic
def import_entries(website: WebSite, entries: Sequence[ListingEntry], *, by: User, at: datetime) -> Imported:
    """List all of these; those that are there already are left as they are. Raises Refused, and then lists none."""
    open_listing(website, by=by, at=at)
    listed = set(ListingEntry.objects.kept().filter(website=website).values_list("kind", "sort_name"))
    fresh = []
    for entry in entries:
        # Written in bulk, which asks `save` nothing.
        entry.sort_name = folded(entry.name)[:160]
        key = (entry.kind, entry.sort_name)
        if key not in listed:
            listed.add(key)
            entry.website, entry.added_at = website, at
            entry.agreed_on = entry.agreed_on if entry.is_person else None
            fresh.append(entry)
    if len(listed) > MOST_ENTRIES:
        raise Refused("Avec ce fichier, l’annuaire aurait plus de deux mille fiches, ce qu’il en contient au plus.")
    ListingEntry.objects.bulk_create(fresh, batch_size=200)
    if fresh:
        changed(website.pk, KEY, at=at)
        journal.record("website.entries_imported", website, by=by, at=at, rows=len(fresh))
    return Imported(len(fresh), len(entries) - len(fresh))


def erase_removed_entries(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Erase the entries taken off before this instant, which could have been restored until then; return how many."""
    rows = ListingEntry.objects.filter(removed_at__lt=before)
    return rows.count() if is_dry else rows.delete()[0]
