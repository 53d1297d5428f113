"""Diagnosis of a name: what the DNS said of it beside the records wanted, and what to do about it. Pure.

Records that mean one thing together (the addresses of a host, the servers of a domain) are one check: what is wanted,
what was found, how it weighs, a French sentence, a remedy, and what is to be copied or removed.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from socle.domains.contract import FAILED, HERE, THERE, Heard, Told
from socle.domains.records import PROOF_LABEL, TTL, Record, When, as_text, canonical, is_under, merged_spf, read_text
from socle.lib.domains import zone_of

# Of the mechanisms that make a receiver ask the DNS again, ten at most are followed (RFC 7208, 4.6.4).
MOST_LOOKUPS = 10
LOOKS_UP = re.compile(r"[+?~-]?(?:include:|a(?:[:/]|$)|mx(?:[:/]|$)|ptr|exists:|redirect=)", re.IGNORECASE)


class Level(StrEnum):
    """How a check weighs."""

    OK = "ok"
    WRONG = "wrong"
    MISSING = "missing"
    # Right for those who wrote it, and what would be lost if it changed too soon.
    DANGER = "danger"
    # Done, and not yet known everywhere.
    SOON = "soon"
    # Nobody answered: nothing can be said.
    UNKNOWN = "unknown"
    ADVICE = "advice"


@dataclass(frozen=True)
class Check:
    """Comparison of wanted records with the DNS. `proposed` replaces them, when other ones are to be copied."""

    wanted: tuple[Record, ...]
    level: Level
    sentence: str
    remedy: str = ""
    found: tuple[str, ...] = ()
    proposed: tuple[Record, ...] | None = None
    to_remove: tuple[Record, ...] = ()

    @property
    def name(self) -> str:
        return self.wanted[0].name

    @property
    def type(self) -> str:
        return self.wanted[0].type

    @property
    def is_advised(self) -> bool:
        return self.wanted[0].is_advised

    @property
    def to_copy(self) -> tuple[Record, ...]:
        """Return the records that remain to be written; none when it is right."""
        if self.level in (Level.OK, Level.SOON, Level.UNKNOWN):
            return ()
        return self.wanted if self.proposed is None else self.proposed


@dataclass(frozen=True)
class Diagnosis:
    """All that was found of a name. `former`: the servers of others to which its mail is brought today."""

    checks: tuple[Check, ...] = ()
    former: tuple[str, ...] = ()
    is_mail_here: bool | None = None

    @property
    def is_right(self) -> bool | None:
        """Whether all that is needed is there for everybody; None when nothing can be said yet."""
        return _weigh(self.checks)

    def is_right_for(self, use: str, *, is_proved: bool = False) -> bool | None:
        """The same for one use, whose proof counts unless it `is_proved` already, or served before it was asked."""
        ours = [one for one in self.checks if one.wanted[0].use in ("", use)]
        return _weigh(one for one in ours if not (is_proved and is_proof(one.wanted[0])))

    def of(self, *levels: Level) -> list[Check]:
        return [one for one in self.checks if one.level in levels]


def is_proof(record: Record) -> bool:
    """Whether this record proves whose the name is."""
    return record.name.startswith(f"{PROOF_LABEL}.")


def _weigh(checks: Iterable[Check]) -> bool | None:
    needed = {one.level for one in checks if not one.is_advised}
    if needed & {Level.WRONG, Level.MISSING, Level.DANGER}:
        return False
    return None if not needed or needed & {Level.UNKNOWN, Level.SOON} else True


def questions(records: Iterable[Record]) -> list[tuple[str, str]]:
    """List the questions to ask, as (name, type), once each."""
    asked: list[tuple[str, str]] = []
    for one in records:
        if one.is_leading:
            asked += [(one.name, "A"), (one.name, "AAAA"), *((name, "CAA") for name in _above(one.name))]
        else:
            asked.append((one.name, one.type))
    return list(dict.fromkeys(asked))


def _above(name: str) -> list[str]:
    """A name and those above it, up to the registered one: where an authority may be named (RFC 8659)."""
    names, zone = [name], zone_of(name)
    while name != zone and is_under(name, zone):
        name = name.partition(".")[2]
        names.append(name)
    return names


def diagnose(heard: Heard, records: Sequence[Record]) -> Diagnosis:
    """Explain what was heard where these records are wanted."""
    hosts = list(dict.fromkeys(one.name for one in records if one.is_leading))
    checks: list[Check] = []
    former: tuple[str, ...] = ()
    is_mail_here: bool | None = None
    for wanted in _together(records):
        if wanted[0].is_leading:
            one = _host(heard, wanted)
        elif wanted[0].type == "CAA":
            one = _certificates(heard, wanted, hosts)
        else:
            one = _look(heard, wanted)
        if one.level == Level.MISSING and one.is_advised:
            one = replace(one, level=Level.ADVICE)
        checks.append(one)
        if one.type == "MX":
            former, is_mail_here = _follow_mail(heard, one)
    return Diagnosis(tuple(checks), former, is_mail_here)


def _together(records: Sequence[Record]) -> list[tuple[Record, ...]]:
    """Records that are judged as one: the addresses of a host, the servers of a domain; each text by itself."""
    groups: dict[tuple[str, ...], list[Record]] = {}
    for one in records:
        kind = _kind_of(one) if one.type == "TXT" else "" if one.is_leading else one.type
        groups.setdefault((one.name, kind), []).append(one)
    return [tuple(group) for group in groups.values()]


def _kind_of(record: Record) -> str:
    """How texts of this kind begin: `v=spf1`, `path=…`."""
    return record.text.partition(" ")[0].partition(";")[0].lower()


def _silent(wanted: tuple[Record, ...]) -> Check:
    return Check(
        wanted,
        Level.UNKNOWN,
        "Le DNS n’a pas répondu\u00a0: rien ne peut être dit pour l’instant.",
        "Une nouvelle vérification aura lieu d’elle-même. Si cela dure, le domaine est peut-être expiré, ou ses "
        "serveurs de noms sont arrêtés\u00a0: voyez auprès de votre bureau d’enregistrement.",
    )


def _not_believed(right: Check) -> Check:
    return replace(
        right,
        level=Level.UNKNOWN,
        sentence="Les serveurs du domaine disent juste, mais les autres n’acceptent pas leur réponse.",
        remedy="Le plus souvent, DNSSEC a été laissé en place lors d’un changement de bureau d’enregistrement\u00a0: "
        "demandez-lui de le vérifier.",
    )


def _on_its_way(right: Check, late: Iterable[Told]) -> Check:
    wait = max((line.ttl for line in late), default=0)
    remedy = f"elle s’efface en {_duration(wait)} au plus." if wait else "elle s’efface d’elle-même."
    return replace(
        right,
        level=Level.SOON,
        sentence="C’est corrigé à la source, mais l’ancienne réponse est encore en mémoire ailleurs.",
        remedy=f"Rien à faire\u00a0: {remedy}",
    )


def _look(heard: Heard, wanted: tuple[Record, ...]) -> Check:
    """Judge what the servers of the domain say, then what the others hear."""
    name, kind = wanted[0].name, wanted[0].type
    here, best = heard.of(name, kind, HERE), heard.best(name, kind)
    if not best or all(line.kind == FAILED for line in best):
        return _silent(wanted)
    one = _judge(_values(best, kind), wanted)
    if one.level != Level.OK or any(line.source == HERE for line in best) or not here:
        return one
    if _judge(_values(here, kind), wanted).level == Level.OK:
        return one
    return _not_believed(one) if any(line.kind == FAILED for line in here) else _on_its_way(one, here)


def _values(lines: Iterable[Told], kind: str) -> tuple[str, ...]:
    return tuple(line.value for line in lines if line.kind == kind)


def _judge(told: tuple[str, ...], wanted: tuple[Record, ...]) -> Check:
    kind = wanted[0].type
    if kind == "MX":
        return _servers_of_mail(told, wanted)
    if kind == "TXT":
        return _text(told, wanted[0])
    if not told:
        return _missing(wanted)
    contents = {canonical(kind, one.content) for one in wanted}
    found = {canonical(kind, one) for one in told}
    if contents <= found or (kind == "SRV" and {_target(one) for one in contents} & {_target(one) for one in found}):
        return Check(wanted, Level.OK, "Juste.", found=told)
    where = _listed(sorted(_server(one) for one in found))
    return Check(
        wanted, Level.WRONG, f"Mène à {where}, et non ici.", "Remplacez la valeur par celle qui est indiquée.", told
    )


def _target(content: str) -> str:
    return " ".join(content.split()[2:])


def _server(content: str) -> str:
    return content.rpartition(" ")[2].rstrip(".").lower()


def _missing(wanted: tuple[Record, ...]) -> Check:
    return Check(wanted, Level.MISSING, "Manque\u00a0: personne ne l’a encore écrit.", "Ajoutez-le.")


# --- Where visitors go -----------------------------------------------------------------------------------------------
def _host(heard: Heard, wanted: tuple[Record, ...]) -> Check:
    """Whether a host leads to our web servers, by its addresses or by an alias, for everybody."""
    host = wanted[0].name
    ours = {one.content for one in wanted if one.type != "CNAME"}.union(*(one.addresses or () for one in wanted))
    if not ours:
        return Check(
            wanted,
            Level.UNKNOWN,
            "L’opérateur n’a pas encore dit à quelle adresse mènent les sites.",
            "Son équipe technique renseigne SOCLE_SITES_ADDRESSES\u00a0; vous n’avez rien à faire.",
        )
    here = [line for kind in ("A", "AAAA") for line in heard.of(host, kind, HERE)]
    there = [line for kind in ("A", "AAAA") for line in heard.of(host, kind, THERE) if line.kind != FAILED]
    has_failed = any(line.kind == FAILED for line in here) or not here
    if not there and has_failed:
        return _silent(wanted)
    told = _followed([line for line in there or here if line.kind in _LEADS], here)
    if not told:
        sentence = f"«\u00a0{host}\u00a0» ne mène nulle part\u00a0: aucun enregistrement ne porte ce nom."
        return Check(wanted, Level.MISSING, sentence, "Ajoutez ce qui est donné à copier.")
    one = _led(host, told, wanted, ours)
    if one.level == Level.WRONG:
        return one
    if has_failed:
        return _not_believed(one)
    late = [line for line in here if line.kind in _LEADS and not _is_ours(line, wanted, ours)]
    if there and late and _addresses(here) != _addresses(told):
        return _on_its_way(one, late)
    return one


_LEADS = ("A", "AAAA", "CNAME")


def _followed(lines: list[Told], here: list[Told]) -> list[Told]:
    """Follow an alias that leaves the domain: its own servers do not know where it leads, the resolvers do."""
    aliases = set(_values(lines, "CNAME"))
    if aliases and not _addresses(lines) and aliases == set(_values(here, "CNAME")):
        return lines + [line for line in here if line.kind in ("A", "AAAA")]
    return lines


def _led(host: str, told: list[Told], wanted: tuple[Record, ...], ours: set[str]) -> Check:
    found = tuple(dict.fromkeys(line.value for line in told))
    aliases, addresses = sorted(set(_values(told, "CNAME"))), _addresses(told)
    right = Check(wanted, Level.OK, f"«\u00a0{host}\u00a0» mène au bon endroit.", found=found)
    # The alias of someone else that leads to our addresses does the job.
    if any(_is_ours(line, wanted, ours) for line in told if line.kind == "CNAME") or (
        aliases and addresses and addresses <= ours
    ):
        return right
    if aliases:
        return Check(
            wanted,
            Level.WRONG,
            f"«\u00a0{host}\u00a0» est un alias de «\u00a0{aliases[0].rstrip('.')}\u00a0», qui ne mène pas ici.",
            "Remplacez cet enregistrement CNAME par ce qui est donné à copier.",
            found,
            to_remove=tuple(Record(host, "CNAME", TTL, one, "") for one in aliases),
        )
    said: list[str] = []
    gone: list[Record] = []
    new: list[Record] = []
    for kind in ("A", "AAAA"):
        mine = {one for one in ours if _type_of(one) == kind}
        there = {one for one in addresses if _type_of(one) == kind}
        if others := sorted(there - mine):
            gone += [Record(host, kind, TTL, one, "") for one in others]
            is_forgotten = kind == "AAAA" and not said and any(_type_of(one) == "A" for one in addresses)
            said.append(_leads_elsewhere(host, others, is_forgotten=is_forgotten))
        if kind == "A" and mine and not there:
            said.append(f"«\u00a0{host}\u00a0» n’a pas d’adresse IPv4\u00a0: beaucoup de visiteurs ne le trouvent pas.")
        if mine and not there & mine and (others or kind == "A"):
            new += [Record(host, kind, TTL, one, "Mène au site de la commune.") for one in sorted(mine)]
    if said:
        remedy = "Supprimez, puis ajoutez ce que la page indique." if gone else "Ajoutez l’enregistrement indiqué."
        return Check(wanted, Level.WRONG, " ".join(said), remedy, found, tuple(new), tuple(gone))
    six = [one for one in ours if _type_of(one) == "AAAA"]
    if six and not any(_type_of(one) == "AAAA" for one in addresses):
        return replace(
            right,
            level=Level.ADVICE,
            sentence=f"«\u00a0{host}\u00a0» mène au bon endroit, mais ne répond pas encore en IPv6.",
            remedy="Le site fonctionne sans\u00a0; l’ajout est conseillé.",
            proposed=tuple(Record(host, "AAAA", TTL, one, "Mène au site, en IPv6.", is_advised=True) for one in six),
        )
    return right


def _leads_elsewhere(host: str, others: list[str], *, is_forgotten: bool) -> str:
    if is_forgotten:
        return (
            f"L’adresse IPv6 de «\u00a0{host}\u00a0» a été oubliée\u00a0: elle mène encore à {_listed(others)}, si "
            "bien qu’une partie des visiteurs arrive à l’ancien site."
        )
    are = "n’est" if len(others) == 1 else "ne sont"
    return f"«\u00a0{host}\u00a0» mène à {_listed(others)}, qui {are} pas ici."


def _type_of(address: str) -> str:
    return "AAAA" if ipaddress.ip_address(address).version == 6 else "A"


def _addresses(lines: Iterable[Told]) -> set[str]:
    return {line.value for line in lines if line.kind in ("A", "AAAA")}


def _is_ours(line: Told, wanted: Sequence[Record], ours: set[str]) -> bool:
    if line.kind == "CNAME":
        return any(one.type == "CNAME" and _server(one.content) == _server(line.value) for one in wanted)
    return line.value in ours


def _certificates(heard: Heard, wanted: tuple[Record, ...], hosts: Sequence[str]) -> Check:
    """Whether our certificates are allowed: for each host, the nearest name that says something decides (RFC 8659)."""
    ours = {read_text(one.content.split(" ", 2)[2]).lower() for one in wanted}
    found: tuple[str, ...] = ()
    for host in dict.fromkeys((wanted[0].name, *hosts)):
        for name in _above(host):
            told = _values(heard.of(name, "CAA", HERE) or heard.best(name, "CAA"), "CAA")
            if not told:
                continue
            found = found or told
            allowed = {issuer for one in told if (issuer := _issuer(one)) is not None}
            if allowed and not allowed & ours:
                return _forbidden(name, told, allowed - {""}, wanted)
            break
    if found:
        return Check(wanted, Level.OK, "Juste.", found=found)
    lines = heard.best(wanted[0].name, "CAA")
    return _silent(wanted) if not lines or all(line.kind == FAILED for line in lines) else _missing(wanted)


def _issuer(content: str) -> str | None:
    _, tag, value = [*content.split(None, 2), "", "", ""][:3]
    return read_text(value).partition(";")[0].strip().lower() if tag.lower() == "issue" else None


def _forbidden(name: str, told: tuple[str, ...], others: set[str], wanted: tuple[Record, ...]) -> Check:
    said = f"n’autorise que {_listed(sorted(others))}" if others else "interdit tout certificat"
    remedy = "sans retirer les autres." if others else "à la place de celui dont la valeur est «\u00a0;\u00a0»."
    return Check(
        # Nothing answers safely without certificates: it is needed.
        tuple(replace(one, is_advised=False) for one in wanted),
        Level.WRONG,
        f"Un enregistrement CAA de «\u00a0{name}\u00a0» {said}\u00a0: nos certificats seraient refusés.",
        f"Ajoutez celui qui est indiqué, {remedy}",
        told,
        (replace(wanted[0], name=name, is_advised=False),),
    )


def _follow_mail(heard: Heard, one: Check) -> tuple[tuple[str, ...], bool | None]:
    """Say where mail goes for those who bring it: they ask the resolvers."""
    ours = {_server(record.content) for record in one.wanted}
    here = heard.of(one.name, "MX", HERE)
    if not here or any(line.kind == FAILED for line in here):
        return (), None
    told = {_server(line.value) for line in here if line.kind == "MX"}
    there = {_server(line.value) for line in heard.best(one.name, "MX") if line.kind == "MX"}
    return tuple(sorted((told | there) - ours - {""})), bool(told) and told <= ours


# --- Where mail goes -------------------------------------------------------------------------------------------------
def _servers_of_mail(told: tuple[str, ...], wanted: tuple[Record, ...]) -> Check:
    ours = {_server(one.content) for one in wanted} - {""}
    found = {_server(one) for one in told} - {""}
    others = sorted(found - ours)
    if not told:
        return _missing(wanted)
    if ours and not found:
        level, sentence = Level.WRONG, "Le domaine dit qu’il ne reçoit aucun courrier (MX 0 .)."
        remedy = "Remplacez cette ligne par celles qui sont indiquées."
    elif not others:
        if missing := tuple(one for one in wanted if _server(one.content) not in {*found, ""}):
            sentence = "Le courrier arrive ici, mais il manque un serveur de secours."
            return Check(wanted, Level.ADVICE, sentence, "Ajoutez la ligne qui manque.", told, missing)
        return Check(wanted, Level.OK, "Le courrier arrive ici." if ours else "Juste.", found=told)
    elif found & ours:
        level, sentence = Level.WRONG, f"Une partie du courrier va encore à {_listed(others)}."
        remedy = "Supprimez ces anciennes lignes MX, une fois l’ancien courrier repris."
    elif wanted[0].when == When.NOW:
        level, sentence = Level.WRONG, f"Le courrier arrive à {_listed(others)}, et non ici."
        remedy = "Remplacez toutes les lignes MX par celles qui sont indiquées."
    else:
        level, sentence = Level.DANGER, f"Le courrier arrive aujourd’hui à {_listed(others)}."
        remedy = (
            "Ne changez rien à cette ligne avant d’avoir créé les boîtes et repris l’ancien courrier\u00a0: suivez "
            "l’ordre indiqué en haut de la page."
        )
    return Check(wanted, level, sentence, remedy, told)


# --- Texts -----------------------------------------------------------------------------------------------------------
def _text(told: tuple[str, ...], wanted: Record) -> Check:
    kind = _kind_of(wanted)
    texts = tuple(text for text in map(read_text, told) if text.strip().lower().startswith(kind))
    if not texts:
        return _missing((wanted,))
    if len(texts) > 1 and kind != "path":
        begins = texts[0].partition(" ")[0]
        return Check(
            (wanted,),
            Level.WRONG,
            f"Ce nom porte {len(texts)} textes «\u00a0{begins}\u00a0»\u00a0: les autres serveurs les ignorent tous.",
            "N’en gardez qu’un\u00a0: celui qui est indiqué.",
            texts,
        )
    judge = _JUDGES.get(kind, _same)
    level, sentence, remedy, *proposed = judge(texts[0], wanted) or (Level.OK, "Juste.", "")
    return Check((wanted,), level, sentence, remedy, texts, tuple(proposed) or None)


def tags(text: str) -> dict[str, str]:
    """Read `k=v; k=v`: names in lower case, the first of two wins; « sp=none; p=reject » says p=reject."""
    read: dict[str, str] = {}
    for piece in text.split(";"):
        name, is_there, value = piece.partition("=")
        if is_there:
            read.setdefault(name.strip().lower(), value.strip())
    return read


# What is wrong with a text, as (level, sentence, remedy), with the record to copy when it is not the one wanted; None
# when it is right.
_Fault = tuple[Level, str, str] | tuple[Level, str, str, Record] | None


def _same(text: str, wanted: Record) -> _Fault:
    if " ".join(text.split()) == " ".join(wanted.text.split()):
        return None
    return Level.WRONG, "Le texte n’est pas le bon.", "Remplacez-le par celui qui est indiqué."


def _spf(text: str, wanted: Record) -> _Fault:
    terms = text.split()[1:]
    lowered = [term.lower() for term in terms]
    ours = wanted.text.split()[1:-1]
    proposal = replace(wanted, content=as_text(merged_spf(text, wanted.text)))
    if any(term in ("+all", "all") for term in lowered):
        sentence = "Le texte autorise n’importe qui à envoyer au nom de la commune («\u00a0+all\u00a0»)."
        return Level.WRONG, sentence, "Remplacez-le par celui qui est indiqué.", proposal
    if ours and not set(ours) & {term.lstrip("+") for term in lowered}:
        return (
            Level.WRONG,
            "Nos serveurs n’y sont pas nommés\u00a0: ce qu’ils envoient serait tenu pour suspect.",
            "Remplacez-le par celui qui est indiqué\u00a0: il garde ce qui y était. Les autres s’en retirent quand "
            "plus rien ne part de l’ancien prestataire.",
            proposal,
        )
    if sum(bool(LOOKS_UP.match(term)) for term in terms) > MOST_LOOKUPS:
        sentence = f"Le texte renvoie à plus de {MOST_LOOKUPS} autres noms\u00a0: il est ignoré."
        return Level.WRONG, sentence, "Retirez-en les services dont la commune ne se sert plus."
    return None


def _dkim(text: str, wanted: Record) -> _Fault:
    if "".join(tags(text).get("p", "").split()) == tags(wanted.text)["p"]:
        return None
    return (
        Level.WRONG,
        "La clé n’est pas la bonne, ou il en manque une partie.",
        "Copiez-la d’un seul tenant. Si le formulaire la refuse, collez-la en morceaux de 255 caractères, entre "
        "guillemets.",
    )


def _dmarc(text: str, wanted: Record) -> _Fault:
    told, ours = tags(text), tags(wanted.text)
    policy = told.get("p", "").lower()
    if policy not in ("quarantine", "reject") or (policy == "quarantine" and told.get("pct", "100") != "100"):
        said = "ne demande rien aux autres serveurs" if policy in ("", "none") else "ne vaut que pour une partie"
        sentence = f"La consigne {said}\u00a0: on peut usurper le nom de la commune."
        return Level.WRONG, sentence, "Remplacez-le par celui qui est indiqué."
    if ours.get("rua", "").lower() not in told.get("rua", "").lower():
        return (
            Level.ADVICE,
            "Juste, mais l’opérateur ne reçoit pas les rapports qui montrent qui usurpe le nom de la commune.",
            f"Ajoutez {ours['rua']} à la suite de rua=, après une virgule.",
        )
    if policy != ours["p"] and ours["p"] == "reject":
        return (
            Level.ADVICE,
            "Juste. La messagerie est en service depuis assez longtemps pour faire refuser ce qui usurpe le nom.",
            "Quand les rapports n’annoncent plus rien d’inattendu, remplacez quarantine par reject.",
        )
    return None


def _reports(text: str, wanted: Record) -> _Fault:
    if tags(wanted.text)["rua"].lower() in tags(text).get("rua", "").lower():
        return None
    return Level.ADVICE, "Les rapports ne vont pas à l’opérateur.", "Ajoutez l’adresse indiquée."


_JUDGES: dict[str, Callable[[str, Record], _Fault]] = {
    "v=spf1": _spf,
    "v=dkim1": _dkim,
    "v=dmarc1": _dmarc,
    "v=tlsrptv1": _reports,
}


def _listed(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} et {values[-1]}"


def _duration(seconds: int) -> str:
    minutes = max(1, -(-seconds // 60))
    if minutes < 120:
        return f"{minutes}\u00a0minute{'s' if minutes > 1 else ''}"
    return f"{-(-minutes // 60)}\u00a0heures"
