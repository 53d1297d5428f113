"""Domain names as people write them: read, judged on their form, and where they are registered."""

from __future__ import annotations

import ipaddress
import re
from functools import cache

import idna
from django.conf import settings
from publicsuffixlist import PublicSuffixList

from socle.lib.refusals import Refused

# Kept for examples (RFC 2606): a demonstration has no other.
EXAMPLES = ("test", "invalid")
LONGEST = 246  # With « _socle. », which proves whose it is, a name of 253.
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


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
