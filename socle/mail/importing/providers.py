"""Where the boxes of known providers are read by IMAP, and what must be done there first.

Names that these providers publish to their customers; none of them is the law, and each may be typed otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Provider:
    """A provider of mail: the domains of its addresses, its IMAP server, what to know before."""

    name: str
    domains: tuple[str, ...]
    host: str
    advice: str = ""
    # Its password is refused to programs, whatever one does.
    is_closed: bool = False


PROVIDERS = (
    Provider("Orange", ("orange.fr", "wanadoo.fr"), "imap.orange.fr"),
    Provider("Free", ("free.fr", "aliceadsl.fr"), "imap.free.fr"),
    Provider("SFR", ("sfr.fr", "neuf.fr", "cegetel.net", "club-internet.fr"), "imap.sfr.fr"),
    Provider("La Poste", ("laposte.net",), "imap.laposte.net", "Autorisez d’abord l’accès IMAP dans ses réglages."),
    Provider("Bouygues Telecom", ("bbox.fr",), "imap4.bbox.fr"),
    Provider("Nordnet", ("nordnet.fr",), "imap.nordnet.fr"),
    Provider(
        "Gmail",
        ("gmail.com", "googlemail.com"),
        "imap.gmail.com",
        "Gmail demande un « mot de passe d’application » : créez-le dans la sécurité du compte Google, puis "
        "écrivez-le ici.",
    ),
    Provider(
        "Yahoo",
        ("yahoo.fr", "yahoo.com"),
        "imap.mail.yahoo.com",
        "Yahoo demande un « mot de passe d’application » : créez-le dans la sécurité du compte, puis écrivez-le ici.",
    ),
    Provider(
        "Outlook.com",
        ("outlook.fr", "outlook.com", "hotmail.fr", "hotmail.com", "live.fr", "msn.com"),
        "outlook.office365.com",
        "Outlook.com n’ouvre plus ses boîtes par mot de passe aux autres programmes : demandez à votre opérateur de "
        "vous aider à les reprendre autrement.",
        is_closed=True,
    ),
)


def provider_of(login: str) -> Provider | None:
    """The provider of an address, when it is a known one."""
    domain = login.rpartition("@")[2].strip().lower()
    return next((one for one in PROVIDERS if domain in one.domains), None)
