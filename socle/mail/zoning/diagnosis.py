"""Diagnosis of the DNS of a domain of mail: right, wrong, missing or in danger. Pure: nothing is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from socle.mail.contract import FAILED, HERE, THERE, Heard, Told
from socle.mail.records import Record, Servers, as_text, merged_spf, read_text
from socle.mail.zoning.planning import canonical

# Of the mechanisms that make a receiver ask the DNS again, ten at most are followed (RFC 7208, 4.6.4).
MOST_LOOKUPS = 10
LOOKS_UP = re.compile(r"[+?~-]?(?:include:|a(?:[:/]|$)|mx(?:[:/]|$)|ptr|exists:|redirect=)", re.IGNORECASE)


class Level(StrEnum):
    """How a finding weighs."""

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
class Finding:
    """What was found where some records are wanted. `proposed` replaces them, when what is there has to be kept."""

    level: Level
    wanted: tuple[Record, ...]
    found: tuple[str, ...]
    sentence: str
    remedy: str = ""
    proposed: tuple[Record, ...] = ()

    @property
    def name(self) -> str:
        return self.wanted[0].name

    @property
    def type(self) -> str:
        return self.wanted[0].type

    @property
    def to_copy(self) -> tuple[Record, ...]:
        """What remains to be written; nothing when it is right."""
        return () if self.level in (Level.OK, Level.SOON, Level.UNKNOWN) else self.proposed or self.wanted


@dataclass
class Diagnosis:
    """All that was found of a domain."""

    findings: list[Finding] = field(default_factory=list)
    # The servers to which mail is brought today, when they are not ours.
    former: tuple[str, ...] = ()
    is_mail_here: bool | None = None

    @property
    def is_right(self) -> bool | None:
        """Whether all that the mail needs is there for everybody; None when nothing can be said yet."""
        needed = {one.level for one in self.findings if not one.wanted[0].is_advised}
        if needed & {Level.WRONG, Level.MISSING, Level.DANGER}:
            return False
        return None if not needed or needed & {Level.UNKNOWN, Level.SOON} else True

    def of(self, *levels: Level) -> list[Finding]:
        return [one for one in self.findings if one.level in levels]


def questions(records: Iterable[Record]) -> list[tuple[str, str]]:
    """What to ask, once each."""
    return list(dict.fromkeys((one.name, one.type) for one in records))


def diagnose(heard: Heard, records: Sequence[Record], *, servers: Servers, is_in_service: bool) -> Diagnosis:
    """Explain what was heard where these records are wanted."""
    found = Diagnosis()
    for wanted in _together(records):
        one = _look(heard, wanted, servers=servers, is_in_service=is_in_service)
        if one.level == Level.MISSING and one.wanted[0].is_advised:
            one = replace(one, level=Level.ADVICE)
        found.findings.append(one)
        if one.type == "MX":
            _follow_mail(found, heard, one)
    return found


def _together(records: Sequence[Record]) -> list[tuple[Record, ...]]:
    """Records that are judged as one: the servers of a domain, its authorities; each text by itself."""
    groups: dict[tuple[str, ...], list[Record]] = {}
    for one in records:
        kind = read_text(one.content).partition(" ")[0].partition(";")[0] if one.type == "TXT" else ""
        groups.setdefault((one.name, one.type, kind), []).append(one)
    return [tuple(group) for group in groups.values()]


def _follow_mail(found: Diagnosis, heard: Heard, one: Finding) -> None:
    """Say where mail goes for those who bring it: they ask the resolvers."""
    ours = {_server(record.content) for record in one.wanted}
    here = heard.of(one.name, "MX", HERE)
    if not here or any(line.kind == FAILED for line in here):
        return
    told = {_server(line.value) for line in here if line.kind == "MX"}
    found.is_mail_here = bool(told) and told <= ours
    there = {_server(line.value) for line in _best(heard, one.name, "MX") if line.kind == "MX"}
    found.former = tuple(sorted((told | there) - ours - {""}))


def _best(heard: Heard, name: str, kind: str) -> list[Told]:
    """What the servers of the domain say; they know of a change at once. Else, what the resolvers say."""
    there = [line for line in heard.of(name, kind, THERE) if line.kind != FAILED]
    return there or heard.of(name, kind, HERE)


def _look(heard: Heard, wanted: tuple[Record, ...], *, servers: Servers, is_in_service: bool) -> Finding:
    name, kind = wanted[0].name, wanted[0].type
    here = heard.of(name, kind, HERE)
    best = _best(heard, name, kind)
    if not best or all(line.kind == FAILED for line in best):
        return Finding(
            Level.UNKNOWN, wanted, (), "Le DNS n’a pas répondu\u00a0: rien ne peut être dit pour l’instant.",
            "Une nouvelle vérification aura lieu d’elle-même.",
        )  # fmt: skip
    one = _judge(_values(best, kind), wanted, servers=servers, is_in_service=is_in_service)
    if one.level != Level.OK or any(line.source == HERE for line in best) or not here:
        return one
    as_others_see = _judge(_values(here, kind), wanted, servers=servers, is_in_service=is_in_service)
    if as_others_see.level == Level.OK:
        return one
    if any(line.kind == FAILED for line in here):
        return replace(
            one,
            level=Level.UNKNOWN,
            sentence="Les serveurs du domaine disent juste, mais les autres n’acceptent pas leur réponse.",
            remedy="Le plus souvent, DNSSEC a été laissé en place lors d’un changement de bureau "
            "d’enregistrement\u00a0: demandez-lui de le vérifier.",
        )
    wait = max((line.ttl for line in here), default=0)
    return replace(
        one,
        level=Level.SOON,
        sentence="C’est corrigé à la source, mais l’ancienne réponse est encore en mémoire ailleurs.",
        remedy=f"Rien à faire\u00a0: elle s’efface en {_duration(wait)} au plus."
        if wait
        else "Rien à faire qu’attendre.",
    )


def _values(lines: Iterable[Told], kind: str) -> tuple[str, ...]:
    return tuple(line.value for line in lines if line.kind == kind)


def _judge(told: tuple[str, ...], wanted: tuple[Record, ...], *, servers: Servers, is_in_service: bool) -> Finding:
    kind = wanted[0].type
    if kind == "MX":
        return _servers_of_mail(told, wanted, is_in_service=is_in_service)
    if kind == "CAA":
        return _certificates(told, wanted)
    if kind == "TXT":
        return _text(told, wanted[0], servers)
    if not told:
        return _missing(wanted)
    contents = {canonical(kind, one.content) for one in wanted}
    found = {canonical(kind, one) for one in told}
    if contents <= found or (kind == "SRV" and {_target(one) for one in contents} & {_target(one) for one in found}):
        return Finding(Level.OK, wanted, told, "Juste.")
    where = " et ".join(sorted(one.rpartition(" ")[2].rstrip(".") for one in found))
    return Finding(
        Level.WRONG, wanted, told, f"Mène à {where}, et non ici.", "Remplacez la valeur par celle qui est indiquée."
    )


def _target(content: str) -> str:
    return " ".join(content.split()[2:])


def _server(content: str) -> str:
    return content.rpartition(" ")[2].rstrip(".").lower()


def _missing(wanted: tuple[Record, ...]) -> Finding:
    return Finding(Level.MISSING, wanted, (), "Manque\u00a0: personne ne l’a encore écrit.", "Ajoutez-le.")


# --- Where mail goes -------------------------------------------------------------------------------------------------
def _servers_of_mail(told: tuple[str, ...], wanted: tuple[Record, ...], *, is_in_service: bool) -> Finding:
    ours = {_server(one.content) for one in wanted}
    found = {_server(one) for one in told} - {""}
    others = sorted(found - ours)
    if not found:
        if told:
            return Finding(
                Level.WRONG, wanted, told, "Le domaine dit qu’il ne reçoit aucun courrier (MX 0 .).",
                "Remplacez cette ligne par celles qui sont indiquées.",
            )  # fmt: skip
        return _missing(wanted)
    if not others:
        missing = [one for one in wanted if _server(one.content) not in found]
        if not missing:
            return Finding(Level.OK, wanted, told, "Le courrier arrive ici.")
        return Finding(
            Level.ADVICE,
            wanted,
            told,
            "Le courrier arrive ici, mais il manque un serveur de secours.",
            "Ajoutez la ligne qui manque.",
            tuple(missing),
        )
    listed = _listed(others)
    if found & ours:
        return Finding(
            Level.WRONG,
            wanted,
            told,
            f"Une partie du courrier va encore à {listed}.",
            "Supprimez ces anciennes lignes MX, une fois l’ancien courrier repris.",
        )
    if is_in_service:
        return Finding(
            Level.WRONG,
            wanted,
            told,
            f"Le courrier arrive à {listed}, et non ici.",
            "Remplacez toutes les lignes MX par celles qui sont indiquées.",
        )
    return Finding(
        Level.DANGER,
        wanted,
        told,
        f"Le courrier arrive aujourd’hui à {listed}.",
        "Ne changez rien à cette ligne avant d’avoir créé les boîtes et repris l’ancien courrier\u00a0: suivez l’ordre "
        "indiqué en haut de la page.",
    )


def _certificates(told: tuple[str, ...], wanted: tuple[Record, ...]) -> Finding:
    if not told:
        return _missing(wanted)
    allowed = set()
    for one in told:
        _, tag, value = [*one.split(None, 2), "", "", ""][:3]
        if tag.lower() == "issue":
            allowed.add(read_text(value).partition(";")[0].strip().lower())
    ours = {read_text(one.content.split(" ", 2)[2]).lower() for one in wanted}
    if not allowed or allowed & ours:
        return Finding(Level.OK, wanted, told, "Juste.")
    others = _listed(sorted(one for one in allowed if one)) if any(allowed) else ""
    said = f"n’autorise que {others}" if others else "interdit tout certificat"
    return Finding(
        Level.WRONG,
        wanted,
        told,
        f"Le domaine {said}\u00a0: les nôtres seraient refusés.",
        "Ajoutez la ligne indiquée, sans retirer les autres.",
    )


# --- Texts -----------------------------------------------------------------------------------------------------------
def _text(told: tuple[str, ...], wanted: Record, servers: Servers) -> Finding:
    kind = wanted.text.partition(" ")[0].partition(";")[0].lower()
    texts = [text for text in map(read_text, told) if text.strip().lower().startswith(kind)]
    found = tuple(texts)
    if not texts:
        return _missing((wanted,))
    if len(texts) > 1 and kind != "path":
        return Finding(
            Level.WRONG,
            (wanted,),
            found,
            f"Ce nom porte {len(texts)} textes «\u00a0{texts[0].partition(' ')[0]}\u00a0»\u00a0: les autres serveurs "
            "les ignorent tous.",
            "N’en gardez qu’un\u00a0: celui qui est indiqué.",
        )
    judge = {"v=spf1": _spf, "v=dkim1": _dkim, "v=dmarc1": _dmarc, "v=tlsrptv1": _reports}.get(kind)
    if judge is not None:
        return judge(texts[0], wanted, servers)
    if " ".join(texts[0].split()) == " ".join(wanted.text.split()):
        return Finding(Level.OK, (wanted,), found, "Juste.")
    return Finding(
        Level.WRONG, (wanted,), found, "Le texte n’est pas le bon.", "Remplacez-le par celui qui est indiqué."
    )


def tags(text: str) -> dict[str, str]:
    """Read `k=v; k=v`: names in lower case, the first of two wins; « sp=none; p=reject » says p=reject."""
    read: dict[str, str] = {}
    for piece in text.split(";"):
        name, is_there, value = piece.partition("=")
        if is_there:
            read.setdefault(name.strip().lower(), value.strip())
    return read


def _spf(text: str, wanted: Record, servers: Servers) -> Finding:
    terms = text.split()[1:]
    lowered = [term.lower() for term in terms]
    ours = wanted.text.split()[1:-1]
    proposal = replace(wanted, content=as_text(merged_spf(text, servers)))
    if any(term in ("+all", "all") for term in lowered):
        return Finding(
            Level.WRONG,
            (wanted,),
            (text,),
            "Le texte autorise n’importe qui à envoyer au nom de la commune («\u00a0+all\u00a0»).",
            "Remplacez-le par celui qui est indiqué.",
            (proposal,),
        )
    if ours and not set(ours) & {term.lstrip("+") for term in lowered}:
        return Finding(
            Level.WRONG,
            (wanted,),
            (text,),
            "Nos serveurs n’y sont pas nommés\u00a0: ce qu’ils envoient serait tenu pour suspect.",
            "Remplacez-le par celui qui est indiqué\u00a0: il garde ce qui y était. Les autres s’en retirent quand "
            "plus rien ne part de l’ancien prestataire.",
            (proposal,),
        )
    if sum(bool(LOOKS_UP.match(term)) for term in terms) > MOST_LOOKUPS:
        return Finding(
            Level.WRONG,
            (wanted,),
            (text,),
            f"Le texte renvoie à plus de {MOST_LOOKUPS} autres noms\u00a0: il est ignoré.",
            "Retirez-en les services dont la commune ne se sert plus.",
        )
    return Finding(Level.OK, (wanted,), (text,), "Juste.")


def _dkim(text: str, wanted: Record, servers: Servers) -> Finding:
    if "".join(tags(text).get("p", "").split()) == tags(wanted.text)["p"]:
        return Finding(Level.OK, (wanted,), (text,), "Juste.")
    return Finding(
        Level.WRONG,
        (wanted,),
        (text,),
        "La clé n’est pas la bonne, ou il en manque une partie.",
        "Copiez-la d’un seul tenant. Si le formulaire la refuse, collez-la en morceaux de 255 caractères, entre "
        "guillemets.",
    )


def _dmarc(text: str, wanted: Record, servers: Servers) -> Finding:
    told, ours = tags(text), tags(wanted.text)
    policy = told.get("p", "").lower()
    share = told.get("pct", "100")
    if policy not in ("quarantine", "reject") or (policy == "quarantine" and share != "100"):
        said = "ne demande rien aux autres serveurs" if policy in ("", "none") else "ne vaut que pour une partie"
        return Finding(
            Level.WRONG,
            (wanted,),
            (text,),
            f"La consigne {said}\u00a0: on peut usurper le nom de la commune.",
            "Remplacez-le par celui qui est indiqué.",
        )
    if ours.get("rua", "").lower() not in told.get("rua", "").lower():
        return Finding(
            Level.ADVICE,
            (wanted,),
            (text,),
            "Juste, mais l’opérateur ne reçoit pas les rapports qui montrent qui usurpe le nom de la commune.",
            f"Ajoutez {ours['rua']} à la suite de rua=, après une virgule.",
        )
    if policy != ours["p"] and ours["p"] == "reject":
        return Finding(
            Level.ADVICE,
            (wanted,),
            (text,),
            "Juste. La messagerie est en service depuis assez longtemps pour faire refuser ce qui usurpe le nom.",
            "Quand les rapports n’annoncent plus rien d’inattendu, remplacez quarantine par reject.",
        )
    return Finding(Level.OK, (wanted,), (text,), "Juste.")


def _reports(text: str, wanted: Record, servers: Servers) -> Finding:
    if tags(wanted.text)["rua"].lower() in tags(text).get("rua", "").lower():
        return Finding(Level.OK, (wanted,), (text,), "Juste.")
    return Finding(
        Level.ADVICE, (wanted,), (text,), "Les rapports ne vont pas à l’opérateur.", "Ajoutez l’adresse indiquée."
    )


def _listed(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} et {values[-1]}"


def _duration(seconds: int) -> str:
    minutes = max(1, -(-seconds // 60))
    if minutes < 120:
        return f"{minutes}\u00a0minute{'s' if minutes > 1 else ''}"
    return f"{-(-minutes // 60)}\u00a0heures"
