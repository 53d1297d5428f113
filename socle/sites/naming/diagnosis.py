"""Diagnosis of the DNS of a name: what is right, what is not, what to do about it. Pure: nothing is asked."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from socle.sites.contract import AAAA, CNAME, FAILED, HERE, NONE, THERE, A, Line, Seen
from socle.sites.naming.words import Expected, Record, label_of, zone_of


class Level(StrEnum):
    """How a finding weighs."""

    OK = "ok"
    WRONG = "wrong"
    # Done, and not yet known everywhere.
    SOON = "soon"
    # Nobody answered: nothing can be said.
    UNKNOWN = "unknown"
    ADVICE = "advice"


@dataclass(frozen=True)
class Finding:
    """One thing to know about one host."""

    level: Level
    host: str
    sentence: str
    remedy: str = ""


@dataclass
class Diagnosis:
    """What was found, and the records to write and to remove."""

    findings: list[Finding] = field(default_factory=list)
    to_add: list[Record] = field(default_factory=list)
    to_remove: list[Record] = field(default_factory=list)

    @property
    def is_right(self) -> bool | None:
        """Whether the name leads here for everybody; None when nothing can be said yet."""
        levels = {one.level for one in self.findings}
        if Level.WRONG in levels:
            return False
        return None if levels & {Level.UNKNOWN, Level.SOON} or not levels else True

    def say(self, level: Level, host: str, sentence: str, remedy: str = "") -> None:
        self.findings.append(Finding(level, host, sentence, remedy))

    def add(self, *records: Record) -> None:
        self.to_add += [one for one in records if one not in self.to_add]

    def remove(self, *records: Record) -> None:
        self.to_remove += [one for one in records if one not in self.to_remove]


@dataclass(frozen=True)
class Proof:
    """What a zone is to say, and where, before its name serves; `is_late` when it serves already."""

    host: str
    text: str
    is_late: bool = False

    def record(self, zone: str) -> Record:
        """The record to write in this zone."""
        return Record(label_of(self.host, zone), "TXT", self.text)


def diagnose(
    seen: Seen, *, domain: str, hosts: Iterable[str], wanted: Expected, proof: Proof | None = None
) -> Diagnosis:
    """Explain what was seen of a name and of its hosts. `proof`: what is missing to know whose it is."""
    found = Diagnosis()
    zone = zone_of(domain)
    if not wanted.ipv4 and not wanted.ipv6:
        found.say(
            Level.UNKNOWN,
            domain,
            "L’opérateur n’a pas encore dit à quelle adresse mènent les sites.",
            "Son équipe technique renseigne SOCLE_SITES_ADDRESSES\u00a0; vous n’avez rien à faire.",
        )
        return found
    for host in hosts:
        _host(found, seen, host, zone, wanted)
    if proof is not None:
        found.say(
            Level.ADVICE if proof.is_late else Level.WRONG,
            domain,
            f"Rien ne prouve encore que «\u00a0{domain}\u00a0» est à votre organisme.",
            "Ajoutez l’enregistrement TXT indiqué ci-dessous\u00a0: seul qui tient le domaine peut l’écrire.",
        )
        found.add(proof.record(zone))
    for host in hosts:
        _authorities(found, seen, host, zone, wanted)
    return found


def _host(found: Diagnosis, seen: Seen, host: str, zone: str, wanted: Expected) -> None:
    label = label_of(host, zone)
    there, here = seen.of(host, THERE), seen.of(host, HERE)
    told_there = [line for line in there if line.kind != FAILED]
    has_failed_here = any(line.kind == FAILED for line in here) or not here
    if not told_there and has_failed_here:
        found.say(
            Level.UNKNOWN,
            host,
            "Le DNS n’a pas répondu\u00a0: rien ne peut être dit pour l’instant.",
            "Une nouvelle vérification aura lieu d’elle-même. Si cela dure, le domaine est peut-être expiré, ou ses "
            "serveurs de noms sont arrêtés\u00a0: voyez auprès de votre bureau d’enregistrement.",
        )
        return
    # The servers of the domain know of a change at once; the others, when their memory fades.
    lines = _followed(told_there or here, here, wanted)
    if all(line.kind == NONE for line in lines) or not [line for line in lines if line.kind in (A, AAAA, CNAME)]:
        found.say(
            Level.WRONG,
            host,
            f"«\u00a0{host}\u00a0» ne mène nulle part\u00a0: aucun enregistrement ne porte ce nom.",
            "Ajoutez ce qui est indiqué ci-dessous.",
        )
        found.add(*_records(label, host, zone, wanted))
        return
    problems = _wrong(found, lines, host, label, zone, wanted)
    if problems:
        return
    if has_failed_here:
        found.say(
            Level.UNKNOWN,
            host,
            "Les serveurs du domaine donnent la bonne adresse, mais les autres n’acceptent pas leur réponse.",
            "Le plus souvent, DNSSEC a été laissé en place lors d’un changement de bureau d’enregistrement\u00a0: "
            "demandez-lui de le vérifier.",
        )
        return
    late = [line for line in here if not _is_ours(line, wanted)]
    if told_there and late and _addresses(here) != _addresses(lines):
        wait = max(line.ttl for line in late)
        found.say(
            Level.SOON,
            host,
            "C’est corrigé à la source, mais l’ancienne adresse est encore en mémoire ailleurs.",
            f"Rien à faire\u00a0: elle s’efface en {_duration(wait)} au plus.",
        )
        return
    found.say(Level.OK, host, f"«\u00a0{host}\u00a0» mène au bon endroit.")
    if wanted.ipv6 and not any(line.kind == AAAA for line in lines) and not _has_alias(lines, wanted):
        found.say(
            Level.ADVICE,
            host,
            f"«\u00a0{host}\u00a0» ne répond pas encore en IPv6.",
            "Le site fonctionne sans\u00a0; l’ajout est conseillé.",
        )
        found.add(*(Record(label, AAAA, one) for one in wanted.ipv6))


def _followed(lines: list[Line], here: list[Line], wanted: Expected) -> list[Line]:
    """Follow an alias that leaves the domain: its own servers do not know where it leads, the resolvers do."""
    aliases = {line.value for line in lines if line.kind == CNAME}
    if aliases and not _addresses(lines) and aliases == {line.value for line in here if line.kind == CNAME}:
        return lines + [line for line in here if line.kind in (A, AAAA)]
    return lines


def _wrong(found: Diagnosis, lines: list[Line], host: str, label: str, zone: str, wanted: Expected) -> bool:
    """Say what of these lines leads elsewhere; return whether anything does."""
    if _has_alias(lines, wanted):
        return False
    aliases = sorted({line.value for line in lines if line.kind == CNAME})
    addresses = _addresses(lines)
    ours = {*wanted.ipv4, *wanted.ipv6}
    # The alias of someone else that leads to our addresses does the job.
    if aliases and addresses and addresses <= ours:
        return False
    if aliases:
        found.say(
            Level.WRONG,
            host,
            f"«\u00a0{host}\u00a0» est un alias de «\u00a0{aliases[0]}\u00a0», qui ne mène pas ici.",
            "Remplacez cet enregistrement CNAME par ce qui est indiqué ci-dessous.",
        )
        found.remove(*(Record(label, CNAME, f"{one}.") for one in aliases))
        found.add(*_records(label, host, zone, wanted))
        return True
    before = len(found.findings)
    four = {one for one in addresses if ipaddress.ip_address(one).version == 4}
    six = addresses - four
    for kind, told, right in ((A, four, set(wanted.ipv4)), (AAAA, six, set(wanted.ipv6))):
        if not (others := sorted(told - right)):
            continue
        found.remove(*(Record(label, kind, one) for one in others))
        if kind == AAAA and four and four <= set(wanted.ipv4):
            sentence = (
                f"L’adresse IPv6 de «\u00a0{host}\u00a0» a été oubliée\u00a0: elle mène encore à {_listed(others)}, si "
                "bien qu’une partie des visiteurs arrive à l’ancien site."
            )
        else:
            are = "n’est" if len(others) == 1 else "ne sont"
            sentence = f"«\u00a0{host}\u00a0» mène à {_listed(others)}, qui {are} pas ici."
        these = "cet enregistrement" if len(others) == 1 else "ces enregistrements"
        found.say(Level.WRONG, host, sentence, f"Supprimez {these} {kind}.")
        if right and not told & right:
            found.add(*(Record(label, kind, one) for one in sorted(right)))
    if wanted.ipv4 and not four & set(wanted.ipv4):
        if not four:
            found.say(
                Level.WRONG,
                host,
                f"«\u00a0{host}\u00a0» n’a pas d’adresse IPv4\u00a0: beaucoup de visiteurs ne le trouvent pas.",
                "Ajoutez l’enregistrement A indiqué ci-dessous.",
            )
        found.add(*(Record(label, A, one) for one in wanted.ipv4))
    return len(found.findings) > before


def _authorities(found: Diagnosis, seen: Seen, host: str, zone: str, wanted: Expected) -> None:
    """Say whether a CAA record forbids our authority: the nearest one decides (RFC 8659)."""
    name = host
    while not (named := seen.caa(name)):
        if name == zone or "." not in name:
            return
        name = name.partition(".")[2]
    allowed = sorted({line.value.partition(";")[0].strip().lower() for line in named})
    if not wanted.authorities or set(allowed) & set(wanted.authorities):
        return
    if any(one.level == Level.WRONG and one.host == name and "CAA" in one.sentence for one in found.findings):
        return
    if others := [one for one in allowed if one]:
        sentence = (
            f"Un enregistrement CAA de «\u00a0{name}\u00a0» n’autorise que {_listed(others)}\u00a0: le certificat du "
            "site serait refusé."
        )
        remedy = "Ajoutez celui qui est indiqué ci-dessous, sans retirer les autres."
    else:
        sentence = f"Un enregistrement CAA de «\u00a0{name}\u00a0» interdit tout certificat."
        remedy = "Remplacez celui dont la valeur est «\u00a0;\u00a0» par celui qui est indiqué ci-dessous."
    found.say(Level.WRONG, name, sentence, remedy)
    found.add(*(Record(label_of(name, zone), "CAA", f'0 issue "{one}"') for one in wanted.authorities[:1]))


def _records(label: str, host: str, zone: str, wanted: Expected) -> list[Record]:
    if host != zone:
        return [Record(label, CNAME, f"{wanted.alias}.")]
    return [Record(label, A, one) for one in wanted.ipv4] + [Record(label, AAAA, one) for one in wanted.ipv6]


def _addresses(lines: Iterable[Line]) -> set[str]:
    return {line.value for line in lines if line.kind in (A, AAAA)}


def _has_alias(lines: Iterable[Line], wanted: Expected) -> bool:
    return any(line.kind == CNAME and line.value == wanted.alias for line in lines)


def _is_ours(line: Line, wanted: Expected) -> bool:
    return line.value in {*wanted.ipv4, *wanted.ipv6} or (line.kind == CNAME and line.value == wanted.alias)


def _listed(values: list[str]) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} et {values[-1]}"


def _duration(seconds: int) -> str:
    minutes = max(1, -(-seconds // 60))
    if minutes < 120:
        return f"{minutes}\u00a0minute{'s' if minutes > 1 else ''}"
    return f"{-(-minutes // 60)}\u00a0heures"
