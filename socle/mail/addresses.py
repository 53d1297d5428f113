"""Addresses as people write them: read, judged on their form, compared with those they could be taken for.

Only letters without accents, digits and « . - _ » before the « @ »: every server and every form takes these. Sources:
RFC 5321 (lengths, 4.5.3.1), RFC 2142 (names that must answer), the rules of the CA/Browser Forum (names by which a
certificate may be asked for, BR 3.2.2.4.4).
"""

from __future__ import annotations

import re
import unicodedata

import idna
from django.conf import settings

from socle.lib.refusals import Refused
from socle.lib.text import slug

LONGEST_LOCAL, LONGEST = 64, 254
LOCAL = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*", re.ASCII)
# Whoever reads these could obtain a certificate for the domain, or be taken for its servers: they are never boxes.
REQUIRED = ("postmaster", "abuse")
RESERVED = frozenset(
    (
        *REQUIRED,
        *("hostmaster", "webmaster", "admin", "administrator", "administrateur", "root", "security", "noc"),
        *("ssladmin", "sslwebmaster", "mailer-daemon", "mailerdaemon", "daemon", "nobody", "noreply", "no-reply"),
        *("dmarc", "tlsrpt", "autoconfig", "autodiscover", "mta-sts", "support", "socle", "bounce", "bounces"),
        # What guests answer to an invitation is read by the platform itself.
        "reponses-agenda",
    )
)
# What providers give to everybody: such a domain is never a commune's.
PROVIDERS = frozenset(
    (
        *("orange.fr", "wanadoo.fr", "free.fr", "sfr.fr", "neuf.fr", "laposte.net", "gmail.com", "googlemail.com"),
        *("hotmail.com", "hotmail.fr", "outlook.com", "outlook.fr", "live.fr", "msn.com", "yahoo.fr", "yahoo.com"),
        *("bbox.fr", "numericable.fr", "club-internet.fr", "aol.com", "icloud.com", "proton.me", "protonmail.com"),
        *("gmx.fr", "nordnet.fr", "aliceadsl.fr", "9online.fr", "cegetel.net", "dbmail.com", "voila.fr", "gouv.fr"),
    )
)
_LOOKS = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "8": "b", "2": "z", ".": "", "-": "", "_": ""})


def read_local_part(text: str) -> str:
    """Return what comes before the « @ », in lower case; Refused, with the remedy, when no address begins so."""
    local = text.strip().lower()
    if not local:
        raise Refused("Écrivez le début de l’adresse, par exemple urbanisme.")
    if "@" in local:
        raise Refused("Écrivez seulement ce qui précède l’arobase (@) : la suite est votre domaine.")
    if not local.isascii():
        raise Refused(_why_not_ascii(local))
    if len(local) > LONGEST_LOCAL:
        raise Refused(f"Le début de l’adresse est trop long : {LONGEST_LOCAL} caractères au plus.")
    if " " in local:
        raise Refused(f"Une adresse n’a pas d’espace : écrivez par exemple « {slug(local) or 'prenom.nom'} ».")
    if not LOCAL.fullmatch(local):
        raise Refused(
            "Une adresse ne contient que des lettres sans accent et des chiffres, séparés par un point, un trait "
            "d’union ou un tiret bas : jamais au bord, jamais deux de suite."
        )
    return local


def _why_not_ascii(local: str) -> str:
    """Say what is wrong with a letter: an accent to take off, or a letter of another alphabet that looks like ours."""
    strange = next(letter for letter in local if not letter.isascii())
    plain = "".join(one for one in unicodedata.normalize("NFKD", local) if not unicodedata.combining(one))
    plain = plain.replace("œ", "oe").replace("æ", "ae").replace("’", "-")
    if plain.isascii() and LOCAL.fullmatch(plain) and unicodedata.name(strange, "").startswith("LATIN"):
        return f"Les accents se perdent dans les adresses : écrivez « {plain} »."
    alphabet = unicodedata.name(strange, "").split(" ")[0]
    known = {"CYRILLIC": "une lettre cyrillique", "GREEK": "une lettre grecque", "FULLWIDTH": "un caractère large"}
    what = known.get(alphabet, "un caractère qui n’est pas de notre alphabet")
    return (
        f"« {strange} » est {what} : on prendrait cette adresse pour une autre. Tapez-la au clavier, en lettres sans "
        "accent."
    )


def looks(local: str) -> str:
    """Return the skeleton of an address, as it looks at a glance: two that look the same are taken for one another."""
    return local.replace("rn", "m").replace("vv", "w").replace("cl", "d").translate(_LOOKS)


def read_address(text: str) -> str:
    """Return a whole address, its domain in ASCII, lower case; Refused when it cannot be one."""
    address = text.strip().lower().removeprefix("mailto:")
    if any(unicodedata.category(one)[0] == "C" or one.isspace() for one in address) or address.count("@") != 1:
        raise Refused("Écrivez une adresse entière, par exemple prenom.nom@exemple.fr.")
    local, _, domain = address.partition("@")
    if (
        not local
        or not local.isascii()
        or len(local) > LONGEST_LOCAL
        or not re.fullmatch(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]+", local)
    ):
        raise Refused("Le début de cette adresse, avant l’arobase (@), contient un caractère qui n’y a pas sa place.")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise Refused("Le début de cette adresse a un point de trop.")
    try:
        domain = idna.encode(domain, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise Refused("La fin de cette adresse, après l’arobase (@), n’est pas un nom de domaine.") from None
    if "." not in domain or not re.fullmatch(r"[a-z0-9.-]+", domain):
        raise Refused("La fin de cette adresse, après l’arobase (@), n’est pas un nom de domaine.")
    if len(local) + 1 + len(domain) > LONGEST:
        raise Refused(f"Cette adresse est trop longue : {LONGEST} caractères au plus.")
    return f"{local}@{domain}"


def is_in_zone(domain: str) -> bool:
    """Whether mail may be sent on to this domain: one of the extensions, or of the domains, that the settings name."""
    zones = [zone.strip().lower().lstrip(".") for zone in settings.SOCLE_MAIL_FORWARD_ZONES]
    return any(domain == zone or domain.endswith(f".{zone}") for zone in zones if zone)


def zones_in_words() -> str:
    """The extensions that the settings name, as a person reads them."""
    shown = [f".{zone}" for zone in settings.SOCLE_MAIL_FORWARD_ZONES[:4]]
    return ", ".join(shown) + ("…" if len(settings.SOCLE_MAIL_FORWARD_ZONES) > 4 else "")
