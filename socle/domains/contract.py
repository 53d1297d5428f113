"""Contract: who uses names, who asks the DNS about them, who holds their zones.

Upper rooms declare what they use names for (`SOCLE_DOMAIN_USES`); engines ask the DNS (`SOCLE_DNS`) and hold the zones
(`SOCLE_ZONES`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from socle.lib.refusals import Failure, Said
from socle.lib.text import whole
from socle.ui.shapes import Tone

if TYPE_CHECKING:
    from socle.domains.diagnosis import Diagnosis
    from socle.domains.models import DomainName
    from socle.domains.records import Record
    from socle.people.models import User


# --- Who uses names --------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class UseState:
    """How far the service of a name is, for people: two words, a tone, a sentence."""

    label: str
    tone: Tone
    sentence: str
    is_served: bool


class Use:
    """Use that names serve, as declared by an upper room: its `code`, kept by each of its records, and its label."""

    code = ""
    label = ""

    def has(self, name: DomainName) -> bool:
        """Whether this name serves it, or is asked to."""
        raise NotImplementedError

    def wanted(self, name: DomainName, *, at: datetime) -> Iterable[Record]:
        """The records that it wants at and under a name, as of today. None for a name that it does not have."""
        raise NotImplementedError

    def base(self) -> Iterable[Record]:
        """Return the records on which all its names stand, in the operator's own zone."""
        return ()

    def follow(self, name: DomainName, diagnosis: Diagnosis, *, by: User, at: datetime) -> bool:
        """Do what follows from a check, in its transaction; return whether nothing more is awaited."""
        raise NotImplementedError

    def finish(self, name: DomainName, diagnosis: Diagnosis, *, by: User, at: datetime) -> None:
        """Do what takes the time of others (a certificate), once the check is kept and outside of any transaction."""

    def states(self, names: Iterable[DomainName], *, at: datetime) -> Mapping[str, UseState]:
        """How far each of these names is, by name; those that do not serve it are left out."""
        raise NotImplementedError


# --- Who asks the DNS ------------------------------------------------------------------------------------------------
# Who said it: the resolvers that everybody asks, with what they keep in memory; the servers of the domain themselves.
HERE, THERE = "here", "there"
# Instead of a record: the name says nothing of this type; nobody answered.
NONE, FAILED = "NONE", "FAILED"


@dataclass(frozen=True)
class Told:
    """One thing the DNS said. `kind` is a type, NONE or FAILED; `value` is as a zone file has it; `ttl` in seconds.

    What was `asked` for may be told of by another kind: an address, by an alias and by the addresses where it leads.
    """

    source: str
    name: str
    asked: str
    kind: str
    value: str = ""
    ttl: int = 0

    def __str__(self) -> str:
        return f"{self.source} {self.name} {self.asked} {self.ttl} {self.kind} {self.value}".rstrip()


@dataclass(frozen=True)
class Heard:
    """All that the DNS said of a name at one moment; written as lines that a technician reads."""

    lines: tuple[Told, ...] = ()

    def of(self, name: str, asked: str, source: str) -> list[Told]:
        """Return the answers of one source to one question."""
        return [line for line in self.lines if (line.source, line.name, line.asked) == (source, name, asked)]

    def best(self, name: str, asked: str) -> list[Told]:
        """Return the answers of the domain's servers, which know of a change at once; else those of the resolvers."""
        there = [line for line in self.of(name, asked, THERE) if line.kind != FAILED]
        return there or self.of(name, asked, HERE)

    def __str__(self) -> str:
        return "\n".join(sorted(map(str, self.lines)))

    @classmethod
    def read(cls, text: str) -> Heard:
        """Read again what was written; a line that cannot be is left out."""
        return cls(tuple(_read(text.split("\n"))))

    @property
    def facts(self) -> frozenset[tuple[str, ...]]:
        """Return the answers without the seconds that pass: two checks that heard the same have the same facts."""
        return frozenset((one.source, one.name, one.asked, one.kind, one.value) for one in self.lines)


def _read(lines: Iterable[str]) -> Iterable[Told]:
    for line in lines:
        parts = line.split(" ", 5)
        if len(parts) >= 5 and parts[0] in (HERE, THERE) and (ttl := whole(parts[3])) is not None:
            value = parts[5] if len(parts) == 6 else ""
            yield Told(parts[0], parts[1], parts[2], parts[4], value, ttl)


class NoCertificate(Said):
    """A host does not answer safely yet. `sentence` is French, and may be shown."""


class Dns(Protocol):
    """Whoever asks the DNS (`SOCLE_DNS`). A twin says that it is one."""

    is_simulated: bool

    def ask(self, questions: Sequence[tuple[str, str]], *, zone: str) -> Heard:
        """Ask these (name, type), in bounded time. Never raises: what failed is a line."""
        ...

    def certificate_end(self, host: str) -> datetime:
        """When the certificate that our front shows for this host ends; `NoCertificate` when there is none."""
        ...


# --- Who holds the zones ---------------------------------------------------------------------------------------------
class ZonesError(Failure):
    """A zone could not be read or written. `sentence` is French; `is_lasting` says that retrying is useless."""


@dataclass(frozen=True)
class Mark:
    """This content is ours, and stands there for this domain."""

    owner: str
    digest: str


@dataclass(frozen=True)
class Held:
    """All that one name says of one type. `marks`: digests of those of its contents that we wrote, each with its owner.

    Contents are as a zone file has them, in any order. What no mark claims was written by someone else.
    """

    name: str
    type: str
    ttl: int
    contents: tuple[str, ...]
    marks: tuple[Mark, ...] = ()
    # What others noted beside it: handed back as it was read.
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Signed:
    """How a zone is signed: what to hand to the registry of the zone above (DS), empty while nothing is signed."""

    is_signed: bool
    ds: tuple[str, ...] = ()


class Zones(Protocol):
    """Whoever holds the zones (`SOCLE_ZONES`). A twin says that it is one. Every method raises `ZonesError`."""

    is_simulated: bool

    def check(self) -> None:
        """Say whether it answers, with the right key; change nothing."""

    def exists(self, zone: str) -> bool:
        """Say whether this very zone is held."""
        ...

    def make(self, zone: str) -> None:
        """Make a zone, empty but for its servers, signed; of one that exists already, mend the head that names none."""

    def read(self, zone: str, names: Iterable[str]) -> tuple[Held, ...]:
        """Say all that these names of a zone hold, whoever wrote it."""
        ...

    def write(self, zone: str, sets: Sequence[Held]) -> None:
        """Replace the record sets of these names and types, all or none; one without contents is removed."""

    def signed(self, zone: str) -> Signed:
        """Say how a zone is signed."""
        ...
