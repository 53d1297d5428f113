"""Files come, folders are made, and both change their name or their place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum

from socle.documents import contract as antivirus
from socle.documents import scanning
from socle.files import contents, filenames, queries, rules
from socle.files.access import Keeping, keeping
from socle.files.actions.spaces import locked
from socle.files.contents import Incoming
from socle.files.models import Content, Entry, Space, Version, stored_name
from socle.files.queries import Place
from socle.journal import actions as journal
from socle.lib.compiled import insert
from socle.lib.dates import day_of
from socle.lib.refusals import Refused, refuse
from socle.people.models import User


class Taken(Refused):
    """Something of this name is there already."""


class Held(Refused):
    """The file is locked by a program."""


class Forbidden(Refused):
    """This person may not."""


class TooLarge(Refused):
    """The antivirus reads no file of this size, and the operator takes none that is not read."""


class Changed(Refused):
    """The file changed since whoever writes over it had read it."""


def check_writable(place: Place, *, by: User, at: datetime) -> None:
    """Raise `Forbidden` unless this person may change what is there."""
    space = place.entry.space
    check_powers(space, rules.powers_of(space, by, on=day_of(at)), place.top)


def check_powers(space: Space, powers: rules.Powers, top: int | None) -> None:
    """Raise `Forbidden` unless these powers allow to change what this first folder contains."""
    if refusal := rules.why_not_write(space, powers, top):
        raise Forbidden(refusal)


def check_free(
    place: Place,
    path: str,
    *,
    by: User,
    at: datetime,
    tokens: Iterable[str] = (),
    deep: bool = False,
    joins: bool = True,
) -> None:
    """Raise `Held` when a program holds what is at this address of the drive.

    `deep`: or something that it contains; `joins`: or the folder that lists it, which is about to change too.
    """
    if not (locks := queries.live_locks(place.entry.space, at)):
        return
    shown = frozenset(tokens)
    against = queries.locks_against(locks, path, user=by.pk, tokens=shown, deep=deep)
    if joins:
        against += queries.locks_against(locks, path.rpartition("/")[0], user=by.pk, tokens=shown)
    if refusal := rules.why_not_while_held(against, at):
        raise Held(refusal)


def path_in(folder: Place, name: str) -> str:
    """The address, under the drive, of what this folder would hold under this name."""
    ghost = Entry(space=folder.entry.space, name=name, is_folder=False, parent=folder.entry)
    return queries.drive_path(Place(ghost, (*folder.road, ghost)))


@transaction.atomic
def make_folder(parent: Place, name: str, *, by: User, at: datetime, tokens: Iterable[str] = ()) -> Entry:
    """Make an empty folder. Raises `Taken` when the name is, `Refused` when it cannot be one."""
    name = filenames.clean(name)
    refuse(rules.why_not_hold(parent.entry, name, depth=parent.depth))
    check_writable(parent, by=by, at=at)
    space = locked(parent.entry.space_id)
    check_free(parent, path_in(parent, name), by=by, at=at, tokens=tokens)
    if queries.child(parent.entry, name) is not None:
        raise Taken(rules.already(name))
    made: Entry = Entry.objects.create(
        space=space, parent=parent.entry, is_folder=True, made_at=at, modified_at=at, modified_by=_person(by),
        **filenames.columns_of(name),
    )  # fmt: skip
    journal.record("file.folder_made", made, by=by, at=at)
    return made


def keep_file(
    folder: Place,
    name: str,
    incoming: Incoming,
    *,
    by: User,
    at: datetime,
    tokens: Iterable[str] = (),
    expects: str | None = None,
) -> Entry:
    """Keep what was received as a file of this folder; what bore the name becomes a version of it.

    Acknowledged only once its bytes and its row are on the disk. `expects` is the etag of what it writes over, empty
    when nothing should be there. Raises `NoSpaceLeft`, `Held`, `Forbidden`, `Changed`, `Taken` when the name is a
    folder's, `TooLarge`, `Refused` when the antivirus refuses it. What was received is discarded in any case.
    """
    try:
        name = filenames.clean(name)
        refuse(rules.why_not_hold(folder.entry, name, depth=folder.depth))
        incoming.close()
        incoming.is_unread = _is_left_unread(incoming)
        contents.contents().prepare(incoming, stored_name(folder.entry.space_id, incoming.sha256))
        return _keep(folder, name, incoming, by=by, at=at, tokens=tokens, expects=expects)
    finally:
        incoming.discard()


def _is_left_unread(incoming: Incoming) -> bool:
    """Have the antivirus read what was received. Raises `Refused`, `TooLarge`; True when it is kept without that."""
    if scanning.scanner() is None:
        return False
    if refusal := rules.why_not_weigh(incoming.size):
        raise TooLarge(refusal)
    if scanning.is_too_large(incoming.size):
        return True
    try:
        with incoming.open() as content:
            refuse(scanning.why_not_take_unless_large(content, size=incoming.size))
    except antivirus.TooLarge as larger:
        if settings.SOCLE_CLAMD_LARGER != "accept":
            raise TooLarge(scanning.UNREAD) from larger
        return True
    return False


@transaction.atomic
def _keep(
    folder: Place,
    name: str,
    incoming: Incoming,
    *,
    by: User,
    at: datetime,
    tokens: Iterable[str],
    expects: str | None,
) -> Entry:
    # It is counted first: nobody else changes the space from here on, and one gesture locks it and counts.
    Space.objects.filter(pk=folder.entry.space_id).update(used_bytes=F("used_bytes") + incoming.size)
    now = keeping(folder, name, incoming, by=by, at=at)
    # The folder may have gone to the bin while the file came.
    if now is None:
        raise Refused("Le dossier où ce fichier allait vient d’être supprimé\u00a0: choisissez-en un autre.")
    check_powers(now.space, now.powers, folder.top)
    there = now.there
    if there is not None and there.is_folder:
        raise Taken(rules.already(name))
    if expects is not None and expects != (there.etag if there else ""):
        raise Changed("Ce fichier a changé entre-temps\u00a0: rouvrez-le avant d’enregistrer par-dessus.")
    if now.has_locks:
        path = path_in(folder, there.name if there else name)
        check_free(folder, path, by=by, at=at, tokens=tokens, joins=there is None)
    content = _content(now, incoming, at=at)
    if there is None:
        made = Entry(
            space=now.space, parent=folder.entry, is_folder=False, content=content, size=incoming.size,
            made_at=at, modified_at=at, modified_by=_person(by), **filenames.columns_of(name),
        )  # fmt: skip
        insert(made)
        journal.record("file.added", made, by=by, at=at, size=incoming.size)
        return made
    _write_over(there, content, by=by, at=at)
    journal.record("file.changed", there, by=by, at=at, size=incoming.size)
    return there


def _content(now: Keeping, incoming: Incoming, *, at: datetime) -> Content:
    """The content of these bytes in the space, which has counted them; new, they are settled."""
    space, found = now.space, now.content
    if found is not None:
        Space.objects.filter(pk=space.pk).update(used_bytes=F("used_bytes") - incoming.size)
        if found.is_unread != incoming.is_unread and scanning.scanner() is not None:
            found.is_unread = incoming.is_unread
            found.save(update_fields=["is_unread"])
        return found
    if space.used_bytes > space.quota_bytes:
        raise contents.no_space_left(max(0, space.quota_bytes - space.used_bytes + incoming.size))
    contents.contents().settle(incoming, stored_name(space.pk, incoming.sha256))
    made = Content(
        space=space, sha256=incoming.sha256, size=incoming.size, kind=incoming.kind, added_at=at,
        is_unread=incoming.is_unread,
    )  # fmt: skip
    return insert(made)


def _write_over(entry: Entry, content: Content, *, by: User, at: datetime) -> None:
    """Give a file another content. What it was is kept, unless it was nothing: programs write an empty file first."""
    before = entry.content
    assert before is not None
    if before.pk == content.pk:
        return
    if before.size:
        Version.objects.create(
            entry=entry, content=before, size=before.size, modified_at=entry.modified_at,
            modified_by_id=entry.modified_by_id, kept_at=at,
        )  # fmt: skip
    entry.content, entry.size, entry.modified_at, entry.modified_by = content, content.size, at, _person(by)
    entry.save(update_fields=["content", "size", "modified_at", "modified_by"])
    kept: int = settings.SOCLE_FILES_VERSIONS
    surplus = list(Version.objects.filter(entry=entry).values_list("pk", "content_id")[kept:])
    Version.objects.filter(pk__in=[pk for pk, _ in surplus]).delete()
    let_go(entry.space_id, [before.pk, *(pk for _, pk in surplus)])


@transaction.atomic
def bring_back(version: Version, place: Place, *, by: User, at: datetime, tokens: Iterable[str] = ()) -> Entry:
    """Restore one of the versions of a file; the current content becomes a version in its turn."""
    entry = place.entry
    refuse(rules.why_not_touch(entry))
    check_writable(place, by=by, at=at)
    locked(entry.space_id)
    check_free(place, queries.drive_path(place), by=by, at=at, tokens=tokens, joins=False)
    _write_over(entry, version.content, by=by, at=at)
    journal.record("file.version_brought_back", entry, by=by, at=at, version=version.pk)
    return entry


@transaction.atomic
def relocate(place: Place, to: Place, name: str, *, by: User, at: datetime, tokens: Iterable[str] = ()) -> Entry:
    """Rename or move an entry, or both. Raises `Taken` when the name is."""
    entry, name = place.entry, filenames.clean(name)
    refuse(rules.why_not_touch(entry))
    check_writable(place, by=by, at=at)
    check_writable(to, by=by, at=at)
    if to.entry.space_id != entry.space_id:
        raise Forbidden("Un fichier ne passe pas d’une mairie à une autre\u00a0: téléchargez-le, puis déposez-le.")
    if name != entry.name:
        refuse(filenames.why_not_name(name))
    if any(one.pk == entry.pk for one in to.road):
        raise Refused("Un dossier ne se déplace pas dans lui-même\u00a0: choisissez-en un autre.")
    refuse(rules.why_not_hold(to.entry, name, depth=to.depth))
    locked(entry.space_id)
    check_free(place, queries.drive_path(place), by=by, at=at, tokens=tokens, deep=True)
    check_free(to, path_in(to, name), by=by, at=at, tokens=tokens)
    there = queries.child(to.entry, name)
    if there is not None and there.pk != entry.pk:
        raise Taken(rules.already(name))
    entry.parent = to.entry
    entry.save(update_fields=["parent", *entry.call(name)])
    journal.record("file.moved", entry, by=by, at=at, folder=to.entry.pk)
    return entry


@transaction.atomic
def copy_one(place: Place, to: Place, name: str, *, by: User, at: datetime, tokens: Iterable[str] = ()) -> Entry:
    """Make a copy of a file, or of a folder without what it contains; over a file, what it was becomes a version.

    The bytes are not written again, and weigh nothing more.
    """
    source, name = place.entry, filenames.clean(name)
    refuse(rules.why_not_hold(to.entry, name, depth=to.depth))
    check_writable(to, by=by, at=at)
    if to.entry.space_id != source.space_id:
        raise Forbidden("Un fichier ne se copie pas d’une mairie à une autre\u00a0: téléchargez-le, puis déposez-le.")
    locked(source.space_id)
    there = queries.child(to.entry, name)
    check_free(to, path_in(to, name), by=by, at=at, tokens=tokens, joins=there is None)
    if there is not None:
        if there.is_folder or source.is_folder:
            raise Taken(rules.already(name))
        assert source.content is not None
        _write_over(there, source.content, by=by, at=at)
        made = there
    else:
        made = Entry.objects.create(
            space=source.space, parent=to.entry, is_folder=source.is_folder, content=source.content, size=source.size,
            made_at=at, modified_at=source.modified_at, modified_by=_person(by), **filenames.columns_of(name),
        )  # fmt: skip
    journal.record("file.copied", made, by=by, at=at, source=source.pk)
    return made


@transaction.atomic
def replace(place: Place, there: Place, *, by: User, at: datetime, tokens: Iterable[str] = ()) -> Entry:
    """Give a file the content of another, which then is no more: how programs save, beside then over.

    What the file was becomes a version; what the other had been goes with it.
    """
    source, target = place.entry, there.entry
    refuse(rules.why_not_touch(source))
    check_writable(place, by=by, at=at)
    check_writable(there, by=by, at=at)
    if source.is_folder or target.is_folder or source.space_id != target.space_id:
        raise Taken(rules.already(target.name))
    locked(source.space_id)
    check_free(place, queries.drive_path(place), by=by, at=at, tokens=tokens)
    check_free(there, queries.drive_path(there), by=by, at=at, tokens=tokens, joins=False)
    assert source.content is not None
    _write_over(target, source.content, by=by, at=at)
    named = [source.content_id, *Version.objects.filter(entry=source).values_list("content_id", flat=True)]
    journal.record("file.replaced", target, by=by, at=at, source=source.pk)
    source.delete()
    let_go(target.space_id, [pk for pk in named if pk])
    return target


def let_go(space: int, candidates: Iterable[int]) -> int:
    """Of these contents, remove those that nothing names any more; return the bytes given back. The space is locked."""
    gone = Content.objects.filter(space=space, pk__in=list(candidates), entries__isnull=True, versions__isnull=True)
    found = list(gone.values_list("pk", flat=True))
    if not found:
        return 0
    rows = Content.objects.filter(pk__in=found)
    freed = int(rows.aggregate(all=Sum("size"))["all"] or 0)
    rows.delete()
    Space.objects.filter(pk=space).update(used_bytes=F("used_bytes") - freed)
    return freed


def _person(by: User) -> User | None:
    """Who is named as having written: nobody when it is the platform."""
    return None if by.is_system else by
