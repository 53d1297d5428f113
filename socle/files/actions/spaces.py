"""A space is opened, suspended, given another quota; who may do what in its first folders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django_scopes import scope, scopes_disabled

from socle.files import contents, filenames, queries, rules
from socle.files.models import Content, Entry, FolderRight, Level, Lock, Space
from socle.journal import actions as journal
from socle.lib.refusals import refuse
from socle.people.models import Beneficiary, User

# What a mairie finds in its folder the first day; it renames or removes them as it likes.
FIRST_FOLDERS = ("Secrétariat", "Conseil municipal", "À partager")
GIGABYTE = 10**9


def locked(space: int) -> Space:
    """The space, of which nobody else changes anything until the end of the transaction."""
    found: Space = Space.objects.select_for_update().get(pk=space)
    return found


@transaction.atomic
def open_space(beneficiary: Beneficiary, *, by: User, at: datetime) -> Space:
    """Open the folder of a body, with its first folders; one that is there already is given back as it is."""
    with scope(beneficiary=beneficiary):
        made, is_new = Space.objects.get_or_create(
            beneficiary=beneficiary,
            defaults={"quota_bytes": settings.SOCLE_FILES_QUOTA_GB * GIGABYTE, "made_at": at},
        )
        space: Space = made
        if not is_new:
            return space
        root = Entry.objects.create(space=space, is_folder=True, made_at=at, modified_at=at)
        for name in FIRST_FOLDERS:
            Entry.objects.create(
                space=space, parent=root, is_folder=True, made_at=at, modified_at=at, **filenames.columns_of(name)
            )
        journal.record("space.opened", space, by=by, at=at)
    return space


@transaction.atomic
def suspend_space(space: Space, *, by: User, at: datetime) -> Space:
    """Close a folder without erasing anything of it."""
    space.suspended_at = at
    space.save(update_fields=["suspended_at"])
    journal.record("space.suspended", space, by=by, at=at)
    return space


@transaction.atomic
def resume_space(space: Space, *, by: User, at: datetime) -> Space:
    """Open a suspended folder again, as it was."""
    space.suspended_at = None
    space.save(update_fields=["suspended_at"])
    journal.record("space.resumed", space, by=by, at=at)
    return space


@transaction.atomic
def set_quota(space: Space, quota_bytes: int, *, by: User, at: datetime) -> Space:
    """Change how much a folder may hold. Less than what it holds erases nothing: nothing more is taken."""
    space.quota_bytes = quota_bytes
    space.save(update_fields=["quota_bytes"])
    journal.record("space.room_given", space, by=by, at=at, quota_bytes=quota_bytes)
    return space


@transaction.atomic
def give_rights(space: Space, given: Mapping[tuple[int, str], str], *, by: User, at: datetime) -> int:
    """Say what each role may do in each first folder: `{(folder, role): level}`; return how many rights changed."""
    refuse(rules.why_not_give_rights(space, by, at=at))
    tops = set(Entry.objects.filter(parent=queries.root_of(space), is_folder=True).values_list("pk", flat=True))
    held = FolderRight.objects.filter(folder__in=tops)
    before = {(one.folder_id, one.role): Level(one.level) for one in held}
    changed = 0
    for (folder, role), level in given.items():
        refuse(rules.why_not_level(role, level))
        if folder not in tops:
            continue
        if level != rules.level_of(before, folder, role):
            FolderRight.objects.update_or_create(folder_id=folder, role=role, defaults={"level": level})
            journal.record("space.rights_given", space, by=by, at=at, folder=folder, role=role, level=level)
            changed += 1
    return changed


def sweep(*, at: datetime) -> int:
    """Remove the bytes that no row names and what was never received whole; forget the locks that are over.

    Each space is locked while it is swept: what is being kept there has its row, or is not there yet.
    """
    removed = contents.forget_abandoned()
    storage = contents.contents()
    with scopes_disabled():  # The platform's own housekeeping, one space after the other.
        Lock.objects.filter(expires_at__lte=at).delete()
        spaces = list(Space.objects.order_by("pk").values_list("pk", flat=True))
        for pk in spaces:
            with transaction.atomic():
                locked(pk)
                named = set(Content.objects.filter(space=pk).values_list("sha256", flat=True))
                for name, since in list(storage.stored(pk)):
                    if name.rpartition("/")[2] not in named and _is_settled(since, at):
                        storage.remove(name)
                        removed += 1
    return removed


def _is_settled(since: datetime, at: datetime) -> bool:
    """On a disk what has its name has its row, in one transaction; a shared storage is written before it."""
    return not settings.FILES_TARGET or since < at - contents.ABANDONED
