"""The twin of the DNS for domains of mail: what is wanted is there, except under `.invalid`, still at a former host."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone
from django_scopes import scopes_disabled

from socle.mail.contract import HERE, NONE, THERE, Heard, Told
from socle.mail.models.domains import Domain
from socle.mail.zoning.facts import records_for

# Nobody's (RFC 2606).
FORMER_HOST = "ancien-hebergeur.invalid"


class SimulatedAsker:
    """Says what a demonstration needs to show: a domain that is right, one whose mail still arrives elsewhere."""

    is_simulated = True

    def ask(self, questions: Sequence[tuple[str, str]], *, zone: str) -> Heard:
        names = [name for name, _ in questions]
        with scopes_disabled():  # One domain: that of the questions.
            domain = Domain.objects.filter(name__in=names).first()
        told: dict[tuple[str, str], list[str]] = {}
        if domain is not None and domain.name.endswith(".invalid"):
            told[domain.name, "MX"] = [f"10 mx.{FORMER_HOST}."]
            told[domain.name, "TXT"] = [f'"v=spf1 include:spf.{FORMER_HOST} ~all"']
            told[f"autodiscover.{domain.name}", "CNAME"] = [f"autodiscover.{FORMER_HOST}."]
        elif domain is not None:
            for one in records_for(domain, at=timezone.now(), with_site=False):
                told.setdefault((one.name, one.type), []).append(one.content)
        lines = []
        for name, kind in dict.fromkeys(questions):
            for source, ttl in ((HERE, 1800), (THERE, 3600)):
                values = told.get((name, kind), [])
                lines += [Told(source, name, kind, kind, value, ttl) for value in values]
                if not values:
                    lines.append(Told(source, name, kind, NONE))
        return Heard(tuple(lines))
