"""Who may let a program in, in whose name, and until when."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from socle.integrations.models import Scope, Token
from socle.lib import dates
from socle.people import helping
from socle.people.models import BENEFICIARY_ROLES, OPERATOR_ROLES, Beneficiary, Operator, Role, User
from socle.people.rules import holds

# Whoever answers for the programme, for the machines or for a department knows which programs work there.
KEEPERS = (Role.PROGRAMME_OFFICER, Role.TECHNICIAN, Role.CDG_ADVISOR)
# For how many days a token may be asked: none is for ever.
TERMS = (30, 90, 180, 365)
MOST_TOKENS = 20


def why_not_keep(owner: Operator | Beneficiary, *, by: User, on: date) -> str | None:
    """Say why this person does not manage the programs let in for this organisation, or None."""
    if by.is_system:
        return None
    if isinstance(owner, Beneficiary):
        if helping.helps(by, owner):
            return "Un accès d’assistance n’ouvre pas de jeton : il durerait plus longtemps que lui."
        if holds(by, *BENEFICIARY_ROLES, on=on, beneficiary=owner):
            return None
        return "Seules les personnes de cet organisme peuvent le faire."
    if holds(by, *KEEPERS, on=on, operator=owner):
        return None
    return "Seules les personnes chargées du programme ou de la technique, chez cet opérateur, peuvent le faire."


def why_not_create_token(
    owner: Operator | Beneficiary, *, name: str, scopes: Collection[str], days: int, by: User, at: datetime
) -> str | None:
    """Say why this token cannot be made, or None."""
    if reason := why_not_keep(owner, by=by, on=dates.day_of(at)):
        return reason
    if not name.strip():
        return "Donnez un nom au jeton : celui du programme qui s’en servira."
    if not scopes:
        return "Choisissez au moins une chose que ce jeton ouvre."
    if not set(scopes) <= set(Scope.values):
        return "Une des portées demandées n’existe pas."
    if days not in TERMS:
        return "Choisissez une durée parmi celles qui sont proposées : aucun jeton ne dure toujours."
    alive = Token.objects.of(owner).filter(revoked_at=None, expires_at__gt=at)
    if alive.filter(name=name.strip()).exists():
        return "Un jeton en cours porte déjà ce nom : donnez-en un autre, ou révoquez d’abord l’ancien."
    if alive.count() >= MOST_TOKENS:
        return f"Votre organisme a déjà {MOST_TOKENS} jetons en cours : révoquez ceux qui ne servent plus."
    return None


def why_not_revoke(token: Token, *, by: User, at: datetime) -> str | None:
    """Say why a token cannot be revoked, or None."""
    if reason := why_not_keep(token.owner, by=by, on=dates.day_of(at)):
        return reason
    return "Ce jeton est déjà révoqué." if token.revoked_at else None


def why_not_take_over(token: Token, *, by: User, at: datetime) -> str | None:
    """Say why this person cannot answer for a token in place of another, or None."""
    if reason := why_not_keep(token.owner, by=by, on=dates.day_of(at)):
        return reason
    if token.is_over(at):
        return "Ce jeton n’ouvre plus rien : créez-en un autre."
    return "Vous répondez déjà de ce jeton." if token.held_by_id == by.pk else None


def why_not_use(token: Token, *, at: datetime) -> str | None:
    """Say why a token opens nothing now, or None: over, or held by someone who serves its organisation no more."""
    if token.revoked_at is not None:
        return f"Ce jeton a été révoqué le {dates.in_words(dates.day_of(token.revoked_at))}."
    if token.expires_at <= at:
        return f"Ce jeton a expiré le {dates.in_words(dates.day_of(token.expires_at))} : créez-en un autre."
    on, owner = dates.day_of(at), token.owner
    serves = (
        holds(token.held_by, *BENEFICIARY_ROLES, on=on, beneficiary=owner)
        if isinstance(owner, Beneficiary)
        else holds(token.held_by, *OPERATOR_ROLES, on=on, operator=owner)
    )
    if serves:
        return None
    return (
        "La personne qui répond de ce jeton n’exerce plus de fonction dans l’organisme : "
        "qu’une autre le reprenne, dans « Jetons »."
    )
