"""Addresses of one's own: whoever signs for a body is invited at theirs, never at a box that many people open."""

from __future__ import annotations

import re

from socle.lib.text import folded
from socle.people.models import Beneficiary, Membership, Operator, Role, User
from socle.territory.models import TownHall

# By these roles one signs for one's body.
SIGNING = (Role.MAYOR, Role.PRESIDENT, Role.CDG_PRESIDENT)
# Those that help whoever signs: their address is theirs.
_HELPING = (Role.SECRETARY, Role.AGENT)
# What the first part of a box that is nobody's own is called: whole, as one of its words, or as its beginning.
# « maire@ » is not among them: it is the mayor's.
_WHOLE = frozenset(
    (
        *(
            "info",
            "infos",
            "information",
            "informations",
            "bonjour",
            "ville",
            "siege",
            "standard",
            "bureau",
            "direction",
        ),
        *("dgs", "elus", "conseil", "cdg", "etatcivil", "municipalite", "communication", "administration", "courrier"),
        *("urbanisme", "postmaster", "webmaster", "admin", "noreply"),
    )
)
_WORDS = frozenset(("mairie", "accueil", "secretariat", "secretaire", "contact", "commune", "syndicat"))
_BEGINNINGS = ("mairie", "secretariat", "accueil")

SHARED = (
    "Cette adresse est une boîte commune, que plusieurs personnes peuvent ouvrir\u00a0: qui l’ouvre signerait à la "
    "place de la personne invitée. Donnez une adresse à son nom."
)


def is_shared(email: str) -> bool:
    """Say whether the name of this address is that of a place or of an office: « mairie@ », « contact.mairie@ »."""
    local = folded(email.rpartition("@")[0])
    words = re.findall(r"[a-z]+", local)
    return "".join(words) in _WHOLE or not _WORDS.isdisjoint(words) or "".join(words).startswith(_BEGINNINGS)


def box_of(place: Beneficiary | Operator) -> str:
    """Return the address that a body publishes, for a mairie the directory's; nothing when it is not known."""
    hall = TownHall.objects.filter(commune=place.commune_id).first() if isinstance(place, Beneficiary) else None
    return (hall.email if hall is not None else "") or place.email


def why_not_own(email: str, *, role: Role, beneficiary: Beneficiary | None, operator: Operator | None) -> str | None:
    """Say in French why whoever signs by this role cannot be invited at this address, or None for any other role.

    Refused: a box by its name, the one that the body publishes, and that of somebody who works there for its signatory.
    """
    address, place = email.strip().lower(), beneficiary or operator
    if role not in SIGNING or place is None:
        return None
    if is_shared(address) or address in {place.email.lower(), box_of(place).lower()}:
        return SHARED
    if beneficiary is not None and beneficiary.pk is not None:
        theirs = Membership.objects.filter(beneficiary=beneficiary, role__in=_HELPING, user__email=address)
        if theirs.filter(ends_on__isnull=True).exists():
            return (
                "Cette adresse est celle d’une personne qui travaille à la mairie\u00a0: donnez celle de la personne "
                "qui signe, à son nom."
            )
    return None


def why_not_move_to(email: str, *, user: User) -> str | None:
    """Say in French why somebody who signs cannot take this address for their account, or None."""
    held = user.memberships.filter(role__in=SIGNING, ends_on__isnull=True).select_related("beneficiary", "operator")
    refusals = (
        why_not_own(email, role=Role(one.role), beneficiary=one.beneficiary, operator=one.operator) for one in held
    )
    return next((reason for reason in refusals if reason), None)
