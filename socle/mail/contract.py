"""Contract: what the mail ask of the DNS: who holds its zones, and whoever looks at what the world sees of a domain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


class ZonesError(Exception):
    """A zone could not be read or written. `sentence` is French; `is_lasting` says that retrying is useless."""

    def __init__(self, sentence: str, *, is_lasting: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.is_lasting = is_lasting


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
        """Whether this very zone is held."""
        ...

    def make(self, zone: str) -> None:
        """Make a zone, empty but for its servers, signed; of one that exists already, mend the head that names none."""

    def read(self, zone: str, names: Iterable[str]) -> tuple[Held, ...]:
        """Say all that these names of a zone hold, whoever wrote it."""
        ...

    def write(self, zone: str, sets: Sequence[Held]) -> None:
        """Put these sets in place of what their names and types hold, all or none; one without contents is removed."""

    def signed(self, zone: str) -> Signed:
        """Say how a zone is signed."""
        ...


# --- What the world sees ---------------------------------------------------------------------------------------------
# Who said it: the resolvers that everybody asks, with what they keep in memory; the servers of the domain themselves.
HERE, THERE = "here", "there"
# Instead of a record: the name says nothing of this type; nobody answered.
NONE, FAILED = "NONE", "FAILED"


@dataclass(frozen=True)
class Told:
    """One thing the DNS said. `kind` is what was asked for, or NONE, or FAILED; `value` is as a zone file has it."""

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
    """All that the DNS said of a domain at one moment; written as lines that a technician reads."""

    lines: tuple[Told, ...] = ()

    def of(self, name: str, asked: str, source: str) -> list[Told]:
        """Return the answers of one source to one question."""
        return [line for line in self.lines if (line.source, line.name, line.asked) == (source, name, asked)]

    def __str__(self) -> str:
        return "\n".join(sorted(map(str, self.lines)))

    @classmethod
    def read(cls, text: str) -> Heard:
        """Read again what was written; a line that cannot be is left out."""
        return cls(tuple(_read(text.split("\n"))))

    @property
    def facts(self) -> frozenset[tuple[str, ...]]:
        """Return the answers without their lifetimes: two checks that heard the same have the same facts."""
        return frozenset((one.source, one.name, one.asked, one.kind, one.value) for one in self.lines)


def _read(lines: Iterable[str]) -> Iterable[Told]:
    for line in lines:
        parts = line.split(" ", 5)
        if len(parts) >= 5 and parts[0] in (HERE, THERE) and parts[3].isdecimal():
            value = parts[5] if len(parts) == 6 else ""
            yield Told(parts[0], parts[1], parts[2], parts[4], value, int(parts[3]))


class Asker(Protocol):
    """Whoever asks the DNS about a domain of mail (`SOCLE_MAIL_ASKER`). A twin says that it is one."""

    is_simulated: bool

    def ask(self, questions: Sequence[tuple[str, str]], *, zone: str) -> Heard:
        """Ask these (name, type), in bounded time. Never raises: what failed is a line."""
        ...


# Which hosts at or under a domain are those of the sites of a beneficiary (`SOCLE_MAIL_SITE_HOSTS`): domain, its key.
SiteHosts = Callable[[str, int], tuple[str, ...]]
