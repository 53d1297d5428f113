"""The services put in place, and what was found of them."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Query

from socle.api.guard import Caller, caller_of
from socle.api.pages import Key
from socle.api.shapes import installations as shapes
from socle.api.shapes.values import Identifier
from socle.api.v1.beneficiaries import reference
from socle.api.v1.offering import about, allow, cut_of, match_if_asked, operation, url_of
from socle.integrations.models import Scope
from socle.lib import dates
from socle.provisioning import actions as provisioning
from socle.provisioning import rules as provisioning_rules
from socle.provisioning.models import Installation

INSTALLATION_KEYS = {"id": Key("pk", "number")}


def _installations(caller: Caller) -> Any:
    return caller.access.installations().select_related(
        "service", "beneficiary__department", "beneficiary__commune", "right__agreement"
    )


def _installation(one: Installation) -> shapes.Installation:
    return shapes.Installation(
        url=url_of("installations", one.pk),
        id=one.pk,
        service=one.service.code,
        beneficiary=reference(one.beneficiary),
        agreement=one.right.agreement.number,
        state=one.state,  # type: ignore[arg-type]
        state_label=one.get_state_display(),
        wanted=one.wanted_present,
        is_simulated=one.is_simulated,
        waits=provisioning_rules.why_pending(one) or "",
        found=one.found,
        proof=one.proof,
        looked_at=one.looked_at,
        next_look_at=one.next_look_at,
        attempts=one.attempts,
        last_error=one.last_error,
    )


@operation("GET", "/installations", shapes.Installations, tag="Installations", scope=Scope.INSTALLATIONS_READ)
def list_installations(request: HttpRequest, filters: Query[shapes.InstallationFilters]):  # type: ignore[no-untyped-def]
    """Lister les installations."""
    rows = about(_installations(caller_of(request)), filters)
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.service:
        rows = rows.filter(service__code=filters.service)
    page = cut_of(request, rows, INSTALLATION_KEYS, filters)
    return shapes.Installations(data=[_installation(one) for one in page.rows], next=page.next)


@operation("GET", "/installations/{id}", shapes.Installation, tag="Installations", scope=Scope.INSTALLATIONS_READ)
def show_installation(request: HttpRequest, id: Identifier):  # type: ignore[no-untyped-def]
    """Lire une installation."""
    return _installation(_installation_or_404(caller_of(request), id))


def _installation_or_404(caller: Caller, identifier: int) -> Installation:
    found: Installation | None = _installations(caller).filter(pk=identifier).first()
    if found is None:
        raise Http404("Cette installation n’existe pas, ou n’est pas de celles que ce jeton voit.")
    return found


def _gesture_on_installation(
    request: HttpRequest, identifier: int, act: Callable[..., Installation]
) -> shapes.Installation:
    caller, at = caller_of(request), timezone.now()
    installation = _installation_or_404(caller, identifier)
    match_if_asked(request, _installation(installation))
    by = caller.access.user
    allow(provisioning_rules.why_not_operate(installation, by=by, on=dates.day_of(at)))
    act(installation, by=by, at=at)
    return _installation(_installation_or_404(caller, identifier))


@operation(
    "POST", "/installations/{id}/try-again", shapes.Installation, tag="Installations", scope=Scope.INSTALLATIONS_WRITE
)
def try_installation_again(request: HttpRequest, id: Identifier):  # type: ignore[no-untyped-def]
    """Demander un nouvel essai d’une installation en échec ou en attente."""
    return _gesture_on_installation(request, id, provisioning.try_again)


@operation(
    "POST", "/installations/{id}/suspend", shapes.Installation, tag="Installations", scope=Scope.INSTALLATIONS_WRITE
)
def suspend_installation(request: HttpRequest, id: Identifier):  # type: ignore[no-untyped-def]
    """Suspendre un service.

    Rien de ce que le bénéficiaire a écrit n’est effacé.
    """
    return _gesture_on_installation(request, id, provisioning.suspend)


@operation(
    "POST", "/installations/{id}/resume", shapes.Installation, tag="Installations", scope=Scope.INSTALLATIONS_WRITE
)
def resume_installation(request: HttpRequest, id: Identifier):  # type: ignore[no-untyped-def]
    """Reprendre un service suspendu."""
    return _gesture_on_installation(request, id, provisioning.resume)
