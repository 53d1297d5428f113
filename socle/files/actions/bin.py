"""Actions of the bin: thrown away, taken back, erased for good."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import models, transaction
from django_scopes import scopes_disabled

from socle.files import filenames, queries, rules
from socle.files.actions.entries import check_free, check_writable, let_go
from socle.files.actions.spaces import locked
from socle.files.models import Entry, Lock, Space, Version
from socle.files.queries import Place
from socle.journal import actions as journal
from socle.lib.dates import day_of
from socle.lib.refusals import refuse
from socle.people.models import User


@transaction.atomic
def trash(place: Place, *, by: User, at: datetime, tokens: Iterable[str] = ()) -> Entry:
    """Move an entry to the bin with all that it contains: it uses the quota still, and can be restored."""
    entry = place.entry
    refuse(rules.why_not_touch(entry))
    check_writable(place, by=by, at=at)
    locked(entry.space_id)
    path = queries.drive_path(place)
    check_free(place, path, by=by, at=at, tokens=tokens, deep=True)
    # What was thrown away before, out of this very folder, keeps its own line in the bin.
    Entry.objects.filter(pk__in=queries.inside(entry.pk), trashed_with__isnull=True).update(trashed_with=entry.pk)
    entry.trashed_with, entry.trashed_at, entry.trashed_by = entry, at, None if by.is_system else by
    entry.save(update_fields=["trashed_with", "trashed_at", "trashed_by"])
    held = Lock.objects.filter(space=entry.space_id)
    held.filter(models.Q(path=path) | models.Q(path__startswith=f"{path}/")).delete()
    journal.record("file.trashed", entry, by=by, at=at)
    return entry


@transaction.atomic
def restore(place: Place, *, by: User, at: datetime) -> Entry:
    """Restore an entry from the bin: where it was, or above when that folder is gone, under a free name."""
    entry = place.entry
    refuse(rules.why_not_restore(entry))
    check_writable(place, by=by, at=at)
    locked(entry.space_id)
    where = entry.parent
    while where is not None and not where.is_live:
        where = where.parent
    assert where is not None
    name, rank = entry.name, 1
    while queries.child(where, name) is not None:
        rank += 1
        name = filenames.another(entry.name, rank)
    Entry.objects.filter(trashed_with=entry.pk).update(trashed_with=None)
    entry.parent, entry.trashed_with, entry.trashed_at, entry.trashed_by = where, None, None, None
    entry.save(update_fields=["parent", "trashed_with", "trashed_at", "trashed_by", *entry.call(name)])
    journal.record("file.restored", entry, by=by, at=at)
    return entry


@transaction.atomic
def erase(place: Place, *, by: User, at: datetime) -> int:
    """Erase for good something that is in the bin, and its versions; return the bytes given back."""
    refuse(rules.why_not_erase(place.entry))
    check_writable(place, by=by, at=at)
    locked(place.entry.space_id)
    journal.record("file.erased", place.entry, by=by, at=at)
    return _erase([place.entry])


@transaction.atomic
def empty_bin(space: Space, *, by: User, at: datetime) -> int:
    """Erase for good all that this person may write among what is in the bin; return how many were."""
    refuse(rules.why_not_open(space))
    locked(space.pk)
    powers = rules.powers_of(space, by, on=day_of(at))
    found = [queries.place_of(one) for one in queries.bin_of(space, powers)]
    mine = [one.entry for one in found if rules.why_not_write(space, powers, one.top) is None]
    if mine:
        _erase(mine)
        journal.record("file.bin_emptied", space, by=by, at=at, count=len(mine))
    return len(mine)


def _erase(thrown: list[Entry]) -> int:
    """Remove the rows of what was thrown away, and the contents that only they named. Their space is locked."""
    space = thrown[0].space_id
    gone = Entry.objects.filter(trashed_with__in=[one.pk for one in thrown])
    named = set(gone.exclude(content=None).values_list("content_id", flat=True))
    named |= set(Version.objects.filter(entry__in=gone).values_list("content_id", flat=True))
    # What was thrown away apart, before, from a folder that goes: it goes too, being nowhere any more.
    apart = Entry.objects.filter(parent__in=gone, trashed_at__isnull=False).exclude(trashed_with__in=gone)
    if others := list(apart):
        _erase(others)
        gone = Entry.objects.filter(trashed_with__in=[one.pk for one in thrown])
    gone.delete()
    return let_go(space, named)


# --- With time (`retention`) ---------------------------------------------------------------------------------
def erase_old(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Erase the entries thrown away before this instant; return how many."""
    with scopes_disabled():  # A rule of retention is of every mairie.
        found = list(Entry.objects.filter(trashed_at__lt=before).order_by("space_id", "pk"))
        if is_dry:
            return len(found)
        for space in sorted({one.space_id for one in found}):
            locked(space)
            # One that went with another is not there any more.
            mine = [one.pk for one in found if one.space_id == space]
            while still := list(Entry.objects.filter(pk__in=mine)[:500]):
                _erase(still)
    return len(found)


def erase_old_versions(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Erase the versions of files kept since before this instant; return how many."""
    with scopes_disabled():  # A rule of retention is of every mairie.
        old = Version.objects.filter(kept_at__lt=before)
        if is_dry:
            return old.count()
        found = list(old.values_list("pk", "entry__space_id", "content_id"))
        for space in sorted({one for _, one, _ in found}):
            locked(space)
            Version.objects.filter(pk__in=[pk for pk, where, _ in found if where == space]).delete()
            let_go(space, [content for _, where, content in found if where == space])
    return len(found)
