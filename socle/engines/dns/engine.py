"""Asks the DNS: the resolvers, then the servers of the domain; and our own front, for a certificate."""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver
from django.conf import settings

from socle.domains.contract import FAILED, HERE, NONE, THERE, Heard, NoCertificate, Told
from socle.lib import http

# Seconds for all the questions about one name, twenty or so, asked eight at a time; and for one question.
TIMEOUT, AT_ONCE, ONE_QUESTION = 12.0, 8, 1.5
MOST_SERVERS = 2
ADDRESSES = ("A", "AAAA")
PLACE = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<four>[^:\[\]]+)):(?P<port>[0-9]{1,5})", re.ASCII)
# An answer with more records than this is no commune's.
MOST_RECORDS = 20
# A text longer than that is no commune's.
LONGEST_VALUE = 2000
# Shown as a registrar shows them, and compared as such.
_LOWER = ("MX", "CNAME", "SRV", "NS", "A", "AAAA")


@dataclass(frozen=True)
class Place:
    """Where a server listens."""

    address: str
    port: int


def place_of(text: str, *, port: int) -> Place:
    """Read `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1` or `[2001:db8::1]:53`. Raises ValueError."""
    text = text.strip()
    if found := PLACE.fullmatch(text):
        text, port = found["six"] or found["four"], int(found["port"])
    return Place(str(ipaddress.ip_address(text.strip("[]"))), port)


class Dns:
    """The DNS, as anyone asks it."""

    is_simulated = False

    def __init__(self, resolvers: Sequence[str] | None = None, *, port: int = 53, timeout: float = TIMEOUT) -> None:
        self.resolvers = list(settings.SOCLE_DNS_RESOLVERS if resolvers is None else resolvers)
        # The port of the servers of the domains: another one for the tests only.
        self.port = port
        self.timeout = timeout

    def ask(self, questions: Sequence[tuple[str, str]], *, zone: str) -> Heard:
        deadline = time.monotonic() + self.timeout
        resolvers = self.known_resolvers()
        servers = self.servers_of(resolvers, zone, deadline)
        asked: list[tuple[str, Sequence[Place], str, str, float]] = []
        for name, kind in dict.fromkeys(questions):
            asked.append((HERE, resolvers, name, kind, deadline))
            # Each server of an address apart: one that was forgotten misleads some of the visitors. Of the rest, one
            # server is enough: what they say differently is a matter of minutes.
            here = servers if kind in ADDRESSES else servers[:1]
            asked += [(THERE, [server], name, kind, deadline) for server in here]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            told = pool.map(lambda one: list(_told(*one)), asked)
            return Heard(tuple(dict.fromkeys(line for lines in told for line in lines)))

    def certificate_end(self, host: str) -> datetime:
        front = settings.SOCLE_SITES_FRONT or next(iter(settings.SOCLE_SITES_ADDRESSES), "")
        if not front:
            raise NoCertificate("L’opérateur n’a pas encore dit à quelle adresse répond son serveur.")
        try:
            place = place_of(front, port=443)
            return http.certificate_end(host, place.port, at=place.address)
        except ValueError as error:
            raise NoCertificate("L’adresse du serveur de l’opérateur (SOCLE_SITES_FRONT) est mal écrite.") from error
        except http.OutgoingError as error:
            raise NoCertificate(error.sentence) from error

    def known_resolvers(self) -> list[Place]:
        if self.resolvers:
            return [place_of(one, port=53) for one in self.resolvers]
        try:
            return [place_of(str(one), port=53) for one in dns.resolver.Resolver().nameservers]
        except (dns.exception.DNSException, OSError, ValueError):
            return []

    def servers_of(self, resolvers: list[Place], zone: str, deadline: float) -> list[Place]:
        """The servers of the zone that we may ask, each by one address."""
        answer = ask_once(resolvers, zone, "NS", deadline)
        names: list[str] = []
        for found in answer.answer if answer is not None else ():
            if found.rdtype == dns.rdatatype.NS:
                names += [str(record.target).rstrip(".").lower() for record in found]
        servers: list[Place] = []
        for name in sorted(names)[: 2 * MOST_SERVERS]:
            addresses = [
                line.value
                for kind in ADDRESSES
                for line in _told(HERE, resolvers, name, kind, deadline)
                if line.kind == kind
            ]
            allowed = [one for one in addresses if http.why_not_address(ipaddress.ip_address(one)) is None]
            servers += [Place(one, self.port) for one in allowed[:1]]
            if len(servers) == MOST_SERVERS:
                break
        return servers


def _told(source: str, servers: Sequence[Place], name: str, kind: str, deadline: float) -> Iterator[Told]:
    """Read one answer: an address, whatever road of aliases it took; of the rest, nothing of another name."""
    try:
        answer = ask_once(servers, name, kind, deadline, recursive=source == HERE)
    except (dns.exception.DNSException, UnicodeError):  # A name that cannot even be asked.
        answer = None
    if answer is None or answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        yield Told(source, name, kind, FAILED)
        return
    is_empty = True
    for found in answer.answer:
        is_of_name = found.name.to_text(omit_final_dot=True).lower() == name
        said = dns.rdatatype.to_text(found.rdtype)
        is_road = kind in ADDRESSES and (said == kind or (said == "CNAME" and is_of_name))
        if not is_road and not (is_of_name and said == kind):
            continue
        for record in list(found)[:MOST_RECORDS]:
            value = record.to_text()[:LONGEST_VALUE]
            is_empty = False
            yield Told(source, name, kind, said, value.lower() if said in _LOWER else value, int(found.ttl))
    if is_empty:
        yield Told(source, name, kind, NONE)


def ask_once(
    servers: Sequence[Place], name: str, kind: str, deadline: float, *, recursive: bool = True
) -> dns.message.Message | None:
    """Ask one question of the first server that answers it; None when none does in time."""
    query = dns.message.make_query(name, kind, flags=dns.flags.RD if recursive else 0)
    last: dns.message.Message | None = None
    for server in servers:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            last, _ = dns.query.udp_with_fallback(
                query,
                server.address,
                timeout=min(left, ONE_QUESTION),
                port=server.port,
                ignore_unexpected=True,
                ignore_errors=True,
            )
        except (dns.exception.DNSException, OSError, EOFError, ValueError):
            continue
        if last.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            return last
    return last
