"""Asks the DNS about a domain of mail (`socle.mail.contract.Asker`): the resolvers, and the servers of the domain."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import dns.exception
import dns.rcode
import dns.rdatatype

from socle.engines.dns.engine import MOST_RECORDS, Dns, Place, ask_once
from socle.mail.contract import FAILED, HERE, NONE, THERE, Heard, Told

# Seconds for all the questions about one domain: twenty or so, asked eight at a time.
TIMEOUT, AT_ONCE = 12.0, 8
# A text longer than that is no commune's.
LONGEST_VALUE = 2000
# Shown as a registrar shows them, and compared as such.
_LOWER = ("MX", "CNAME", "SRV", "NS", "A", "AAAA")


class Asker(Dns):
    """The DNS, as the servers of others ask it before they bring mail."""

    def __init__(self, resolvers: Sequence[str] | None = None, *, port: int = 53, timeout: float = TIMEOUT) -> None:
        super().__init__(resolvers, port=port, timeout=timeout)

    def ask(self, questions: Sequence[tuple[str, str]], *, zone: str) -> Heard:
        deadline = time.monotonic() + self.timeout
        resolvers = self.known_resolvers()
        servers = self.servers_of(resolvers, zone, deadline)
        asked: list[tuple[str, tuple[Place, ...], str, str]] = []
        asked += [(HERE, tuple(resolvers), name, kind) for name, kind in dict.fromkeys(questions)]
        # One of them is enough: what they say differently is a matter of minutes, and the resolvers ask any of them.
        asked += [(THERE, tuple(servers[:1]), name, kind) for _, _, name, kind in asked if servers]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            told = pool.map(lambda one: list(_about(one[0], one[1], one[2], one[3], deadline)), asked)
            return Heard(tuple(dict.fromkeys(line for lines in told for line in lines)))


def _about(source: str, servers: Sequence[Place], name: str, kind: str, deadline: float) -> Iterator[Told]:
    try:
        answer = ask_once(servers, name, kind, deadline, recursive=source == HERE)
    except (dns.exception.DNSException, UnicodeError):  # A name that cannot even be asked.
        answer = None
    if answer is None or answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        yield Told(source, name, kind, FAILED)
        return
    is_empty = True
    for found in answer.answer:
        # What an alias leads to is another name's; the alias itself is told where it is asked for.
        if found.name.to_text(omit_final_dot=True).lower() != name or dns.rdatatype.to_text(found.rdtype) != kind:
            continue
        for record in list(found)[:MOST_RECORDS]:
            value = record.to_text()[:LONGEST_VALUE]
            is_empty = False
            yield Told(source, name, kind, kind, value.lower() if kind in _LOWER else value, int(found.ttl))
    if is_empty:
        yield Told(source, name, kind, NONE)
