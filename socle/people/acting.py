"""In whose name a person acts now: one beneficiary at a time, chosen by them, checked on every request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import BigIntegerField, DateField
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from socle.journal import actions as journal
from socle.lib.compiled import Compiled, Given
from socle.lib.dates import day_of
from socle.people import helping
from socle.people.capabilities import Capability, allows
from socle.people.models import BENEFICIARY_ROLES, HELPER_ROLES, Beneficiary, HelpAccess, Membership, Role, User

SESSION_KEY = "active_beneficiary"


def beneficiaries_served(user: User | AnonymousUser, *, on: date) -> list[Beneficiary]:
    """Return the beneficiaries this person serves on this day, whatever the function, by name; none for the others."""
    if not isinstance(user, User) or not user.is_active:
        return []
    return _served().ask(user=user.pk, on=on)


# Asked at each request of the door of the mairies.
@cache
def _served() -> Compiled[Beneficiary]:
    user: Any = Given("user", BigIntegerField())
    day: Any = Given("on", DateField())
    held = Membership.objects.active_on(day).filter(user=user, role__in=BENEFICIARY_ROLES)
    served = Beneficiary.objects.filter(pk__in=held.values("beneficiary"))
    return Compiled(lambda: served.select_related("commune", "department").order_by("name", "pk"))


def helped_by(user: User | AnonymousUser, *, on: date) -> list[HelpAccess]:
    """Return the accesses by which this person may help a mairie on this day: open, and in their operator's name."""
    if not isinstance(user, User) or not user.is_active:
        return []
    operators = user.memberships.active_on(on).filter(role__in=HELPER_ROLES).values("operator")
    accesses = HelpAccess.objects.in_force_on(on).filter(operator__in=operators)
    return list(
        accesses.select_related("operator", "beneficiary__commune", "beneficiary__department").order_by(
            "beneficiary__name", "pk"
        )
    )


def active_beneficiary(request: HttpRequest) -> Beneficiary | None:
    """Return the beneficiary in whose name this request is made, or None.

    It is the one kept in the session when the person still serves it today (Europe/Paris), or is let in to help it,
    else the first they serve: a function that ended yesterday, an access that was closed a minute ago give nothing,
    whatever the session says. One never helps without having chosen to. The answer is kept on the request.
    """
    if not hasattr(request, "_active_beneficiary"):
        _read(request)
    active: Beneficiary | None = request._active_beneficiary  # type: ignore[attr-defined]
    return active


def help_in_force(request: HttpRequest) -> HelpAccess | None:
    """Return the access by which this request is made in a mairie's name, or None for its own people."""
    if not hasattr(request, "_help_access"):
        _read(request)
    access: HelpAccess | None = request._help_access  # type: ignore[attr-defined]
    return access


def roles_in_force(request: HttpRequest) -> frozenset[Role]:
    """Return the roles in which this request is made there: the person's own today, the secretary's for a helper."""
    if not hasattr(request, "_roles_in_force"):
        beneficiary = active_beneficiary(request)
        found: frozenset[Role] = frozenset()
        if help_in_force(request) is not None:
            found = frozenset({Role.SECRETARY})
        elif beneficiary is not None and isinstance(request.user, User):
            held = request.user.memberships.active_on(day_of(timezone.now()))
            held = held.filter(beneficiary=beneficiary, role__in=BENEFICIARY_ROLES)
            found = frozenset(Role(role) for role in held.values_list("role", flat=True))
        request._roles_in_force = found  # type: ignore[attr-defined]
    roles: frozenset[Role] = request._roles_in_force  # type: ignore[attr-defined]
    return roles


def opens(request: HttpRequest, capability: Capability) -> bool:
    """Say whether the function in which this request is made opens this: the one table of `capabilities`."""
    return allows(roles_in_force(request), capability)


def _read(request: HttpRequest) -> None:
    on = day_of(timezone.now())
    served = beneficiaries_served(request.user, on=on)
    chosen = str(request.session.get(SESSION_KEY, ""))
    active = next((one for one in served if str(one.pk) == chosen), None)
    access = None
    if active is None and chosen:
        access = next((one for one in helped_by(request.user, on=on) if str(one.beneficiary_id) == chosen), None)
        active = access.beneficiary if access else None
    if active is None and served:
        active = served[0]
    request._active_beneficiary, request._help_access = active, access  # type: ignore[attr-defined]
    if hasattr(request, "_roles_in_force"):
        del request._roles_in_force


@contextmanager
def in_its_name(request: HttpRequest) -> Iterator[None]:
    """Make what follows in the name of the active beneficiary: a helper gets the right to, and every line says so."""
    access = help_in_force(request)
    if access is None:
        yield
        return
    assert isinstance(request.user, User)
    with journal.marked(helper=access.operator.code), helping.lent(request.user, access.beneficiary):
        yield


def choose_beneficiary(request: HttpRequest, beneficiary: Beneficiary) -> bool:
    """Make this beneficiary the session's active one; answer False, and change nothing, when they may not."""
    on = day_of(timezone.now())
    if beneficiary not in beneficiaries_served(request.user, on=on) and not any(
        access.beneficiary == beneficiary for access in helped_by(request.user, on=on)
    ):
        return False
    request.session[SESSION_KEY] = beneficiary.pk
    _read(request)
    return True


def stop_acting(request: HttpRequest) -> None:
    """Forget the beneficiary that was chosen: a helper goes back to their own door."""
    request.session.pop(SESSION_KEY, None)
    _read(request)


def context(request: HttpRequest) -> dict[str, Any]:
    """Give templates `acting`, `helping` and `may`, read where drawn.

    The active beneficiary, the access of a helper, what the function in force opens (`{% if may.publish %}`).
    """
    return {
        "acting": SimpleLazyObject(lambda: active_beneficiary(request)),
        "helping": SimpleLazyObject(lambda: help_in_force(request)),
        "may": SimpleLazyObject(lambda: {one.value: opens(request, one) for one in Capability}),
    }
