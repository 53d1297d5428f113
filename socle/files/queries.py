"""Queries: what is in a folder, and where: looked at by the pages of the mairie, by the network drive, by links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.db.models import BigIntegerField, QuerySet, Sum

from socle.files import filenames
from socle.files.models import Content, Entry, Link, Lock, Space, Version
from socle.files.rules import Powers
from socle.lib.compiled import Compiled, Given
from socle.people.models import Beneficiary

MOST_FOUND = 200
# How many parents are read with an entry; beyond, one query for each.
_NEAR = 6
_PARENTS = "__".join(["parent"] * _NEAR)


@dataclass(frozen=True)
class Place:
    """Something in a space, and the road that leads to it: from the first folder to itself, the root left out."""

    entry: Entry
    road: tuple[Entry, ...]

    @property
    def top(self) -> int | None:
        """The first folder, which says who may do what; None at the root itself."""
        return self.road[0].pk if self.road else None

    @property
    def depth(self) -> int:
        return len(self.road)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.road)

    @property
    def shown(self) -> str:
        """Return the path in words."""
        return " › ".join(self.names)


def space_of(beneficiary: Beneficiary) -> Space | None:
    """The folder of this body, or None as long as none was opened."""
    found: Space | None = Space.objects.select_related("beneficiary").filter(beneficiary=beneficiary).first()
    return found


def root_of(space: Space) -> Entry:
    """The folder that contains all the others."""
    root: Entry = Entry.objects.select_related("space__beneficiary").get(space=space, parent__isnull=True)
    return root


def place_of(entry: Entry) -> Place:
    """Return an entry with the folders that contain it."""
    road: list[Entry] = []
    one: Entry | None = entry
    while one is not None and one.parent_id is not None:
        road.append(one)
        one = one.parent
    return Place(entry, tuple(reversed(road)))


def entries() -> QuerySet[Entry]:
    """Every entry in scope, with what is always asked of it."""
    found: QuerySet[Entry] = Entry.objects.select_related("content", "modified_by", "space__beneficiary", _PARENTS)
    return found


def by_id(space: Space, pk: int) -> Place | None:
    """An entry of this space, in the bin or not; None when it is another's or nobody's. One query when it is near."""
    entry = entries().filter(space=space, pk=pk).first()
    return None if entry is None else place_of(entry)


def find(space: Space, path: Sequence[str]) -> Place | None:
    """Return the entry at this path of names, case aside, out of the bin. One query, whatever the depth."""
    if len(path) > filenames.DEEPEST + 1:
        return None
    if not path:
        return Place(root_of(space), ())
    asked: dict[str, object] = {"space": space}
    before = ""
    for name in reversed(path):
        # Each by the index that keeps names apart, from the root down.
        asked |= {f"{before}key": filenames.key_of(name), f"{before}trashed_with__isnull": True}
        before += "parent__"
    asked |= {f"{before}parent__isnull": True, f"{before}space": space}
    found = Entry.objects.select_related(
        "content", "modified_by", "space__beneficiary", "__".join(["parent"] * len(path))
    )
    entry = found.filter(**asked).first()
    return None if entry is None else place_of(entry)


def child(folder: Entry, name: str) -> Entry | None:
    """Return the entry that bears this name in a folder, case aside, out of the bin."""
    found: Entry | None = (
        Entry.objects.select_related("content", "space")
        .filter(parent=folder, key=filenames.key_of(name), trashed_with__isnull=True)
        .first()
    )
    return found


def children(folder: Entry, powers: Powers) -> QuerySet[Entry]:
    """Return the entries of a folder, folders first, by name; at the root, without what this person does not see."""
    found: QuerySet[Entry] = Entry.objects.filter(parent=folder, trashed_with__isnull=True)
    if folder.is_root:
        found = found.exclude(pk__in=powers.hidden())
    return found.select_related("content", "modified_by").order_by("-is_folder", "sort_name", "pk")


@dataclass(frozen=True)
class Listed:
    """Something in a folder, as a network drive tells it; `properties`: those that programs wrote on it."""

    pk: int
    name: str
    is_folder: bool
    size: int
    made_at: datetime
    modified_at: datetime
    sha256: str | None
    kind: str | None
    properties: dict[str, str] = field(default_factory=dict)


def listed(folder: Entry) -> list[Listed]:
    """Return what `children` returns of a folder below the root, with its properties. One query, whatever it holds."""
    found: dict[int, Listed] = {}
    for row in _LISTED.values(folder=folder.pk):
        name, value = row[-2:]
        one = found.setdefault(row[0], Listed(*row[:-2]))
        if name is not None:
            one.properties[name] = value
    return list(found.values())


def _listed() -> Any:
    columns = "pk", "name", "is_folder", "size", "made_at", "modified_at", "content__sha256", "content__kind"
    rows = Entry._base_manager.filter(parent=Given("folder", BigIntegerField()), trashed_with__isnull=True)
    named = rows.values_list(*columns, "properties__name", "properties__value")
    return named.order_by("-is_folder", "sort_name", "pk", "properties__pk")


_LISTED: Compiled[Entry] = Compiled(_listed)


def inside(*folders: int) -> list[int]:
    """The identifiers of all that these folders contain, themselves first; one query a level."""
    found, level = list(folders), list(folders)
    while level:
        level = list(Entry.objects.filter(parent__in=level).values_list("pk", flat=True))
        found += level
    return found


def with_all(place: Place) -> list[Place]:
    """An entry and all that it contains out of the bin, parents first; one query a level."""
    known = {place.entry.pk: place}
    found, level = [place], [place.entry.pk]
    while level:
        rows = list(
            Entry.objects.filter(parent__in=level, trashed_with__isnull=True)
            .select_related("content", "modified_by")
            .order_by("-is_folder", "sort_name", "pk")
        )
        for row in rows:
            row.space = place.entry.space
            known[row.pk] = Place(row, (*known[row.parent_id or 0].road, row))
            found.append(known[row.pk])
        level = [row.pk for row in rows if row.is_folder]
    return found


def search(space: Space, words: str, powers: Powers) -> list[Place]:
    """Return the entries whose name has all these words, accents and case aside: at most MOST_FOUND, by name."""
    asked = filenames.search_of(words).split()
    if not asked:
        return []
    found = entries().filter(space=space, trashed_with__isnull=True, parent__isnull=False)
    for word in asked:
        found = found.filter(search_name__contains=word)
    # A few more than are shown: those of folders that this person does not see are taken out.
    rows = found.order_by("key", "pk")[: MOST_FOUND * 2]
    places = [place_of(one) for one in rows]
    return [one for one in places if powers.sees(one.top)][:MOST_FOUND]


def bin_of(space: Space, powers: Powers) -> QuerySet[Entry]:
    """Return the entries thrown away, the latest first; what was in a folder goes with it."""
    found: QuerySet[Entry] = entries().filter(space=space, trashed_at__isnull=False).select_related("trashed_by")
    if hidden := powers.hidden():
        found = found.exclude(pk__in=inside(*hidden))
    return found.order_by("-trashed_at", "-pk")


def links_of(space: Space, at: datetime) -> QuerySet[Link]:
    """Return the links that are not over."""
    found: QuerySet[Link] = Link.objects.filter(entry__space=space, ended_at__isnull=True, expires_at__gt=at)
    return found.select_related("made_by", f"entry__{_PARENTS}", "entry__content", "entry__space")


def versions_of(entry: Entry) -> QuerySet[Version]:
    """Return the versions of a file, the latest first."""
    found: QuerySet[Version] = Version.objects.filter(entry=entry).select_related("content", "modified_by")
    return found


@dataclass(frozen=True)
class Weights:
    """Usage of a space: its files, and the rest, which is given back by emptying the bin or with time."""

    used: int
    quota: int
    binned: int

    @property
    def share(self) -> int:
        """In hundredths of the quota."""
        return min(100, self.used * 100 // self.quota) if self.quota else 100

    @property
    def is_nearly_full(self) -> bool:
        return self.share >= 90


def weights_of(space: Space) -> Weights:
    """Return the usage of a space; one query, for the bin."""
    binned = Entry.objects.filter(space=space, trashed_with__isnull=False).aggregate(all=Sum("size"))["all"] or 0
    return Weights(space.used_bytes, space.quota_bytes, binned)


def counted(space: Space) -> int:
    """Return the bytes of a space, counted again: what `used_bytes` must be."""
    return int(Content.objects.filter(space=space).aggregate(all=Sum("size"))["all"] or 0)


def drive_path(place: Place) -> str:
    """The address of something under the network drive, as locks name it."""
    return quote("/".join(["", str(place.entry.space.beneficiary_id), *place.names]))


def live_locks(space: Space, at: datetime) -> list[Lock]:
    """Return the locks that programs hold in a space now."""
    return list(Lock.objects.filter(space=space, expires_at__gt=at).select_related("user"))


def locks_against(
    locks: Iterable[Lock], path: str, *, user: int, tokens: Iterable[str] = (), deep: bool = False
) -> list[Lock]:
    """Of these locks, those that forbid to change what is at `path` (with all that it contains when `deep`).

    A lock whose token is shown by whoever took it forbids nothing (RFC 4918, section 7).
    """
    shown = frozenset(tokens)
    return [
        lock
        for lock in locks
        if not (lock.token in shown and lock.user_id == user)
        and (
            lock.path == path
            or (lock.is_deep and path.startswith(f"{lock.path}/"))
            or (deep and lock.path.startswith(f"{path}/"))
        )
    ]
