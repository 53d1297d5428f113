"""The records of a domain: what the DNS is to say for its mail to arrive, to be believed, and to configure itself.

Pure: facts in, records out. Nothing is asked, nothing is written; whoever holds the zone does that (`contract.Zones`).
Contents are written as a zone file has them: names end with a dot, texts are quoted strings of 255 bytes at most.

Sources: RFC 5321 and 7505 (MX), 7208 (SPF), 6376 (DKIM), 7489 (DMARC), 8659 (CAA), 6186 and 8314 (SRV of mail), 6764
(SRV of calendars), 8461 (MTA-STS), 8460 (TLS-RPT).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

TTL = 3600
# How long others may keep what they were told of our servers, in seconds: a day while testing, a week after.
STS_AGE = {"testing": 86_400, "enforce": 604_800, "none": 86_400}
# A string of a TXT record counts its bytes in one byte (RFC 1035, 3.3.14).
LONGEST_STRING = 255
LONGEST_NAME = 253
# The most that we put before a domain: « _autodiscover._tcp. », or a selector of 63 and « ._domainkey. ».
LONGEST_PREFIX = 63 + len("._domainkey.")
LONGEST_DOMAIN = LONGEST_NAME - LONGEST_PREFIX


class When(StrEnum):
    """When a record may be written at a domain whose mail still arrives elsewhere."""

    # Changes nothing to the mail that arrives today.
    NOW = "now"
    # Leads the mail here, or judges what others send: on the day of the move.
    MOVE = "move"


@dataclass(frozen=True)
class Record:
    """One record. `name` is whole, without a final dot; `why` says in French what it is for."""

    name: str
    type: str
    ttl: int
    content: str
    why: str
    when: When = When.NOW
    # The mail works without it: its absence is an advice, not a fault.
    is_advised: bool = False

    def label(self, zone: str) -> str:
        """What the form of a registrar calls the name: `@` for the domain itself, `_dmarc`."""
        return "@" if self.name == zone else self.name.removesuffix(f".{zone}")

    @property
    def text(self) -> str:
        """The text of a TXT record, as a form wants it: without quotes, in one piece."""
        return read_text(self.content) if self.type == "TXT" else self.content


@dataclass(frozen=True)
class Servers:
    """How the operator's servers are called: what the settings say."""

    # Where mail is brought, the preferred one first.
    mx: tuple[str, ...]
    # Where people read theirs, and send: a host and its port.
    reads: tuple[str, int]
    sends: tuple[str, int]
    # Who answers for calendars, for what configures clients, and for the policy of encryption.
    web: str
    # The name whose SPF says which machines send.
    senders: str
    # Mailboxes that receive what others report of our mail (DMARC), and of its encryption (TLS-RPT).
    reports: str = ""
    tls_reports: str = ""
    authorities: tuple[str, ...] = ()
    ipv4: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()
    # Those of the servers of the mail, when the zone of the operator is to say them too.
    mail: tuple[str, ...] = ()
    # « none », « testing » or « enforce » (RFC 8461, 5).
    mta_sts_mode: str = "testing"
    # After so many days in service, what is not ours is to be refused instead of set aside.
    reject_after_days: int = 60


@dataclass(frozen=True)
class DkimKey:
    """A public key that signs for a domain, in base64 without line ends."""

    selector: str
    public: str


@dataclass(frozen=True)
class Facts:
    """What is to be said of one domain. `site_hosts`: those of its names under which our sites answer."""

    domain: str
    servers: Servers
    keys: tuple[DkimKey, ...] = ()
    site_hosts: tuple[str, ...] = ()
    # Days since its mail is in service; None when it is not yet.
    age: int | None = None
    has_mail: bool = True
    # Where the calendars of its mairie are, at `servers.web`; nothing is said when empty.
    dav_path: str = ""
    # Where its zone is to say whose it is, and what; empty once it is proved.
    proof_host: str = ""
    proof: str = ""


def why_not_domain(domain: str) -> str | None:
    """Say why no records can be made for this name, read already as a domain."""
    if len(domain) > LONGEST_DOMAIN:
        return (
            f"Ce nom est trop long pour une messagerie\u00a0: {LONGEST_DOMAIN} caractères au plus, car le DNS doit "
            "pouvoir en ajouter devant."
        )
    labels = domain.split(".")
    is_written = domain.isascii() and domain == domain.lower() and len(labels) >= 2
    if not is_written or not all(_is_label(one) for one in labels):
        return "Ce nom n’est pas un nom de domaine\u00a0: écrivez par exemple prisches.fr."
    return None


def _is_label(text: str) -> bool:
    is_plain = bool(text) and text.replace("-", "").isalnum()
    return is_plain and len(text) <= 63 and not text.startswith("-") and not text.endswith("-")


def records_of(facts: Facts) -> tuple[Record, ...]:
    """Make the records of a domain, in the order in which people write them. ValueError when the name cannot have any.

    A domain that has no mail says so (RFC 7505): nobody waits for an answer, and nobody writes in its name.
    """
    if sentence := why_not_domain(facts.domain):
        raise ValueError(sentence)
    mail = _with_mail(facts) if facts.has_mail else _without_mail(facts)
    return (*_proof(facts), *_site(facts), *mail, *_authorities(facts))


# --- What each is for ------------------------------------------------------------------------------------------------
def _proof(facts: Facts) -> Iterator[Record]:
    if facts.proof:
        why = "Prouve que le domaine est à la commune\u00a0: seul qui le tient peut l’écrire. Rien ne sert avant."
        yield Record(facts.proof_host, "TXT", TTL, as_text(facts.proof), why)


def _site(facts: Facts) -> Iterator[Record]:
    why = "Mène au site de la commune, que nous servons."
    for host in facts.site_hosts:
        if host == facts.domain or host.endswith(f".{facts.domain}"):
            yield from (Record(host, "A", TTL, one, why) for one in facts.servers.ipv4)
            yield from (Record(host, "AAAA", TTL, one, why) for one in facts.servers.ipv6)


def _with_mail(facts: Facts) -> Iterator[Record]:
    domain, servers = facts.domain, facts.servers
    for rank, host in enumerate(servers.mx, start=1):
        yield Record(
            domain, "MX", TTL, f"{rank * 10} {_dotted(host)}", "Dit à quel serveur le courrier est apporté.", When.MOVE
        )
    yield Record(
        domain,
        "TXT",
        TTL,
        as_text(spf(servers)),
        "SPF\u00a0: dit quels serveurs envoient au nom de la commune, pour que les autres soient tenus à l’écart.",
        When.MOVE,
    )
    for key in facts.keys:
        yield Record(
            f"{key.selector}._domainkey.{domain}",
            "TXT",
            TTL,
            as_text(f"v=DKIM1; k=rsa; p={key.public}"),
            "DKIM\u00a0: la clé qui vérifie la signature de chaque message envoyé.",
        )
    yield Record(
        f"_dmarc.{domain}",
        "TXT",
        TTL,
        as_text(dmarc(servers, facts.age)),
        "DMARC\u00a0: dit quoi faire d’un message qui usurpe le nom de la commune.",
        When.MOVE,
    )
    yield from _encryption(facts)
    yield from _configuration(facts)


def _without_mail(facts: Facts) -> Iterator[Record]:
    domain = facts.domain
    yield Record(domain, "MX", TTL, "0 .", "Dit que ce domaine ne reçoit aucun courrier.", When.MOVE)
    yield Record(domain, "TXT", TTL, as_text("v=spf1 -all"), "Dit que ce domaine n’envoie aucun courrier.", When.MOVE)
    yield Record(
        f"_dmarc.{domain}",
        "TXT",
        TTL,
        as_text("v=DMARC1; p=reject"),
        "Fait refuser tout message qui se dirait de ce domaine.",
        When.MOVE,
    )


def _encryption(facts: Facts) -> Iterator[Record]:
    domain, servers = facts.domain, facts.servers
    if servers.web and servers.mx:
        why = "MTA-STS\u00a0: dit que le courrier n’est apporté que chiffré, et à qui."
        yield Record(f"mta-sts.{domain}", "CNAME", TTL, _dotted(servers.web), why, When.MOVE, is_advised=True)
        identifier = mta_sts_identifier(servers)
        text = as_text(f"v=STSv1; id={identifier}")
        yield Record(f"_mta-sts.{domain}", "TXT", TTL, text, why, When.MOVE, is_advised=True)
    if servers.tls_reports:
        yield Record(
            f"_smtp._tls.{domain}",
            "TXT",
            TTL,
            as_text(f"v=TLSRPTv1; rua=mailto:{servers.tls_reports}"),
            "TLS-RPT\u00a0: demande aux autres de signaler un chiffrement qui échoue.",
            is_advised=True,
        )


def _configuration(facts: Facts) -> Iterator[Record]:
    domain, servers = facts.domain, facts.servers
    clients = "Règle tout seul un téléphone ou un logiciel de messagerie."
    if servers.web:
        for label in ("autoconfig", "autodiscover"):
            yield Record(f"{label}.{domain}", "CNAME", TTL, _dotted(servers.web), clients, is_advised=True)
    services = (("_imaps", *servers.reads), ("_submissions", *servers.sends), ("_autodiscover", servers.web, 443))
    for service, host, port in services:
        if host:
            content = f"0 1 {port} {_dotted(host)}"
            yield Record(f"{service}._tcp.{domain}", "SRV", TTL, content, clients, is_advised=True)
    if servers.web:
        for service, what in (("_caldavs", "l’agenda"), ("_carddavs", "le carnet d’adresses")):
            name, why = f"{service}._tcp.{domain}", f"Fait trouver {what} par un téléphone ou un logiciel."
            yield Record(name, "SRV", TTL, f"0 1 443 {_dotted(servers.web)}", why, is_advised=True)
            if facts.dav_path:
                yield Record(name, "TXT", TTL, as_text(f"path={facts.dav_path}"), why, is_advised=True)


def _authorities(facts: Facts) -> Iterator[Record]:
    for authority in facts.servers.authorities:
        yield Record(
            facts.domain,
            "CAA",
            TTL,
            f'0 issue "{authority}"',
            "CAA\u00a0: dit qui peut émettre un certificat pour ce nom\u00a0; les autres sont tenus de refuser.",
            is_advised=True,
        )


def base_records(domain: str, servers: Servers, senders: Sequence[str]) -> tuple[Record, ...]:
    """Make what every domain of the operator stands on, in its own zone: its servers, who sends, who takes reports."""
    made = []
    if senders and (servers.senders == domain or servers.senders.endswith(f".{domain}")):
        told = " ".join(f"ip6:{one}" if ":" in one else f"ip4:{one}" for one in senders)
        why = "SPF\u00a0: les adresses des machines qui envoient le courrier de toutes les communes."
        made.append(Record(servers.senders, "TXT", TTL, as_text(f"v=spf1 {told} -all"), why))
    at = servers.reports.rpartition("@")[2]
    if at and (at == domain or at.endswith(f".{domain}")):
        # Reports leave to another domain only when that domain agrees (RFC 7489, 7.1).
        why = "DMARC\u00a0: l’opérateur accepte les rapports qui concernent les domaines des communes."
        made.append(Record(f"*._report._dmarc.{at}", "TXT", TTL, as_text("v=DMARC1"), why))
    why = "Dit où sont les serveurs du courrier."
    for host in dict.fromkeys((*servers.mx, servers.reads[0], servers.sends[0])):
        if host == domain or host.endswith(f".{domain}"):
            made += [Record(host, "AAAA" if ":" in one else "A", TTL, one, why) for one in servers.mail]
    return tuple(made)


# --- Texts -----------------------------------------------------------------------------------------------------------
def spf(servers: Servers) -> str:
    """The machines that send are those the operator's own name lists: they may change without the communes.

    What comes from elsewhere is doubtful (`~all`) and not refused outright: DMARC decides, once the signature was read.
    """
    return f"v=spf1 include:{servers.senders} ~all" if servers.senders else "v=spf1 mx ~all"


def merged_spf(existing: str, servers: Servers) -> str:
    """Add our servers to the SPF that a domain has already: there may be one only (RFC 7208, 3.2)."""
    first, *terms = existing.split()
    ours = spf(servers).split()[1]
    if any(term.lower().lstrip("+") == ours for term in terms):
        return existing
    kept = [term for term in terms if term.lower().lstrip("+") != "all"]
    if not any(term.lower().endswith("all") and term[:-3] in ("~", "-", "?") for term in kept):
        kept.append("~all")
    return " ".join([first, ours, *kept])


def dmarc(servers: Servers, age: int | None) -> str:
    """Set aside first, then refuse, once the domain was in service for long enough to see who writes in its name."""
    policy = "reject" if age is not None and age >= servers.reject_after_days else "quarantine"
    return f"v=DMARC1; p={policy}" + (f"; rua=mailto:{servers.reports}" if servers.reports else "")


def mta_sts_policy(servers: Servers) -> str:
    """The policy served at `https://mta-sts.<domain>/.well-known/mta-sts.txt` (RFC 8461, 3.2)."""
    mode = servers.mta_sts_mode if servers.mta_sts_mode in STS_AGE else "none"
    lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {host}" for host in servers.mx)]
    return "\r\n".join([*lines, f"max_age: {STS_AGE[mode]}", ""])


def mta_sts_identifier(servers: Servers) -> str:
    """What tells that the policy changed: drawn from it, so that nobody has to think of it."""
    return hashlib.sha256(mta_sts_policy(servers).encode()).hexdigest()[:20]


def as_text(text: str) -> str:
    """Write a text as the strings of a TXT record: quoted, escaped, 255 bytes each at most."""
    content = text.encode()
    pieces = [content[start : start + LONGEST_STRING] for start in range(0, len(content), LONGEST_STRING)] or [b""]
    return " ".join(f'"{"".join(map(_escaped, piece))}"' for piece in pieces)


def _escaped(byte: int) -> str:
    if byte in b'"\\':
        return f"\\{chr(byte)}"
    return chr(byte) if 32 <= byte < 127 else f"\\{byte:03d}"


def read_text(content: str) -> str:
    """Read again the strings of a TXT record as one text; bytes that are not UTF-8 are replaced."""
    read, is_inside, rest = bytearray(), False, iter(content)
    for char in rest:
        if char == "\\":
            char = next(rest, "\\")
            if char.isdecimal() and char.isascii():
                digits = char + next(rest, "") + next(rest, "")
                read.append(int(digits) & 0xFF) if digits.isdecimal() else read.extend(digits.encode())
                continue
            read += char.encode()
        elif char == '"':
            is_inside = not is_inside
        elif is_inside or char != " ":
            read += char.encode()
    return read.decode("utf-8", "replace")


def _dotted(host: str) -> str:
    return f"{host.rstrip('.')}."


# --- To keep, to hand over -------------------------------------------------------------------------------------------
def as_zone_file(records: Iterable[Record], zone: str) -> str:
    """Write the records as a fragment of a zone file (RFC 1035, 5), each with what it is for."""
    lines = [f"$ORIGIN {zone}.", ""]
    told = ""
    for record in records:
        if record.why != told:
            told = record.why
            lines.append(f"; {told}")
        lines.append(f"{record.label(zone)}\t{record.ttl}\tIN\t{record.type}\t{record.content}")
    return "\n".join([*lines, ""])


@dataclass(frozen=True)
class Part:
    """One field of a registrar's form, and what to copy there."""

    label: str
    value: str


def parts_of(record: Record) -> tuple[Part, ...]:
    """Cut the content of a record as the forms of registrars ask for it."""
    words = record.content.split(" ")
    if record.type == "MX":
        return Part("Priorité", words[0]), Part("Serveur, cible", words[1])
    if record.type == "SRV":
        return tuple(map(Part, ("Priorité", "Poids", "Port", "Cible"), words))
    if record.type == "CAA":
        return Part("Drapeau", words[0]), Part("Étiquette", words[1]), Part("Valeur", words[2].strip('"'))
    return (Part("Valeur", record.text),)
