"""The records to copy at whoever sold a domain, and what is advised of its extension."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from django.conf import settings

from socle.lib.domains import EXAMPLES, has_www, read_domain, suffix_of, zone_of

__all__ = [
    "Expected", "Record", "expected", "has_www", "label_of", "read_domain", "records_for", "suffix_of",
    "why_not_advised", "zone_of",
]  # fmt: skip

# The extensions that the « Référentiel de la présence numérique territoriale » (v0.2.1 of 10 July 2026, criterion 1.2)
# counts as sovereign.
SOVEREIGN = frozenset("alsace bzh corsica eu fr gf gp mq nc paris pf pm re tf wf yt".split())  # noqa: SIM905
TTL = 3600


def why_not_advised(domain: str) -> str | None:
    """Advice, never a refusal: an extension that the State's reference does not count as sovereign."""
    extension = domain.rpartition(".")[2]
    if extension in SOVEREIGN or extension in EXAMPLES:
        return None
    return (
        f"L’extension «\u00a0.{extension}\u00a0» n’est pas de celles que le référentiel de la présence numérique "
        "territoriale retient (critère 1.2)\u00a0: un nom en .fr est conseillé. Vous pouvez l’ajouter, et garder "
        "celui-ci pour qu’il y conduise."
    )


@dataclass(frozen=True)
class Expected:
    """What the DNS is to say: our addresses, the name a site is born with, who issues our certificates."""

    ipv4: tuple[str, ...]
    ipv6: tuple[str, ...]
    alias: str
    authorities: tuple[str, ...]


def expected(alias: str) -> Expected:
    """What the settings say of our front."""
    addresses = [ipaddress.ip_address(one) for one in settings.SOCLE_SITES_ADDRESSES]
    return Expected(
        tuple(str(one) for one in addresses if one.version == 4),
        tuple(str(one) for one in addresses if one.version == 6),
        alias,
        tuple(one.lower() for one in settings.SOCLE_CERTIFICATE_AUTHORITIES),
    )


@dataclass(frozen=True)
class Record:
    """One record, as the form of a registrar asks for it."""

    host: str
    kind: str
    value: str

    @property
    def kind_in_words(self) -> str:
        return {
            "A": "A (adresse IPv4)",
            "AAAA": "AAAA (adresse IPv6)",
            "CNAME": "CNAME (alias)",
            "CAA": "CAA (autorité de certification)",
            "TXT": "TXT (texte)",
        }.get(self.kind, self.kind)


def label_of(host: str, zone: str) -> str:
    """What the form of a registrar calls the host: `@` for the domain itself, `www`."""
    return "@" if host == zone else host.removesuffix(f".{zone}")


def records_for(domain: str, wanted: Expected) -> list[Record]:
    """All the records that make a name lead here. The domain itself takes addresses: an alias is not allowed there."""
    zone = zone_of(domain)
    records = []
    if domain == zone:
        records += [Record("@", "A", one) for one in wanted.ipv4]
        records += [Record("@", "AAAA", one) for one in wanted.ipv6]
        records.append(Record("www", "CNAME", f"{wanted.alias}."))
    else:
        records.append(Record(label_of(domain, zone), "CNAME", f"{wanted.alias}."))
    return records
