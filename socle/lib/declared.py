"""Classes of what a room declares of its own: its rules of retention, its ticks, its steps of a demonstration.

Each room has them in a file of that name (docs/dev/rooms.md), and socle.config.rooms lists those files, in order:
whoever gathers them reads a setting, and knows no room above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from django.db import models
from django.utils.module_loading import import_string

MINUTE, HOUR, DAY = 60, 3600, 86400
CHOICE = "Durée proposée, à fixer dans le registre des traitements (RGPD, art. 5, 1, e et art. 30)."

Say = Callable[[str], None]


def gathered(names: Iterable[str]) -> tuple[Any, ...]:
    """Every element of the tuples that bear these dotted names, in order."""
    return tuple(one for name in names for one in import_string(name))


@dataclass(frozen=True)
class Tick:
    """Every so many seconds, `what` (a dotted name) is called or enqueued."""

    every: int
    what: str


@dataclass(frozen=True)
class Step:
    """One part of the demonstration: its French label, and what does it. Done again, it changes nothing."""

    label: str
    do: Callable[[Say], None]


class Reader(Protocol):
    """The person of an operator for whom what waits is looked for, as `provisioning.access.Access` is."""

    @property
    def user(self) -> Any: ...
    @property
    def operator(self) -> Any: ...
    @property
    def programme(self) -> Any: ...
    @property
    def departments(self) -> Any: ...
    @property
    def is_lead(self) -> bool: ...
    def holds(self, *roles: Any) -> bool: ...
    def agreements(self) -> Any: ...
    def readable_agreements(self) -> Any: ...


@dataclass(frozen=True)
class Row:
    """One thing that waits for somebody: who it is about, what, since when, whose turn it is, and its button.

    `turn` is in words, and empty when it is the reader's. A button leads to `url`, or is the gesture itself: when it
    `sends`, it posts there, and `who_url` is the page to read first.
    """

    who: str
    what: str
    since: date | datetime | None
    url: str
    button: str
    turn: str = ""
    sends: bool = False
    who_url: str = ""


@dataclass(frozen=True)
class Waiting:
    """One kind of thing that waits, for those who hold one of `roles`: a line of the inbox (decision 0070).

    `find` returns a QuerySet within the scope in force, the oldest first, whose first rows alone are read and
    `show`n: one that has a `beneficiary_id` is given its `beneficiary` in between, with those of all kinds. `more`
    counts the others in words, as « autre, autres », and leads to `listing`: a view, and its filter.
    """

    code: str
    more: str
    listing: tuple[str, str]
    roles: tuple[str, ...]
    find: Callable[[Any, datetime], models.QuerySet[Any]]
    show: Callable[[list[Any], Any, datetime], list[Row]]


class MairieReader(Protocol):
    """The person of a mairie for whom what waits is looked for, as `mairie.todo.Reader` is."""

    @property
    def user(self) -> Any: ...
    @property
    def beneficiary(self) -> Any: ...
    @property
    def website(self) -> Any: ...
    def may(self, capability: Any) -> bool: ...


@dataclass(frozen=True)
class ToDo:
    """One thing to do at a mairie: what, where, since when, by which day, whose turn it is; or a gesture of the list.

    `due_on` is its last day, and `law` the article that sets it: given only where the platform holds both with their
    source, it is what makes a late line red. `turn` is in words, and empty when it is the reader's; what nobody else
    of the mairie may do `is_mine_alone`. With a `gesture`, the line posts to `url` instead of leading there.
    """

    what: str
    url: str
    detail: str = ""
    since: datetime | None = None
    due_on: date | None = None
    law: str = ""
    gesture: str = ""
    turn: str = ""
    is_mine_alone: bool = False


@dataclass(frozen=True)
class WaitingAtMairie:
    """One kind of thing to do at a mairie, for those whose function opens this capability.

    `find` reads within the scope of the beneficiary, in as many queries whatever it finds.
    """

    capability: str
    find: Callable[[Any, datetime], Iterable[ToDo]]


class Fate(models.TextChoices):
    """Ends of personal data when its time is over."""

    ERASED = "erased", "effacées"
    PSEUDONYMISED = "pseudonymised", "pseudonymisées"
    KEPT = "kept", "conservées"


class Ending(models.TextChoices):
    """Whose gesture ends what a rule answers for. What is a public archive ends by a slip, or by its own mairie."""

    SLIP = "slip", "par un bordereau d’élimination visé"
    MACHINE = "machine", "par la plateforme, d’elle-même"
    GESTURE = "gesture", "par le geste de qui le tient"


@dataclass(frozen=True)
class Batch:
    """An article of a slip: one kind of archives of one year. `rows` are their identifiers, `files` what came with."""

    year: int
    first_on: date
    last_on: date
    rows: tuple[int, ...]
    files: int
    size: int


class Archives(Protocol):
    """Archives that a room keeps, and that end by a slip."""

    def count(self, beneficiary: int, before: datetime) -> int:
        """How many of this beneficiary were over before this instant."""
        ...

    def due(self, beneficiary: int, before: datetime) -> list[Batch]:
        """Those of this beneficiary whose time was over before this instant, year by year."""
        ...

    def erase(self, beneficiary: int, rows: list[int], before: datetime) -> int:
        """Erase these rows, but for those that were taken up again since; return how many. Raises OSError."""
        ...


class LettingGo(Protocol):
    """Function of a room: let go of what is older than `before`; return how many rows. Dry, it only counts them."""

    def __call__(self, before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int: ...


@dataclass(frozen=True)
class Rule:
    """One kind of personal data. `days` counts from what `since` says; one without `let_go` says why data is kept.

    `ends` says by whose gesture it goes, and `because` why so. What ends by a slip names its `archives` (a dotted
    name), unless nothing of it ever comes to its term.
    """

    code: str
    what: str
    whose: str
    since: str
    days: int | None
    basis: str
    fate: Fate
    let_go: str = ""
    ends: Ending = field(kw_only=True)
    because: str = field(kw_only=True)
    archives: str = field(default="", kw_only=True)

    def before(self, at: datetime) -> datetime:
        """The instant before which data is let go."""
        return at - timedelta(days=self.days or 0)

    @property
    def act(self) -> LettingGo | None:
        act: LettingGo | None = import_string(self.let_go) if self.let_go else None
        return act

    @property
    def kept_as(self) -> Archives | None:
        """Return what lists and erases these archives; None for what is none, or never comes to its term."""
        found: Archives | None = import_string(self.archives) if self.archives else None
        return found
