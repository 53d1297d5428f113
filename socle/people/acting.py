"""In whose name a person acts now: one beneficiary at a time, chosen by them, checked on every request."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from socle.lib.dates import day_of
from socle.people.models import BENEFICIARY_ROLES, Beneficiary, User

SESSION_KEY = "active_beneficiary"


def beneficiaries_served(user: User | AnonymousUser, *, on: date) -> list[Beneficiary]:
    """Return the beneficiaries this person serves on this day as secretary or mayor, by name; none for the others."""
    if not isinstance(user, User) or not user.is_active:
        return []
    memberships = user.memberships.active_on(on).filter(role__in=BENEFICIARY_ROLES)
    return list(
        Beneficiary.objects.filter(pk__in=memberships.values("beneficiary"))
        .select_related("commune", "department")
        .order_by("name", "pk")
    )


def active_beneficiary(request: HttpRequest) -> Beneficiary | None:
    """Return the beneficiary in whose name this request is made, or None.

    It is the one kept in the session when the person still serves it today (Europe/Paris), else the first they serve:
    a function that ended yesterday gives nothing, whatever the session says. The answer is kept on the request.
    """
    if not hasattr(request, "_active_beneficiary"):
        served = beneficiaries_served(request.user, on=day_of(timezone.now()))
        chosen = str(request.session.get(SESSION_KEY, ""))
        request._active_beneficiary = next(  # type: ignore[attr-defined]
            (beneficiary for beneficiary in served if str(beneficiary.pk) == chosen), served[0] if served else None
        )
    active: Beneficiary | None = request._active_beneficiary  # type: ignore[attr-defined]
    return active


def choose_beneficiary(request: HttpRequest, beneficiary: Beneficiary) -> bool:
    """Make this beneficiary the session's active one; answer False, and change nothing, when they do not serve it."""
    if beneficiary not in beneficiaries_served(request.user, on=day_of(timezone.now())):
        return False
    request.session[SESSION_KEY] = beneficiary.pk
    request._active_beneficiary = beneficiary  # type: ignore[attr-defined]
    return True


def context(request: HttpRequest) -> dict[str, Any]:
    """Give templates `acting`: the active beneficiary, read only where it is drawn."""
    return {"acting": SimpleLazyObject(lambda: active_beneficiary(request))}
