"""Who holds which role, where, and on which day. Every right in the house is read here."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import AnonymousUser

from socle.people.models import Beneficiary, Operator, Role, User


def holds(
    user: User | AnonymousUser,
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
