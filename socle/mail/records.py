"""Records that the mail wants at a domain: for messages to arrive, to be believed, and for devices to set themselves.

`records_of` is pure: facts in, records out; `facts_of` reads them from settings and rows.

Sources: RFC 5321 and 7505 (MX), 7208 (SPF), 6376 (DKIM), 7489 (DMARC), 6186 and 8314 (SRV of mail), 6764 (SRV of
calendars), 8461 (MTA-STS), 8460 (TLS-RPT).
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings

from socle.domains.records import TTL, Record, When, as_text, at_addresses, dotted, is_under, why_not_domain
from socle.mail.models.domains import Domain, Status

# What a name says under which nobody writes (RFC 7208, 7489): all that bears it is usurped.
NO_SENDER, NO_AUTHOR = "v=spf1 -all", "v=DMARC1; p=reject; sp=reject"
SILENT = "Fait refuser tout message qui se dirait de ce nom, d’où rien ne part."
# How long others may keep what they were told of our servers, in seconds: a day while testing, a week after.
STS_AGE = {"testing": 86_400, "enforce": 604_800, "none": 86_400}


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
    # Those of the servers of the mail, when the zone of the operator is to say them too.
    mail: tuple[str, ...] = ()
    # The name servers; and the domains under which the platform itself writes.
    names: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
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
    """Facts that the records of one domain are made of."""

    domain: str
    servers: Servers
    keys: tuple[DkimKey, ...] = ()
    # Days since its mail is in service; None when it is not yet.
    age: int | None = None
    has_mail: bool = True
    # Whether it is the commune's own; else one under the operator's, under which nobody else has a name.
    is_own: bool = True
    # Where the calendars of its mairie are, at `servers.web`; nothing is said when empty.
    dav_path: str = ""

    @property
    def when(self) -> When:
        """When what leads the mail here may be written: on the day of the move, for one that is not in service."""
        return When.MOVE if self.age is None and self.has_mail else When.NOW


def servers() -> Servers:
    """How the operator's servers are called, as the settings say."""
    return Servers(
        mx=tuple(one.lower() for one in settings.SOCLE_MAIL_MX),
        reads=(settings.SOCLE_MAIL_IMAP_HOST.lower(), settings.SOCLE_MAIL_IMAP_PORT),
        sends=(settings.SOCLE_MAIL_SMTP_HOST.lower(), settings.SOCLE_MAIL_SMTP_PORT),
        web=settings.SOCLE_MAIL_WEB_HOST.lower(),
        senders=settings.SOCLE_MAIL_SENDERS_NAME.lower(),
        reports=settings.SOCLE_MAIL_REPORTS,
        tls_reports=settings.SOCLE_MAIL_TLS_REPORTS,
        mail=tuple(str(ipaddress.ip_address(one)) for one in settings.SOCLE_MAIL_ADDRESSES),
        names=tuple(one.lower().rstrip(".") for one in settings.SOCLE_NAME_SERVERS),
        writers=(parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2].lower(),),
        mta_sts_mode=settings.SOCLE_MAIL_MTA_STS,
        reject_after_days=settings.SOCLE_DMARC_REJECT_DAYS,
    )


def facts_of(domain: Domain, *, at: datetime) -> Facts:
    """Gather the facts that the records of a domain are made of today."""
    keys: tuple[DkimKey, ...] = ()
    if domain.dkim_selector and domain.dkim_public_key:
        keys = (DkimKey(domain.dkim_selector, domain.dkim_public_key),)
    is_in_service = domain.status in (Status.ACTIVE, Status.SUSPENDED)
    age = (at - domain.activated_at).days if is_in_service and domain.activated_at else None
    has_mail = domain.status != Status.CLOSED and bool(settings.SOCLE_MAIL_MX)
    # The address of the calendars (`engines.radicale`): whoever serves two mairies finds those of this one.
    path = f"/dav/agenda/{domain.beneficiary_id}/"
    return Facts(domain.name, servers(), keys, age, has_mail, domain.is_own, path)


def records_of(facts: Facts) -> tuple[Record, ...]:
    """Make the records of a domain, in the order in which people write them. ValueError when the name cannot have any.

    A domain that has no mail says so (RFC 7505): nobody waits for an answer, and nobody writes in its name.
    """
    if sentence := why_not_domain(facts.domain):
        raise ValueError(sentence)
    made = tuple(_with_mail(facts) if facts.has_mail else _without_mail(facts))
    return made if facts.is_own else made + tuple(_under(facts.domain, made))


# --- What each is for ------------------------------------------------------------------------------------------------
def _with_mail(facts: Facts) -> Iterator[Record]:
    domain, servers = facts.domain, facts.servers
    for rank, host in enumerate(servers.mx, start=1):
        yield Record(
            domain, "MX", TTL, f"{rank * 10} {dotted(host)}", "Dit à quel serveur le courrier est apporté.", facts.when
        )
    yield Record(
        domain,
        "TXT",
        TTL,
        as_text(spf(servers)),
        "SPF\u00a0: dit quels serveurs envoient au nom de la commune, pour que les autres soient tenus à l’écart.",
        facts.when,
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
        as_text(dmarc(servers, facts.age, is_own=facts.is_own)),
        "DMARC\u00a0: dit quoi faire d’un message qui usurpe le nom de la commune.",
        facts.when,
    )
    yield from _encryption(facts)
    yield from _configuration(facts)


def _without_mail(facts: Facts) -> Iterator[Record]:
    domain = facts.domain
    yield Record(domain, "MX", TTL, "0 .", "Dit que ce domaine ne reçoit aucun courrier.", facts.when)
    for name, text in ((domain, NO_SENDER), (f"_dmarc.{domain}", NO_AUTHOR)):
        yield Record(name, "TXT", TTL, as_text(text), SILENT, facts.when)


def silent(name: str) -> Iterator[Record]:
    """The records of a name that sends nothing: no machine may, and what bears it is to be refused."""
    for at, text in ((name, NO_SENDER), (f"_dmarc.{name}", NO_AUTHOR)):
        yield Record(at, "TXT", TTL, as_text(text), SILENT, is_advised=True, gives_way=True)


def silent_below(name: str) -> Iterator[Record]:
    """The same for all that could be under a name and is not: one wildcard answers of each, and before each."""
    for text in (NO_SENDER, NO_AUTHOR):
        yield Record(f"*.{name}", "TXT", TTL, as_text(text), SILENT, is_advised=True, gives_way=True)


def _under(domain: str, made: Iterable[Record]) -> Iterator[Record]:
    """Say of the names under one that the operator gave that none of them sends.

    An alias says nothing of itself (RFC 1034, 3.6.2), and what stands before it is under no wildcard.
    """
    yield from silent_below(domain)
    for one in made:
        if one.type == "CNAME":
            name = f"_dmarc.{one.name}"
            yield Record(name, "TXT", TTL, as_text(NO_AUTHOR), SILENT, is_advised=True, gives_way=True)


def _encryption(facts: Facts) -> Iterator[Record]:
    domain, servers = facts.domain, facts.servers
    if servers.web and servers.mx:
        why = "MTA-STS\u00a0: dit que le courrier n’est apporté que chiffré, et à qui."
        yield Record(f"mta-sts.{domain}", "CNAME", TTL, dotted(servers.web), why, facts.when, is_advised=True)
        identifier = mta_sts_identifier(servers)
        text = as_text(f"v=STSv1; id={identifier}")
        yield Record(f"_mta-sts.{domain}", "TXT", TTL, text, why, facts.when, is_advised=True)
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
            yield Record(f"{label}.{domain}", "CNAME", TTL, dotted(servers.web), clients, is_advised=True)
    services = (("_imaps", *servers.reads), ("_submissions", *servers.sends), ("_autodiscover", servers.web, 443))
    for service, host, port in services:
        if host:
            content = f"0 1 {port} {dotted(host)}"
            yield Record(f"{service}._tcp.{domain}", "SRV", TTL, content, clients, is_advised=True)
    if servers.web:
        for service, what in (("_caldavs", "l’agenda"), ("_carddavs", "le carnet d’adresses")):
            name, why = f"{service}._tcp.{domain}", f"Fait trouver {what} par un téléphone ou un logiciel."
            yield Record(name, "SRV", TTL, f"0 1 443 {dotted(servers.web)}", why, is_advised=True)
            if facts.dav_path:
                yield Record(name, "TXT", TTL, as_text(f"path={facts.dav_path}"), why, is_advised=True)


def base_records(domain: str, servers: Servers, senders: Sequence[str]) -> tuple[Record, ...]:
    """Make what every domain of the operator stands on, in its own zone: its servers, who sends, who takes reports.

    And that no other name of this zone sends anything.
    """
    made = []
    if senders and is_under(servers.senders, domain):
        told = " ".join(f"ip6:{one}" if ":" in one else f"ip4:{one}" for one in senders)
        why = "SPF\u00a0: les adresses des machines qui envoient le courrier de toutes les communes."
        made.append(Record(servers.senders, "TXT", TTL, as_text(f"v=spf1 {told} -all"), why))
    at = servers.reports.rpartition("@")[2]
    if at and is_under(at, domain):
        # Reports leave to another domain only when that domain agrees (RFC 7489, 7.1).
        why = "DMARC\u00a0: l’opérateur accepte les rapports qui concernent les domaines des communes."
        made.append(Record(f"*._report._dmarc.{at}", "TXT", TTL, as_text("v=DMARC1"), why))
    why = "Dit où sont les serveurs du courrier."
    for host in dict.fromkeys((*servers.mx, servers.reads[0], servers.sends[0])):
        if is_under(host, domain):
            made += at_addresses(host, servers.mail, why)
    return (*made, *_who_sends_in(domain, servers)) if domain else tuple(made)


def _who_sends_in(domain: str, servers: Servers) -> Iterator[Record]:
    """Say of each name of the operator's own zone that it sends nothing, unless it does."""
    # Our servers tell of a failure in their own names.
    failures = "Dit que ce serveur écrit lui-même, quand un message n’a pas pu être remis."
    platform = "Dit que la plateforme écrit sous ce nom\u00a0; l’opérateur peut en dire davantage."
    told = {host: (dmarc(servers, None), failures) for host in servers.mx}
    told |= dict.fromkeys(servers.writers, ("v=DMARC1; p=none", platform))
    for host, (policy, why) in told.items():
        if is_under(host, domain):
            for at, text in ((host, spf(servers)), (f"_dmarc.{host}", policy)):
                yield Record(at, "TXT", TTL, as_text(text), why, gives_way=True)
    for host in dict.fromkeys((domain, servers.reads[0], servers.sends[0], servers.web, *servers.names)):
        if is_under(host, domain) and host not in told:
            yield from silent(host)
    yield from silent_below(domain)


# --- Texts -----------------------------------------------------------------------------------------------------------
def spf(servers: Servers) -> str:
    """The machines that send are those the operator's own name lists: they may change without the communes.

    What comes from elsewhere is doubtful (`~all`) and not refused outright: DMARC decides, once the signature was read.
    """
    return f"v=spf1 include:{servers.senders} ~all" if servers.senders else "v=spf1 mx ~all"


def dmarc(servers: Servers, age: int | None, *, is_own: bool = True) -> str:
    """Set aside first, then refuse, once the domain was in service for long enough to see who writes in its name.

    Under a name that the operator gave, nobody writes: that is refused from the first day.
    """
    policy = "reject" if age is not None and age >= servers.reject_after_days else "quarantine"
    below = "" if is_own else "; sp=reject"
    return f"v=DMARC1; p={policy}{below}" + (f"; rua=mailto:{servers.reports}" if servers.reports else "")


def mta_sts_policy(servers: Servers) -> str:
    """The policy served at `https://mta-sts.<domain>/.well-known/mta-sts.txt` (RFC 8461, 3.2)."""
    mode = servers.mta_sts_mode if servers.mta_sts_mode in STS_AGE else "none"
    lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {host}" for host in servers.mx)]
    return "\r\n".join([*lines, f"max_age: {STS_AGE[mode]}", ""])


def mta_sts_identifier(servers: Servers) -> str:
    """Return the identifier of a policy: drawn from it, so that nobody has to think of it."""
    return hashlib.sha256(mta_sts_policy(servers).encode()).hexdigest()[:20]
