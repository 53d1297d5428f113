"""Capabilities: what each role of a beneficiary opens there. One table, asked by every door, service and rule.

What is not written here is refused: a capability that no role lists opens to nobody, a role that is not in the table
opens nothing. `rules.may` asks it of a person on a day, `acting.opens` of the request under way.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from socle.people.models import Role


class Capability(StrEnum):
    """One thing that a function opens, as wide as a place of the menu."""

    ENTER = "enter"  # The door: its home, the choice of the body one acts for.
    MAIL = "mail"  # The boxes that were opened to this person, and what becomes of their own post.
    AGENDA = "agenda"  # The calendars that their role was given, and the venues.
    FOLDER = "folder"  # The folder, as far as the rights that their role was given.
    READ_ACTS = "read_acts"  # The acts that may be told to the whole council.
    READ_EVERY_ACT = "read_every_act"  # And those about one person, or not yet qualified.
    READ_AGREEMENTS = "read_agreements"
    CONTACTS = "contacts"  # The address book of the mairie, which names inhabitants.
    ANSWER = "answer"  # What inhabitants write from the site.
    PUBLISH = "publish"  # « Publier », an act included, and the pages of the site.
    ADMINISTER = "administer"  # Persons, services, mail, names, saves, programs, journal, the settings of the site.
    ENGAGE = "engage"  # Sign, and take everything away.
    NAME = "name"  # Say who may do what: confirm a colleague, give the rights of the folder.


_EVERYBODY = frozenset({Capability.ENTER, Capability.MAIL, Capability.AGENDA, Capability.FOLDER})
_DEPUTY = _EVERYBODY | {
    Capability.READ_ACTS,
    Capability.READ_EVERY_ACT,
    Capability.READ_AGREEMENTS,
    Capability.CONTACTS,
    Capability.ANSWER,
    Capability.PUBLISH,
}
_SECRETARY = _DEPUTY | {Capability.ADMINISTER}

OPENED: dict[Role, frozenset[Capability]] = {
    Role.MAYOR: _SECRETARY | {Capability.ENGAGE, Capability.NAME},
    Role.SECRETARY: _SECRETARY,
    Role.DEPUTY: _DEPUTY,
    Role.COUNCILLOR: _EVERYBODY | {Capability.READ_ACTS},
    Role.AGENT: _EVERYBODY,
}

# The same, for whoever chooses the function of a colleague.
SAYS: dict[Role, str] = {
    Role.SECRETARY: "Tout, sauf signer et confirmer une ou un collègue.",
    Role.MAYOR: "Tout\u00a0: signe pour la mairie, et confirme qui y travaille.",
    Role.DEPUTY: (
        "Publie sur le site et répond aux habitants\u00a0; lit les actes et la convention\u00a0; sa boîte, l’agenda, "
        "le dossier."
    ),
    Role.COUNCILLOR: (
        "Lit l’agenda et les actes du conseil, réserve une salle\u00a0; sa boîte, ce que le dossier lui ouvre."
    ),
    Role.AGENT: "Lit l’agenda, réserve une salle\u00a0; sa boîte, ce que le dossier lui ouvre. Rien d’autre.",
}


def allows(roles: Iterable[Role], capability: Capability) -> bool:
    """Say whether one of these roles opens this."""
    return any(capability in OPENED.get(role, ()) for role in roles)


def those_who(capability: Capability) -> tuple[Role, ...]:
    """Return the roles that open this, the table read the other way."""
    return tuple(role for role, opened in OPENED.items() if capability in opened)
