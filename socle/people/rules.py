"""Who holds which role, where, and on which day. Every right in the house is read here."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from socle.lib import siret
from socle.lib.dates import in_words
from socle.people.models import BENEFICIARY_ROLES, OPERATOR_ROLES, Beneficiary, Membership, Operator, Role, User
from socle.territory.models import Commune

Someone = User | AnonymousUser


def holds(
    user: Someone,
    *roles: Role,
    on: date,
    beneficiary: Beneficiary | None = None,
    operator: Operator | None = None,
) -> bool:
    """Say whether this person holds one of these roles on this day (Europe/Paris), there if a place is given."""
    if not isinstance(user, User) or not user.is_active:
        return False
    memberships = user.memberships.active_on(on).filter(role__in=roles)
    if beneficiary is not None:
        memberships = memberships.filter(beneficiary=beneficiary)
    if operator is not None:
        memberships = memberships.filter(operator=operator)
    return memberships.exists()


def roles_of(user: Someone, *, on: date) -> set[Role]:
    """Return every role this person holds on this day, wherever it is."""
    if not isinstance(user, User) or not user.is_active:
        return set()
    return {Role(role) for role in user.memberships.active_on(on).values_list("role", flat=True)}


def operators_of(user: Someone, *, on: date) -> list[Operator]:
    """Return the operators this person works for on this day, by name."""
    if not isinstance(user, User) or not user.is_active:
        return []
    memberships = user.memberships.active_on(on).filter(role__in=OPERATOR_ROLES)
    return list(Operator.objects.filter(pk__in=memberships.values("operator")))


def is_operator(user: Someone, *, on: date) -> bool:
    """Say whether this person works for an operator on this day."""
    return holds(user, *OPERATOR_ROLES, on=on)


def is_of_a_beneficiary(user: Someone, *, on: date) -> bool:
    """Say whether this person serves a beneficiary on this day."""
    return holds(user, *BENEFICIARY_ROLES, on=on)


def must_have_second_factor(user: Someone, *, on: date) -> bool:
    """Say whether this person must sign in with a code besides the password: every person of an operator.

    The fictitious people of a demonstration are exempt, and only there: their doors open in one click.
    """
    if not isinstance(user, User) or (settings.DEMO and user.is_fictitious):
        return False
    return is_operator(user, on=on)


def why_not_play(user: User) -> str | None:
    """Say in French why nobody may sign in as this person in one click, or None: only fictions, only in a demo."""
    if not settings.DEMO:
        return "Cette installation n’est pas une démonstration : chacun et chacune s’y connecte avec son mot de passe."
    if not user.is_fictitious:
        return "Ce compte est celui d’une vraie personne : elle seule s’y connecte."
    if not user.is_active:
        return "Ce compte est fermé."
    return None


def why_not_give_role(role: Role, *, beneficiary: Beneficiary | None, operator: Operator | None) -> str | None:
    """Say in French why this role cannot be given there, or None."""
    if (beneficiary is None) == (operator is None):
        return "Une fonction s’exerce en un lieu et un seul : désignez un bénéficiaire ou un opérateur."
    if beneficiary is not None and role not in BENEFICIARY_ROLES:
        return f"La fonction « {role.label} » s’exerce chez un opérateur, pas dans une mairie."
    if operator is not None and role not in OPERATOR_ROLES:
        return f"La fonction « {role.label} » s’exerce dans une mairie, pas chez un opérateur."
    return None


def why_not_end_role(membership: Membership, last_day: date) -> str | None:
    """Say in French why a role cannot end on this day, or None."""
    if membership.starts_on is not None and last_day < membership.starts_on:
        return f"Cette fonction commence le {in_words(membership.starts_on)} : elle ne peut pas finir avant."
    return None


def why_not_register(commune: Commune) -> str | None:
    """Say in French why this commune cannot become a beneficiary, or None."""
    if commune.gone_in is None:
        return None
    if commune.merged_into is None:
        return f"{commune.name} n’est plus une commune : cherchez par son nom celle qui lui succède."
    heir = commune.heir
    return (
        f"{commune.name} n’est plus une commune : elle a rejoint {heir.name}. "
        f"Inscrivez {heir.name} (code INSEE {heir.insee_code})."
    )


def why_not_register_body(name: str, number: str) -> str | None:
    """Say in French why this public body cannot become a beneficiary, or None."""
    if not name.strip():
        return "Le nom de l’établissement manque."
    return siret.why_not_siret(number)


def why_not_confirm_siret(beneficiary: Beneficiary, number: str, *, by: User, on: date) -> str | None:
    """Say in French why this person cannot keep this SIRET for the beneficiary, or None."""
    if not by.is_system and not holds(by, *BENEFICIARY_ROLES, on=on, beneficiary=beneficiary):
        return "Seules les personnes de la mairie confirment son SIRET : elles ont l’avis de situation sous les yeux."
    if wrong := siret.why_not_siret(number):
        return wrong
    siren = beneficiary.commune.siren if beneficiary.commune else ""
    if siren and not number.startswith(siren):
        return (
            f"Ce SIRET ne commence pas par le SIREN de la commune, {siret.spaced(siren)} : "
            "c’est sans doute celui d’un autre établissement."
        )
    return None


def why_not_enrol(email: str, name: str) -> str | None:
    """Say in French why no account can be opened with this address and this name, or None."""
    if not name.strip():
        return "Le nom de la personne manque."
    try:
        validate_email(email)
    except ValidationError:
        return "Cette adresse électronique n’est pas complète : elle s’écrit comme mairie@exemple.fr."
    return None


def why_not_invite(user: User) -> str | None:
    """Say in French why this person cannot be invited, or None."""
    return None if user.is_active else "Ce compte est fermé : rouvrez-le avant d’inviter la personne."
