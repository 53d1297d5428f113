"""Plan of a zone: the differences between the records wanted and those it holds, before anything is touched. Pure.

What we did not write is never touched: each of our contents bears a mark, kept beside it by whoever holds the zone. A
content of someone else's that would contradict ours stops everything, and is said, unless ours gives way to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from socle.domains.contract import Held, Mark
from socle.domains.records import Record, canonical, is_under, read_text

# Texts of these kinds stand once at a name (RFC 7208, 7489, 8461, 8460, 6376).
ALONE = ("v=spf1", "v=dmarc1", "v=stsv1", "v=tlsrptv1", "v=dkim1")
# Types of which several hands may write at one name.
SHARED = ("TXT", "CAA")
# What we write for no commune, on which all of them stand.
OPERATOR = "operateur"


class Verb(StrEnum):
    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"


_SAID = {Verb.ADD: "créer", Verb.CHANGE: "remplacer", Verb.REMOVE: "retirer"}


@dataclass(frozen=True)
class Difference:
    """One set that is to change: what our part of it was, and will be."""

    verb: Verb
    name: str
    type: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def says(self) -> str:
        """In one line of French, for whoever reads the plan."""
        told = f"{_SAID[self.verb]} {self.name} {self.type}"
        if self.verb == Verb.CHANGE:
            return f"{told}\u00a0: {_listed(self.before)} → {_listed(self.after)}"
        return f"{told}\u00a0: {_listed(self.after or self.before)}"


def _listed(contents: Iterable[str]) -> str:
    told = ", ".join(contents)
    return told if len(told) <= 160 else f"{told[:157]}…"


@dataclass(frozen=True)
class ZonePlan:
    """Changes to make to a zone for one domain; with `conflicts`, none is made."""

    zone: str
    is_new: bool
    differences: tuple[Difference, ...] = ()
    sets: tuple[Held, ...] = ()
    conflicts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.is_new or bool(self.sets)

    @property
    def lines(self) -> list[str]:
        """The plan, as it is printed."""
        made = [f"créer la zone {self.zone}, signée"] if self.is_new else []
        return made + [one.says for one in self.differences]


def plan(zone: str, records: Sequence[Record], found: Iterable[Held], *, owner: str, is_new: bool = False) -> ZonePlan:
    """Say what differs. `found`: all that the names concerned hold. ValueError for a record that is not the owner's."""
    for record in records:
        if not is_under(record.name, zone) or (owner != OPERATOR and not is_under(record.name, owner)):
            raise ValueError(f"{record.name} is not of {owner}")
    there = {(one.name, one.type): one for one in found}
    wanted: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        wanted.setdefault((record.name, record.type), []).append(record)
    differences: list[Difference] = []
    sets: list[Held] = []
    conflicts: list[str] = []
    for name, kind in dict.fromkeys([*there, *wanted]):
        held = there.get((name, kind)) or Held(name, kind, 0, ())
        these = wanted.get((name, kind), [])
        if sentence := _why_not(name, kind, these, held, list(there.values()), owner):
            if not all(one.gives_way for one in these):
                conflicts.append(sentence)
                continue
            these = []
        after = _after(held, these, owner)
        if after is not None:
            sets.append(after)
            differences.append(_difference(held, after, owner))
    # An alias leaves before what replaces it comes, whatever the order in which the zone is written.
    sets.sort(key=lambda one: (bool(one.contents), one.type == "CNAME"))
    if conflicts:
        return ZonePlan(zone, is_new, conflicts=tuple(conflicts))
    return ZonePlan(zone, is_new, tuple(differences), tuple(sets))


def _mine(held: Held, owner: str) -> tuple[str, ...]:
    digests = {mark.digest for mark in held.marks if mark.owner == owner}
    return tuple(one for one in held.contents if digest(held.type, one) in digests)


def _others(held: Held, owner: str, records: Sequence[Record]) -> list[str]:
    """List what we did not write there, and do not want either."""
    mine, wanted = set(_mine(held, owner)), {canonical(held.type, one.content) for one in records}
    return [one for one in held.contents if one not in mine and canonical(held.type, one) not in wanted]


def _why_not(
    name: str, kind: str, records: Sequence[Record], held: Held, there: Sequence[Held], owner: str
) -> str | None:
    if not records:
        return None
    remedy = "Retirez-le, ou laissez-le faire foi, puis recommencez."
    if others := _others(held, owner, records):
        if kind == "TXT":
            kinds = {_kind_of_text(one.content) for one in records} & set(ALONE)
            others = [one for one in others if _kind_of_text(one) in kinds]
        elif kind in SHARED:
            others = []
        if others:
            return f"{name} porte déjà un {kind} que nous n’avons pas écrit ({_listed(others)}). {remedy}"
    for other in there:
        # A name that is an alias says nothing else (RFC 1034, 3.6.2).
        is_alias = "CNAME" in (kind, other.type) and kind != other.type
        if other.name == name and is_alias and _others(other, owner, ()):
            return (
                f"{name} porte déjà un {other.type} que nous n’avons pas écrit ({_listed(other.contents)}), et un "
                f"alias ne souffre rien à côté de lui. {remedy}"
            )
    return None


def _after(held: Held, records: Sequence[Record], owner: str) -> Held | None:
    """The set as it is to be; None when it is so already."""
    mine = _mine(held, owner)
    if not records and not mine:
        return None
    by_form = {canonical(held.type, one): one for one in held.contents}
    kept = [one for one in held.contents if one not in mine]
    kept_forms = {canonical(held.type, one) for one in kept}
    # What someone else wrote already as we want it stays theirs.
    ours = [one for one in records if canonical(held.type, one.content) not in kept_forms]
    marks = tuple(mark for mark in held.marks if mark.owner != owner)
    marks += tuple(Mark(owner, digest(held.type, one.content)) for one in ours)
    # What is right is handed back as it was written.
    contents = (*kept, *(by_form.get(canonical(held.type, one.content), one.content) for one in ours))
    ttl = held.ttl if kept else ours[0].ttl if ours else held.ttl
    same = set(contents) == set(held.contents) and ttl == held.ttl and set(marks) == set(held.marks)
    return None if same else Held(held.name, held.type, ttl, contents, marks, held.remarks)


def _difference(held: Held, after: Held, owner: str) -> Difference:
    before, now = _mine(held, owner), _mine(after, owner)
    verb = Verb.CHANGE if before and now else Verb.ADD if now else Verb.REMOVE
    return Difference(verb, held.name, held.type, before, now)


def _kind_of_text(content: str) -> str:
    return read_text(content).strip().partition(" ")[0].partition(";")[0].lower()


def digest(kind: str, content: str) -> str:
    """Return the mark of a content: its digest, as our TXT record keeps it."""
    return hashlib.sha256(f"{kind} {canonical(kind, content)}".encode()).hexdigest()[:32]
