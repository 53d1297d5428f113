"""A DNS server whose records the test writes: the resolver that visitors ask, or the server of a domain."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from dnslib import QTYPE, RCODE, RR, DNSRecord
from dnslib.server import BaseResolver, DNSLogger, DNSServer


@dataclass
class Records(BaseResolver):  # type: ignore[misc]
    """What the server knows, as lines of a zone file; `is_deaf`: it answers that it failed."""

    lines: list[str] = field(default_factory=list)
    is_deaf: bool = False
    port: int = 0
    asked: list[str] = field(default_factory=list)

    def resolve(self, request: Any, handler: Any) -> DNSRecord:
        reply = request.reply()
        name, kind = str(request.q.qname).lower(), QTYPE[request.q.qtype]
        self.asked.append(f"{name} {kind}")
        if self.is_deaf:
            reply.header.rcode = RCODE.SERVFAIL
            return reply
        known = [record for line in self.lines for record in RR.fromZone(line)]
        while True:
            here = [record for record in known if str(record.rname).lower() == name]
            found = [record for record in here if QTYPE[record.rtype] == kind]
            aliases = [record for record in here if QTYPE[record.rtype] == "CNAME"]
            if found or not aliases:
                break
            reply.add_answer(*aliases)
            name = str(aliases[0].rdata).lower()
        reply.add_answer(*found)
        if not here and not reply.rr:
            reply.header.rcode = RCODE.NXDOMAIN
        return reply


class _Alone(socketserver.ThreadingMixIn, socketserver.UDPServer):
    """A server whose port is its own: with the address reused, as dnslib has it, the system may give two the same."""

    daemon_threads = True

    def serve_forever(self, poll_interval: float = 0.02) -> None:
        """Stop as soon as it is told to."""
        super().serve_forever(poll_interval)


@contextmanager
def serving(*lines: str) -> Iterator[Records]:
    """Serve these records on a free port of the machine, by UDP."""
    records = Records(list(lines))
    logger = DNSLogger("-request,-reply,-truncated,-error,-recv,-send,-data", prefix=False)
    server = DNSServer(records, address="127.0.0.1", port=0, logger=logger, server=_Alone)
    records.port = server.server.server_address[1]
    server.start_thread()
    try:
        yield records
    finally:
        server.stop()
        server.server.server_close()
        server.thread.join(10)
