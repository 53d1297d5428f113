"""Asks the DNS: the resolvers, then the servers of the domain; and our own front, for a certificate."""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Iterator, Sequence
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

from socle.lib import http
from socle.sites.contract import AAAA, CAA, CNAME, FAILED, HERE, NONE, THERE, TXT, A, Line, NamesError, Seen

# Seconds for all the questions about one name, and for one question.
TIMEOUT, ONE_QUESTION = 6.0, 1.5
MOST_SERVERS, MOST_ADDRESSES = 2, 2
PLACE = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<four>[^:\[\]]+)):(?P<port>[0-9]{1,5})", re.ASCII)
# An answer with more records than this is no commune's.
MOST_RECORDS = 20


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

    def look(self, hosts: Sequence[str], *, zone: str, proof: str = "") -> Seen:
        deadline = time.monotonic() + self.timeout
        resolvers = self.known_resolvers()
        lines: list[Line] = []
        for host in hosts:
            lines += _about(resolvers, host, HERE, deadline)
        servers = self.servers_of(resolvers, zone, deadline)
        if proof:
            # The servers of the domain know of it at once; the resolvers, when they forgot that it was not there.
            for asked, source in ((servers, THERE), (resolvers, HERE)):
                lines += _texts(asked, proof, source, deadline)
        if servers:
            for host in hosts:
                # Each server apart: one that was forgotten says the old address to some of the visitors.
                for server in servers:
                    lines += _about([server], host, THERE, deadline)
        for name in _and_above(hosts, zone):
            lines += _authorities(resolvers, name, deadline)
        return Seen(tuple(dict.fromkeys(lines)))

    def certificate_end(self, host: str) -> datetime:
        front = settings.SOCLE_SITES_FRONT or next(iter(settings.SOCLE_SITES_ADDRESSES), "")
        if not front:
            raise NamesError("L’opérateur n’a pas encore dit à quelle adresse répond son serveur.")
        try:
            place = place_of(front, port=443)
            return http.certificate_end(host, place.port, at=place.address)
        except ValueError as error:
            raise NamesError("L’adresse du serveur de l’opérateur (SOCLE_SITES_FRONT) est mal écrite.") from error
        except http.OutgoingError as error:
            raise NamesError(error.sentence) from error

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
                for kind in (A, AAAA)
                for line in _read(ask_once(resolvers, name, kind, deadline), name, HERE)
                if line.kind == kind
            ]
            allowed = [one for one in addresses if http.why_not_address(ipaddress.ip_address(one)) is None]
            servers += [Place(one, self.port) for one in allowed[:1]]
            if len(servers) == MOST_SERVERS:
                break
        return servers


def _and_above(hosts: Sequence[str], zone: str) -> list[str]:
    """These hosts and what is above them, up to the zone: where an authority may be named (RFC 8659)."""
    names: dict[str, None] = {}
    for host in hosts:
        while host != zone and host.endswith(f".{zone}"):
            names[host] = None
            host = host.partition(".")[2]
    return [*names, zone]


def _about(servers: Sequence[Place], host: str, source: str, deadline: float) -> list[Line]:
    lines: list[Line] = []
    for kind in (A, AAAA):
        lines += _read(ask_once(servers, host, kind, deadline, recursive=source == HERE), host, source)
    return lines


def _texts(servers: Sequence[Place], name: str, source: str, deadline: float) -> Iterator[Line]:
    answer = ask_once(servers, name, TXT, deadline, recursive=source == HERE)
    for found in answer.answer if answer is not None else ():
        if found.rdtype == dns.rdatatype.TXT:
            for record in list(found)[:MOST_RECORDS]:
                text = b"".join(record.strings).decode("ascii", "replace")
                yield Line(source, name, TXT, " ".join(text.split())[:200], int(found.ttl))


def _authorities(resolvers: Sequence[Place], name: str, deadline: float) -> Iterator[Line]:
    answer = ask_once(resolvers, name, CAA, deadline)
    for found in answer.answer if answer is not None else ():
        if found.rdtype == dns.rdatatype.CAA:
            for record in list(found)[:MOST_RECORDS]:
                tag, value = record.tag.decode("ascii", "replace"), record.value.decode("ascii", "replace")
                if tag.lower() == "issue":
                    yield Line(HERE, name, CAA, " ".join(value.split())[:200], found.ttl)


def _read(answer: dns.message.Message | None, host: str, source: str) -> Iterator[Line]:
    """Return the records of the host in an answer, whatever road of aliases it took."""
    if answer is None or answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        yield Line(source, host, FAILED)
        return
    if answer.rcode() == dns.rcode.NXDOMAIN and not answer.answer:
        yield Line(source, host, NONE)
        return
    asked = dns.name.from_text(host)
    for found in answer.answer:
        ttl = int(found.ttl)
        for record in list(found)[:MOST_RECORDS]:
            if found.rdtype == dns.rdatatype.CNAME and found.name == asked:
                yield Line(source, host, CNAME, str(record.target).rstrip(".").lower(), ttl)
            elif found.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA):
                kind = A if found.rdtype == dns.rdatatype.A else AAAA
                yield Line(source, host, kind, str(ipaddress.ip_address(record.address)), ttl)


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
