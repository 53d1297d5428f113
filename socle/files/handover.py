"""The folder of a mairie, given to whoever leaves: the files as they are, what they were apart, the bin apart."""

from __future__ import annotations

from pathlib import PurePosixPath

from django.utils import timezone

from socle.files import contents, queries
from socle.files.models import Content, Entry, Version
from socle.lib.archives import Shelf
from socle.people.models import Beneficiary


def write(beneficiary: Beneficiary, shelf: Shelf) -> None:
    """Write every file under the road one knows it by; then the versions, and what is in the bin."""
    space = queries.space_of(beneficiary)
    if space is None:
        return
    root = queries.Place(queries.root_of(space), ())
    for place in queries.with_all(root):
        if place.entry.content is None:
            continue
        _put(shelf, "/".join(("fichiers", *place.names)), place.entry.content)
        for version in queries.versions_of(place.entry).iterator():
            _put(shelf, "/".join(("versions", *place.names[:-1], _dated(place.entry.name, version))), version.content)
    thrown = Entry.objects.filter(space=space, trashed_with__isnull=False, is_folder=False)
    for entry in thrown.select_related("content", "space").order_by("pk").iterator():
        assert entry.content is not None
        # Two things of one name may have been thrown away: their numbers tell them apart.
        _put(shelf, f"corbeille/{entry.pk}/{entry.name}", entry.content)


def _dated(name: str, version: Version) -> str:
    """« budget.ods », as it was on a day: « budget (2026-11-25 10h02 n° 12).ods »."""
    path = PurePosixPath(name)
    return f"{path.stem} ({timezone.localtime(version.modified_at):%Y-%m-%d %Hh%M} n° {version.pk}){path.suffix}"


def _put(shelf: Shelf, name: str, content: Content) -> None:
    try:
        with contents.contents().reader(content.stored_name) as file:
            shelf.copy(name, file)
    except OSError:
        shelf.note(f"Le fichier «\u00a0{name}\u00a0» n’a pas pu être lu sur le disque de la plateforme.")
