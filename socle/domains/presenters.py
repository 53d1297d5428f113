"""Presentation of a name at both doors: its state, what the DNS says, what to copy and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from socle.domains.actions import diagnosis_of, dns
from socle.domains.contract import Heard, UseState
from socle.domains.diagnosis import Check, Diagnosis, Level
from socle.domains.models import DomainCheck, DomainName
from socle.domains.records import Record, When, label_of, parts_of
from socle.domains.rules import proved_among, why_not_advised
from socle.domains.uses import uses, wanted_records
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
class ShownCheck:
    """One check of the diagnosis, with its badge and the host where it was made."""

    check: Check
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
class NameRow:
    """A name as a list shows it."""

    name: DomainName
    label: str
    tone: Tone
    sentence: str
    is_proved: bool
    uses: list[tuple[str, UseState]]


@dataclass(frozen=True)
class ShownName:
    """A name as its page shows it."""

    row: NameRow
    steps: list[Step]
    advice: str | None
    diagnosis: Diagnosis | None
    needed: tuple[ShownCheck, ...]
    advised: tuple[ShownCheck, ...]
    groups: tuple[Group, ...]
    to_remove: tuple[ShownRecord, ...]
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
        return self.diagnosis is not None and any(one.level == Level.DANGER for one in self.diagnosis.checks)

    @property
    def former(self) -> str:
        return ", ".join(self.diagnosis.former) if self.diagnosis else ""

    @property
    def ds(self) -> list[str]:
        return self.row.name.ds.splitlines()

    @property
    def right_count(self) -> int:
        return sum(one.check.level == Level.OK for one in (*self.needed, *self.advised))

    @property
    def count(self) -> int:
        return len(self.needed) + len(self.advised)


def state_of(name: DomainName, *, is_proved: bool) -> tuple[str, Tone, str]:
    """Where a name stands in the DNS: two words, a tone, a sentence."""
    if name.is_here and name.zone_problem:
        return "Zone à corriger", "danger", name.zone_problem
    if name.checked_at is None:
        return "À vérifier", "wait", "La première vérification a lieu dans la minute."
    if name.is_right:
        return "Tout est juste", "ok", "Le DNS dit tout ce qu’il doit dire."
    if not is_proved:
        return "À prouver", "wait", "Copiez ce que la page indique\u00a0: le texte (TXT) prouve que ce nom est à vous."
    if name.is_right is None:
        return "Pas de réponse", "alert", "Le DNS n’a pas répondu, ou une correction fait son chemin."
    return "Reste à faire", "alert", "Copiez ce que la page indique\u00a0; la plateforme vérifie toute seule."


def name_rows(names: Iterable[DomainName], *, at: datetime) -> list[NameRow]:
    """Gather what a list shows of these names: a fixed number of queries for each use."""
    names = list(names)
    proved = proved_among((one.beneficiary_id, one.name) for one in names if one.is_own)
    each = [(use.label, use.states(names, at=at)) for use in uses()]
    rows = []
    for one in names:
        is_proved = not one.is_own or (one.beneficiary_id, one.name) in proved
        states = [(label, told[one.name]) for label, told in each if one.name in told]
        rows.append(NameRow(one, *state_of(one, is_proved=is_proved), is_proved, states))
    return rows


def show_name(name: DomainName, *, at: datetime) -> ShownName:
    """Gather what the page of a name shows."""
    row = name_rows([name], at=at)[0]
    checks = list(DomainCheck.objects.filter(domain=name)[:10])
    diagnosis = diagnosis_of(name, Heard.read(checks[0].heard), at=at) if checks else None
    wanted = wanted_records(name, at=at)
    zone = name.zone
    found = diagnosis.checks if diagnosis else ()
    shown = [ShownCheck(one, *_LEVELS[one.level], label_of(one.name, zone)) for one in found]
    return ShownName(
        row,
        _road(row),
        why_not_advised(name.name) if name.is_own else None,
        diagnosis,
        tuple(one for one in shown if not one.check.is_advised),
        tuple(one for one in shown if one.check.is_advised),
        tuple(_groups(diagnosis, wanted, zone)),
        show_records([record for one in shown for record in one.check.to_remove], zone, prefix="r"),
        show_records(wanted, zone, prefix="tout"),
        checks,
        tuple(settings.SOCLE_NAME_SERVERS),
        dns().is_simulated,
    )


def _groups(diagnosis: Diagnosis | None, wanted: Sequence[Record], zone: str) -> Iterable[Group]:
    """List the records to copy, in the order of gestures: all at once where no mail could be lost."""
    to_copy = [one for each in diagnosis.checks for one in each.to_copy] if diagnosis else list(wanted)
    if diagnosis is None or not diagnosis.former:
        lead = "Les premiers sont indispensables\u00a0: ils mènent ici, et prouvent que le nom est à vous."
        yield from _group("À copier", lead, to_copy, zone, "a")
        return
    lead = "Cela ne change rien au courrier qui arrive aujourd’hui\u00a0: copiez-le quand vous voulez."
    yield from _group("Dès maintenant", lead, [one for one in to_copy if one.when == When.NOW], zone, "a")
    lead = (
        "Cela fait arriver le courrier ici. Pas avant que les boîtes existent, et l’ancien courrier repris. Ces lignes "
        f"remplacent ce qui mène à {', '.join(diagnosis.former)}."
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
        host = label_of(record.name, zone)
        shown.append(ShownRecord(key, _TYPES.get(record.type, record.type), host, parts, record.ttl, record.why))
    return tuple(shown)


def _road(row: NameRow) -> list[Step]:
    done = {"Nom noté": True, "Nom prouvé": row.is_proved, "DNS juste": row.name.is_right is True}
    done["En service"] = bool(row.uses) and all(state.is_served for _, state in row.uses)
    if not row.name.is_own:
        del done["Nom prouvé"]
    return road(list(done), [*done.values(), False].index(False))
