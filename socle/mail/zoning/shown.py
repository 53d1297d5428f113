"""Presentation at both doors of a domain in the DNS: plain values, computed once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from socle.mail.contract import Heard
from socle.mail.models.domains import Domain, Status
from socle.mail.models.watches import DomainCheck, DomainWatch
from socle.mail.records import Record, When, parts_of
from socle.mail.zoning import facts
from socle.mail.zoning.actions import asker, diagnosis_of, watch_of
from socle.mail.zoning.diagnosis import Diagnosis, Finding, Level
from socle.ui.shapes import Step, Tone, road

_LEVELS: dict[Level, tuple[str, Tone]] = {
    Level.OK: ("Juste", "ok"),
    Level.WRONG: ("À corriger", "danger"),
    Level.MISSING: ("Manque", "wait"),
    Level.DANGER: ("En danger", "alert"),
    Level.SOON: ("En chemin", "wait"),
    Level.UNKNOWN: ("Pas de réponse", "alert"),
    Level.ADVICE: ("Conseil", "info"),
}
_TYPES = {
    "A": "A (adresse IPv4)",
    "AAAA": "AAAA (adresse IPv6)",
    "CNAME": "CNAME (alias)",
    "MX": "MX (courrier)",
    "TXT": "TXT (texte)",
    "SRV": "SRV (service)",
    "CAA": "CAA (autorité de certification)",
}


@dataclass(frozen=True)
class ShownPart:
    """One field of a registrar's form; `key` is unique on the page."""

    label: str
    value: str
    key: str


@dataclass(frozen=True)
class ShownRecord:
    """One record, as the form of a registrar asks for it."""

    key: str
    type: str
    host: str
    parts: tuple[ShownPart, ...]
    ttl: int
    why: str


@dataclass(frozen=True)
class ShownFinding:
    """One thing that was found, with its badge and the host where it was."""

    finding: Finding
    label: str
    tone: Tone
    host: str


@dataclass(frozen=True)
class Group:
    """Records that are copied at the same moment."""

    title: str
    lead: str
    needed: tuple[ShownRecord, ...]
    advised: tuple[ShownRecord, ...] = ()


@dataclass(frozen=True)
class ShownDomain:
    """A domain as its page shows it."""

    domain: Domain
    watch: DomainWatch
    zone: str
    label: str
    tone: Tone
    sentence: str
    steps: list[Step]
    diagnosis: Diagnosis | None
    needed: tuple[ShownFinding, ...]
    advised: tuple[ShownFinding, ...]
    groups: tuple[Group, ...]
    records: tuple[ShownRecord, ...]
    checks: list[DomainCheck]
    name_servers: tuple[str, ...]
    is_simulated: bool

    @property
    def last(self) -> DomainCheck | None:
        return self.checks[0] if self.checks else None

    @property
    def is_moving(self) -> bool:
        """Whether its mail still arrives at somebody else's: gestures have an order."""
        return self.diagnosis is not None and bool(self.diagnosis.former) and self.domain.status == Status.PREPARED

    @property
    def former(self) -> str:
        return ", ".join(self.diagnosis.former) if self.diagnosis else ""

    @property
    def ds(self) -> list[str]:
        return self.watch.ds.splitlines()

    @property
    def right_count(self) -> int:
        return sum(one.finding.level == Level.OK for one in (*self.needed, *self.advised))

    @property
    def count(self) -> int:
        return len(self.needed) + len(self.advised)


def state_of(domain: Domain, watch: DomainWatch | None) -> tuple[str, Tone, str]:
    """Where a domain stands in the DNS: two words, a tone, a sentence."""
    if watch is None or watch.checked_at is None:
        return "À vérifier", "wait", "La première vérification a lieu dans la minute."
    if watch.is_here and watch.zone_problem:
        return "Zone à corriger", "danger", watch.zone_problem
    if domain.status == Status.CLOSED:
        return "Fermé", "neutral", "Plus rien n’arrive par ce domaine."
    if watch.is_mail_here and domain.status == Status.PREPARED:
        return "À prouver", "alert", "Le courrier est dirigé ici, mais rien ne prouve que ce nom est à la commune."
    if watch.is_right and watch.is_mail_here:
        return "Tout est juste", "ok", "Le courrier arrive ici, et les autres serveurs le croient."
    if watch.is_mail_here:
        return "Courrier arrivé, reste à faire", "alert", "Le courrier arrive ici\u00a0; il manque de quoi être cru."
    if watch.is_mail_here is None or watch.is_right is None:
        return "Pas de réponse", "alert", "Le DNS n’a pas répondu, ou une correction fait son chemin."
    if domain.status in (Status.ACTIVE, Status.SUSPENDED):
        return "Courrier ailleurs", "danger", "Le courrier de ce domaine n’arrive pas ici, ou pas tout entier."
    return "À copier", "wait", "Copiez ce que la page indique\u00a0; la plateforme vérifie toute seule."


def show_domain(domain: Domain, *, at: datetime) -> ShownDomain:
    """Gather what the page of a domain shows."""
    watch = watch_of(domain, at=at)
    label, tone, sentence = state_of(domain, watch)
    checks = list(DomainCheck.objects.filter(domain=domain)[:10])
    diagnosis = diagnosis_of(domain, Heard.read(checks[0].heard), at=at) if checks else None
    zone = facts.zone_of(domain, is_here=watch.is_here)
    wanted = facts.records_for(domain, at=at, with_site=watch.is_here)
    found = (
        [ShownFinding(one, *_LEVELS[one.level], _host(one.name, zone)) for one in diagnosis.findings]
        if diagnosis
        else []
    )
    return ShownDomain(
        domain,
        watch,
        zone,
        label,
        tone,
        sentence,
        _road(domain, watch),
        diagnosis,
        tuple(one for one in found if not one.finding.wanted[0].is_advised),
        tuple(one for one in found if one.finding.wanted[0].is_advised),
        tuple(_groups(diagnosis, wanted, zone)),
        show_records(wanted, zone, prefix="tout"),
        checks,
        tuple(settings.SOCLE_NAME_SERVERS),
        asker().is_simulated,
    )


def _groups(diagnosis: Diagnosis | None, wanted: Sequence[Record], zone: str) -> Iterable[Group]:
    """What is to be copied, in the order of gestures: all at once where no mail could be lost."""
    to_copy = [one for each in diagnosis.findings for one in each.to_copy] if diagnosis else list(wanted)
    former = diagnosis.former if diagnosis else ()
    if not former:
        lead = "Sans les premiers, le courrier n’arrive pas, ou n’est pas cru."
        yield from _group("À copier", lead, to_copy, zone, "a")
        return
    lead = "Cela ne change rien au courrier qui arrive aujourd’hui\u00a0: copiez-le quand vous voulez."
    yield from _group("Dès maintenant", lead, [one for one in to_copy if one.when == When.NOW], zone, "a")
    lead = (
        "Cela fait arriver le courrier ici. Pas avant que les boîtes existent, et l’ancien courrier repris. Ces lignes "
        f"remplacent ce qui mène à {', '.join(former)}."
    )
    yield from _group("Le jour de la bascule", lead, [one for one in to_copy if one.when == When.MOVE], zone, "b")


def _group(title: str, lead: str, records: Sequence[Record], zone: str, prefix: str) -> Iterable[Group]:
    if records:
        needed = show_records([one for one in records if not one.is_advised], zone, prefix=prefix)
        advised = show_records([one for one in records if one.is_advised], zone, prefix=f"{prefix}c")
        yield Group(title, lead, needed, advised)


def show_records(records: Iterable[Record], zone: str, *, prefix: str) -> tuple[ShownRecord, ...]:
    """The records as a registrar's form asks for them; `prefix` keeps their keys apart on a page."""
    shown = []
    for rank, record in enumerate(records, start=1):
        key = f"{prefix}-{rank}"
        told = enumerate(parts_of(record), start=1)
        parts = tuple(ShownPart(part.label, part.value, f"{key}-{place}") for place, part in told)
        host = _host(record.name, zone)
        shown.append(ShownRecord(key, _TYPES.get(record.type, record.type), host, parts, record.ttl, record.why))
    return tuple(shown)


def _host(name: str, zone: str) -> str:
    return "@" if name == zone else name.removesuffix(f".{zone}")


def _road(domain: Domain, watch: DomainWatch) -> list[Step]:
    reached = 1
    if watch.is_mail_here:
        reached = 2
    if domain.status in (Status.ACTIVE, Status.SUSPENDED):
        reached = 3 if not watch.is_right else 4
    return road(["Nom noté", "Courrier dirigé ici", "En service", "Tout est juste"], reached)
