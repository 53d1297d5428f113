"""A domain as people write it, and the records to copy at whoever sold it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import cache

import idna
from django.conf import settings
from publicsuffixlist import PublicSuffixList

from socle.lib.refusals import Refused

# Kept for examples (RFC 2606): a demonstration has no other.
EXAMPLES = ("test", "invalid")
# The extensions that the « Référentiel de la présence numérique territoriale » (v0.2.1 of 10 July 2026, criterion 1.2)
# counts as sovereign.
SOVEREIGN = frozenset("alsace bzh corsica eu fr gf gp mq nc paris pf pm re tf wf yt".split())  # noqa: SIM905
LONGEST = 249  # With « www. », a name of 253.
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
TTL = 3600


@cache
def _suffixes() -> PublicSuffixList:
    # The registries' own rules, not those of hosts who sell names under theirs; bundled: nothing is fetched.
    return PublicSuffixList(accept_unknown=False, only_icann=True)


def suffix_of(domain: str) -> str | None:
    """The extension under which a name is registered: `fr`, `gouv.fr`; None when there is no such extension."""
    last = domain.rpartition(".")[2]
    if last in EXAMPLES:
        return last if settings.DEMO else None
    return _suffixes().publicsuffix(domain) or None


def zone_of(domain: str) -> str:
    """The registered name this one is in: `prisches.fr` for `mairie.prisches.fr`."""
    suffix = suffix_of(domain) or domain.rpartition(".")[2]
    if domain == suffix or not domain.endswith(f".{suffix}"):
        return domain
    return f"{domain[: -len(suffix) - 1].rpartition('.')[2]}.{suffix}"


def read_domain(text: str) -> str:
    """Return the domain someone wrote, in ASCII and without `www.`; Refused, with the remedy, when it is none."""
    wanted = text.strip().lower()
    # What people copy is an address more often than a name.
    wanted = re.sub(r"^https?://", "", wanted).partition("/")[0].rstrip(".")
    if not wanted:
        raise Refused("Écrivez le nom de domaine, par exemple prisches.fr.")
    if "@" in wanted:
        raise Refused("Ceci est une adresse électronique\u00a0: écrivez seulement ce qui suit l’arobase (@).")
    if ":" in wanted or re.search(r"[\s_*?#%&'\"<>\\]", wanted):
        raise Refused("Un nom de domaine ne contient que des lettres, des chiffres, des traits d’union et des points.")
    try:
        ipaddress.ip_address(wanted)
    except ValueError:
        pass
    else:
        raise Refused("Ceci est une adresse IP\u00a0: écrivez le nom de domaine, par exemple prisches.fr.")
    try:
        domain = idna.encode(wanted, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise Refused(
            "Ce nom ne peut pas être un nom de domaine\u00a0: un point de trop, un trait d’union au bord, ou une "
            "lettre que les registres n’acceptent pas."
        ) from None
    domain = domain.removeprefix("www.")
    if len(domain) > LONGEST:
        raise Refused(f"Ce nom est trop long\u00a0: {LONGEST} caractères au plus.")
    if not all(LABEL.fullmatch(label) for label in domain.split(".")):
        raise Refused("Entre deux points, un nom compte de 1 à 63 lettres, chiffres ou traits d’union, jamais au bord.")
    if "." not in domain:
        raise Refused("Il manque l’extension\u00a0: écrivez par exemple prisches.fr, et non prisches.")
    suffix = suffix_of(domain)
    if suffix is None:
        raise Refused(f"L’extension «\u00a0.{domain.rpartition('.')[2]}\u00a0» n’existe pas\u00a0: vérifiez le nom.")
    if domain == suffix:
        raise Refused(
            f"«\u00a0{domain}\u00a0» est une extension, sous laquelle chacun achète un nom\u00a0: ajoutez le vôtre."
        )
    return domain


def has_www(domain: str) -> bool:
    """Whether people will type `www.` before this name: it is the one that was registered."""
    return zone_of(domain) == domain


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
