"""Who reaches something in a folder, read at each request in one query: who comes, by which roles, where, to do what.

Nothing of it is remembered from one request to the next: a right that was withdrawn opens nothing from that instant, in
any process. Only the SQL is kept (`lib.compiled`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import (
    BigIntegerField,
    CharField,
    DateField,
    DateTimeField,
    Exists,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    Subquery,
)

from socle.files import filenames, rules
from socle.files.contents import Incoming
from socle.files.models import Content, Entry, FolderRight, Level, Lock, Property, Space
from socle.files.queries import Place, place_of
from socle.files.rules import Powers
from socle.lib.compiled import Compiled, Given
from socle.lib.dates import day_of
from socle.people.devices.models import Use
from socle.people.devices.queries import opened_rows, opener
from socle.people.models import BENEFICIARY_ROLES, Membership, Role, User
from socle.people.rules import second_factor_settings


@dataclass(frozen=True)
class Opened:
    """Result of `opened`: whose it is, the powers of its person there, and what it named."""

    user: User
    powers: Powers
    place: Place
    # What bears the name asked for in `place`; None when nothing does, or when none was asked for.
    there: Place | None
    # Whether programs hold anything in this space, and wrote properties on `place`.
    has_locks: bool
    is_marked: bool

    @property
    def space(self) -> Space:
        space: Space = self.place.entry.space
        return space


def opened(
    beneficiary: int, path: Sequence[str], *, child: str | None = None, shown: Any, use: Use, at: datetime
) -> Opened | None:
    """Return the folder or file at this path, and what bears the name `child` in it, to whom a device opens it.

    One query. None whatever the cause (nobody, nothing, suspended): who asks finds out which by the rules of each.
    `path` is not empty, unless a `child` is asked for; `shown` is what the device shows (`entrance.Shown`).
    """
    if len(path) > filenames.DEEPEST + 1 or not (path or child) or not shown.prefix:
        return None
    given = {f"key{rank}": filenames.key_of(name) for rank, name in enumerate(path)}
    if child is not None:
        given["child"] = filenames.key_of(child)
    question = _question(len(path), child is not None, use, second_factor_settings())
    rows = question.ask(beneficiary=beneficiary, prefix=shown.prefix, on=day_of(at), at=at, **given)
    entered = opener(rows, shown.secret, shown.login, at=at)
    if entered is None:
        return None
    user, roles = entered
    first: Any = rows[0]
    place = place_of(first)
    there = _child_of(first)
    bearing = Place(there, (*place.road, there)) if there else None
    return Opened(user, powers_in(rows, roles, place.top), place, bearing, first.has_locks, first.is_marked)


def _child_of(folder: Any) -> Entry | None:
    """Return the child that was asked for, when the rows were read with it; Django leaves no attribute when not."""
    there: Entry | None = getattr(folder, "there", None)
    if there is not None:
        there.parent, there.space = folder, folder.space
    return there


def roles_of(rows: Sequence[Any]) -> frozenset[Role]:
    """The roles that these rows name, one each."""
    return frozenset(Role(row.member_role) for row in rows)


def powers_in(rows: Sequence[Any], roles: frozenset[Role], top: int | None) -> Powers:
    """The powers of these roles in this first folder, and in it alone, as the rows tell its rights."""
    levels = {}
    for row in rows:
        for role, level in ((row.member_role, row.level), (Role.SECRETARY.value, row.level_of_secretary)):
            if top is not None and level:
                levels[top, role] = Level(level)
    return Powers(frozenset(role.value for role in roles), levels)


@dataclass(frozen=True)
class Keeping:
    """Result of `keeping`: the state of a folder when the last byte of a file has come, its space being locked."""

    space: Space
    powers: Powers
    # What bears its name, and the same bytes if the space has them.
    there: Entry | None
    content: Content | None
    has_locks: bool


def keeping(folder: Place, name: str, incoming: Incoming, *, by: User, at: datetime) -> Keeping | None:
    """Read again all that decides whether a file is kept in this folder; None when the folder is gone. One query,
    a few more for a helper and for the platform, who hold no role there.
    """
    given = {"folder": folder.entry.pk, "child": filenames.key_of(name), "sha256": incoming.sha256, "at": at}
    rows = _keeping(True).ask(**given, user=by.pk, on=day_of(at), top=folder.top or 0)
    if rows:
        powers = powers_in(rows, roles_of(rows), folder.top)
    elif rows := _keeping(False).ask(**given):
        # As the account is now, not as it was when the first byte came.
        powers = rules.powers_of(folder.entry.space, User.objects.get(pk=by.pk), on=day_of(at))
    else:
        return None
    first: Any = rows[0]
    content = None
    if first.content_found is not None:
        content = Content(
            pk=first.content_found, space=first.space, sha256=incoming.sha256, size=incoming.size, kind=incoming.kind,
            is_unread=first.content_is_unread,
        )  # fmt: skip
    return Keeping(first.space, powers, _child_of(first), content, first.has_locks)


@cache
def _question(depth: int, has_child: bool, use: Use, factors: object) -> Compiled[Entry]:
    """The question for paths of so many names. `factors`: it holds the settings of the second factor as they are."""

    def build() -> Any:
        asked = Entry._base_manager.filter(
            space__beneficiary=Given("beneficiary", BigIntegerField()), space__suspended_at__isnull=True
        )
        # From the root down, each by the index that keeps names apart, however much the space holds.
        root = "parent__" * depth
        asked = asked.filter(**{f"{root}parent__isnull": True, f"{root}space": F("space")})
        for rank in range(depth):
            above = "parent__" * (depth - 1 - rank)
            named = {f"{above}key": Given(f"key{rank}", CharField()), f"{above}trashed_with__isnull": True}
            asked = asked.filter(**named)
        parents = ["__".join(["parent"] * depth)] if depth else []
        asked = asked.select_related("content", "space__beneficiary", *parents)
        if has_child:
            asked = _with_child(asked)
        asked = opened_rows(asked, "space__beneficiary", use=use)
        # The root says nothing of anybody: no right bears its number.
        asked = _with_levels(asked, OuterRef(f"{'parent__' * (depth - 1)}pk"))
        marked = Exists(Property._base_manager.filter(entry=OuterRef("pk")))
        return asked.annotate(has_locks=_has_locks(), is_marked=marked).order_by()

    return Compiled(build)


@cache
def _keeping(by_a_role: bool) -> Compiled[Entry]:
    def build() -> Any:
        asked = Entry._base_manager.filter(pk=Given("folder", BigIntegerField()), trashed_with__isnull=True)
        asked = _with_child(asked).select_related("space")
        known = Content._base_manager.filter(space=OuterRef("space"), sha256=Given("sha256", CharField()))
        asked = asked.annotate(
            content_found=Subquery(known.values("pk")), content_is_unread=Subquery(known.values("is_unread"))
        )
        if by_a_role:
            on: Any = Given("on", DateField())
            member = "space__beneficiary__memberships"
            held = Membership.objects.active_on(on).filter(
                role__in=BENEFICIARY_ROLES, pk=OuterRef("member_id"), user=Given("user", BigIntegerField()),
                user__is_active=True,
            )  # fmt: skip
            asked = asked.annotate(member_id=F(f"{member}__pk"), member_role=F(f"{member}__role")).filter(Exists(held))
            asked = _with_levels(asked, Given("top", BigIntegerField()))
        return asked.annotate(has_locks=_has_locks()).order_by()

    return Compiled(build)


def _with_child(asked: Any) -> Any:
    child = Q(children__key=Given("child", CharField()), children__trashed_with__isnull=True)
    return asked.annotate(there=FilteredRelation("children", condition=child)).select_related("there__content")


def _has_locks() -> Exists:
    return Exists(Lock._base_manager.filter(space=OuterRef("space"), expires_at__gt=Given("at", DateTimeField())))


def _with_levels(asked: Any, top: Any) -> Any:
    """Annotate what the first folder says of the role of each row, and of the secretary whom a deputy follows."""
    rights = FolderRight._base_manager.filter(folder=top)
    return asked.annotate(
        level=Subquery(rights.filter(role=OuterRef("member_role")).values("level")),
        level_of_secretary=Subquery(rights.filter(role=Role.SECRETARY).values("level")),
    )
