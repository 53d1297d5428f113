"""Contract: what the sites ask of others: of the world about a name, of other rooms about events.

Of a name: what the DNS says of it, and whether it answers with a good certificate. Of a mairie's calendars: what it
shows to all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from socle.sites.occurrences import Timing

if TYPE_CHECKING:
    pass

# Who said it: the resolvers that visitors use, with what they keep in memory; the servers of the domain themselves.
HERE, THERE = "here", "there"
# A record, or what stands for one: the name does not exist; nobody answered.
A, AAAA, CNAME, CAA, TXT, NONE, FAILED = "A", "AAAA", "CNAME", "CAA", "TXT", "NONE", "FAILED"
KINDS = {A, AAAA, CNAME, CAA, TXT, NONE, FAILED}


@dataclass(frozen=True)
class Line:
    """One thing the DNS said of a host; `ttl` in seconds, what is left of it when a resolver says it."""

    source: str
    host: str
    kind: str
    value: str = ""
    ttl: int = 0

    def __str__(self) -> str:
        return f"{self.source} {self.host} {self.ttl} {self.kind} {self.value}".rstrip()


@dataclass(frozen=True)
class Seen:
    """All that the DNS said of a name at one moment; written as lines that a technician reads."""

    lines: tuple[Line, ...] = ()

    def of(self, host: str, source: str) -> list[Line]:
        """Return the answers of one source about one host, CAA left out: it is the business of the certificate."""
        return [line for line in self.lines if (line.host, line.source) == (host, source) and line.kind != CAA]

    def caa(self, host: str) -> list[Line]:
        """Return the authorities that this very host names."""
        return [line for line in self.lines if line.host == host and line.kind == CAA]

    def texts(self, host: str) -> list[str]:
        """The texts of this very host, whoever said them."""
        return [line.value for line in self.lines if (line.host, line.kind) == (host, TXT)]

    def __str__(self) -> str:
        return "\n".join(sorted(map(str, self.lines)))

    @classmethod
    def read(cls, text: str) -> Seen:
        """Read again what was written; a line that cannot be is left out."""
        return cls(tuple(_read(text.splitlines())))

    @property
    def facts(self) -> frozenset[tuple[str, ...]]:
        """Return the answers without their lifetimes: two checks that saw the same have the same facts."""
        return frozenset((line.source, line.host, line.kind, line.value) for line in self.lines)


def _read(lines: Iterable[str]) -> Iterable[Line]:
    for line in lines:
        parts = line.split(" ", 4)
        if len(parts) >= 4 and parts[2].isdecimal() and parts[3] in KINDS:
            yield Line(parts[0], parts[1], parts[3], parts[4] if len(parts) == 5 else "", int(parts[2]))


class Lookout(Protocol):
    """Whoever looks at names for us. A twin says that it is one."""

    is_simulated: bool

    def look(self, hosts: Sequence[str], *, zone: str, proof: str = "") -> Seen:
        """Ask the DNS of these hosts of one zone, in bounded time. Never raises: what failed is a line.

        `proof`: the host whose texts are asked for too.
        """
        ...

    def certificate_end(self, host: str) -> datetime:
        """Return when the certificate shown for this host by our own front ends; `NamesError` when there is none."""
        ...


class NamesError(Exception):
    """The name does not answer safely yet. `sentence` is French, and may be shown."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


# --- Events written elsewhere than in the editor ---------------------------------------------------------------------
@dataclass(frozen=True)
class OutsideEvent:
    """One time of an event that another room gives to the agenda of a site. It has no page of its own there.

    `uid` names it for ever, this time apart from the others; `origin` says where it comes from, when it must be said.
    """

    uid: str
    title: str
    starts_on: date
    ends_on: date
    written_at: datetime
    start_time: time | None = None
    end_time: time | None = None
    place: str = ""
    summary: str = ""
    origin: str = ""
    own_path: str = ""
    is_free: bool = False
    price: str = ""
    contact: str = ""

    @property
    def timing(self) -> Timing:
        return Timing(self.starts_on, self.ends_on, self.start_time, self.end_time)

    def skipped(self) -> set[date]:
        """It takes place once: each other time is an event too."""
        return set()

    @property
    def first_published_at(self) -> datetime:
        return self.written_at

    @property
    def last_published_at(self) -> datetime:
        return self.written_at


class SiteEvents(Protocol):
    """A room that gives events to sites (`SOCLE_SITES_EVENTS`); `calendar.public_changed` says they changed."""

    def __call__(self, beneficiary_id: int, *, first: date, days: int) -> list[OutsideEvent]: ...


def outside_events(beneficiary_id: int, *, first: date, days: int) -> list[OutsideEvent]:
    """Return what other rooms give to the agenda of a beneficiary's site, from this day on."""
    found: list[OutsideEvent] = []
    for dotted in settings.SOCLE_SITES_EVENTS:
        give: SiteEvents = import_string(dotted)
        found += give(beneficiary_id, first=first, days=days)
    return found
