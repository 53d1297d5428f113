"""The twin of the DNS: every name leads here, except those under `.invalid`, which still lead to their former host."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from django_scopes import scopes_disabled

from socle.people.names.models import LABEL, OwnName
from socle.sites.contract import AAAA, HERE, THERE, TXT, A, Line, NamesError, Seen
from socle.sites.naming.words import expected

# Of the networks that are kept for examples (RFC 5737): nobody's.
FORMER_HOST = "203.0.113.7"


class SimulatedNames:
    """Says what a demonstration needs to show: a name that is right, a name that waits."""

    is_simulated = True

    def look(self, hosts: Sequence[str], *, zone: str, proof: str = "") -> Seen:
        wanted = expected("")
        lines = []
        for host in hosts:
            for source, ttl in ((HERE, 1800), (THERE, 3600)):
                if zone.endswith(".invalid"):
                    lines.append(Line(source, host, A, FORMER_HOST, ttl))
                else:
                    lines += [Line(source, host, A, one, ttl) for one in wanted.ipv4]
                    lines += [Line(source, host, AAAA, one, ttl) for one in wanted.ipv6]
        if proof and not zone.endswith(".invalid"):
            with scopes_disabled():  # One name: that of the question.
                lines += [
                    Line(HERE, proof, TXT, own.proof, 1800)
                    for own in OwnName.objects.filter(name=proof.removeprefix(f"{LABEL}."))
                ]
        return Seen(tuple(lines))

    def certificate_end(self, host: str) -> datetime:
        if host.endswith(".invalid"):
            raise NamesError(f"«\u00a0{host}\u00a0» ne montre pas de certificat.")
        return timezone.now() + timedelta(days=80)
