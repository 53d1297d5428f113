"""The twin of the DNS: what is wanted of a name is there, except under `.invalid`, still at its former hosts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from django_scopes import scopes_disabled

from socle.domains.contract import HERE, NONE, THERE, Heard, NoCertificate, Told
from socle.domains.models import DomainName
from socle.domains.uses import wanted_records

# Nobody's (RFC 2606), at an address of the networks that are kept for examples (RFC 5737).
FORMER_HOST, FORMER_ADDRESS = "ancien-hebergeur.invalid", "203.0.113.7"


class SimulatedDns:
    """Says what a demonstration needs to show: a name that is right, one that still leads elsewhere."""

    is_simulated = True

    def ask(self, questions: Sequence[tuple[str, str]], *, zone: str) -> Heard:
        names = [name for name, _ in questions]
        with scopes_disabled():  # One name: that of the questions.
            near = DomainName.objects.filter(name__in=[*names, *(one.partition(".")[2] for one in names)])
            known = max(near, key=lambda one: len(one.name), default=None)
        told: dict[tuple[str, str], list[tuple[str, str]]] = {}
        if known is not None and known.name.endswith(".invalid"):
            hosts = {one.name for one in wanted_records(known, at=timezone.now()) if one.is_leading}
            told = {(host, "A"): [("A", FORMER_ADDRESS)] for host in hosts}
            told[known.name, "MX"] = [("MX", f"10 mx.{FORMER_HOST}.")]
            told[known.name, "TXT"] = [("TXT", f'"v=spf1 include:spf.{FORMER_HOST} ~all"')]
            told[f"autodiscover.{known.name}", "CNAME"] = [("CNAME", f"autodiscover.{FORMER_HOST}.")]
        elif known is not None:
            for one in wanted_records(known, at=timezone.now()):
                told.setdefault((one.name, one.type), []).append((one.type, one.content))
                for address in one.addresses or ():
                    told.setdefault((one.name, "AAAA" if ":" in address else "A"), []).append(("CNAME", one.content))
        lines = []
        for name, kind in dict.fromkeys(questions):
            for source, ttl in ((HERE, 1800), (THERE, 3600)):
                values = told.get((name, kind), [(NONE, "")])
                lines += [Told(source, name, kind, said, value, ttl if value else 0) for said, value in values]
        return Heard(tuple(dict.fromkeys(lines)))

    def certificate_end(self, host: str) -> datetime:
        if host.endswith(".invalid"):
            raise NoCertificate(f"«\u00a0{host}\u00a0» ne montre pas de certificat.")
        return timezone.now() + timedelta(days=80)
