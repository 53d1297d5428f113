"""The one rule of access of the operators' door: what a person reaches is opened for the time of a view."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from socle.agreements.models import Agreement
from socle.journal import readings
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.people.models import Operator, Role, User
from socle.provisioning.access import Access, access_of, within
from socle.territory.models import Commune

__all__ = [
    "OPERATORS_ONLY", "TENDERS", "Access", "administered_by", "agreement_or_404", "chosen_officer", "commune_or_404",
    "console_view", "forbid", "gesture", "gone_or_404", "here", "open_to_control", "page_above", "record_view",
    "way_back",
]  # fmt: skip

P = ParamSpec("P")
SEEN = "_seen"
OPERATORS_ONLY = "Cette partie est réservée aux opérateurs du programme."
# Who sees to the platform itself.
TENDERS = (Role.TECHNICIAN, Role.PROGRAMME_OFFICER)
ONLY_CONTROL, OPEN_TO_CONTROL = frozenset({Role.CONTROLLER}), "is_open_to_control"


def here(page: str) -> str:
    """The name by which an address of the operators' door is written: « console:merger »."""
    return f"{settings.SOCLE_OPERATORS_DOOR}:{page}"


def console_view(
    view: Callable[Concatenate[HttpRequest, Access, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Open a view to operators only, with their access, and scope every query to their beneficiaries.

    A person who serves no operator gets a 403 that says where their own door is. Templates are rendered within the
    scope, so that a lazy query is scoped like the others.
    """

    @wraps(view)
    @login_required
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        assert isinstance(request.user, User)
        access = access_of(request.user, on=dates.day_of(timezone.now()))
        if access is None and administered_by(request.user, on=dates.day_of(timezone.now())) is not None:
            return redirect(here("first_steps"))
        if access is None:
            raise PermissionDenied(OPERATORS_ONLY)
        if access.roles == ONLY_CONTROL and not getattr(view, OPEN_TO_CONTROL, False):
            raise PermissionDenied(
                "Votre accès est celui d’un contrôle\u00a0: il ouvre les subventions, et rien d’autre."
            )
        request.console_access = access  # type: ignore[attr-defined]
        with within(access):
            try:
                response = view(request, access, *args, **kwargs)
            except Refused as refusal:
                response = _refused(request, refusal)
            if hasattr(response, "render"):
                response = response.render()
            if response.status_code < 300 and (seen := getattr(request, SEEN, None)):
                readings.note(seen, by=access.user, operator=access.operator, door="console", at=timezone.now())
            return response

    return cast(Callable[Concatenate[HttpRequest, P], HttpResponse], guarded)


def administered_by(user: User, *, on: date) -> Operator | None:
    """The operator that this person administers on this day, whether it has a programme or none yet; or None."""
    held = user.memberships.active_on(on).filter(role__in=TENDERS, operator__isnull=False) if user.is_active else None
    membership = held.select_related("operator").order_by("pk").first() if held is not None else None
    return membership.operator if membership else None


def open_to_control(
    view: Callable[Concatenate[HttpRequest, Access, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Access, P], HttpResponse]:
    """Open a page, under `console_view`, to whoever only controls a grant too; every other page is closed to them."""
    setattr(view, OPEN_TO_CONTROL, True)
    return view


def record_view(request: HttpRequest, kind: str, thing: models.Model | None = None, code: str = "") -> None:
    """Say that this page shows something personal: it is noted once the page is made (journal/readings.py)."""
    if not hasattr(request, SEEN):
        setattr(request, SEEN, [])
    getattr(request, SEEN).append(readings.Seen(kind, thing, code))


def gesture(
    view: Callable[Concatenate[HttpRequest, Access, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Open a view that acts: by POST only. Whoever comes by an address (signing in again, say) is led to the page."""

    @wraps(view)
    def by_post(request: HttpRequest, access: Access, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method != "POST":
            return redirect(page_above(request))
        return view(request, access, *args, **kwargs)

    return console_view(by_post)


def page_above(request: HttpRequest) -> str:
    """Return the address of the page a gesture belongs to: `…/PMC-2026-0001/envoyer/` leads to `…/PMC-2026-0001/`."""
    return f"{request.path.rstrip('/').rsplit('/', 1)[0]}/"


def way_back(request: HttpRequest) -> str:
    """Return where a gesture came from, as its form says it, or the page it belongs to; never another site."""
    asked = request.POST.get("retour", "")
    is_ours = asked.startswith("/console/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if is_ours else page_above(request)


def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """Show a refusal: as a message where the gesture was made, as a page where one only wanted to read."""
    if request.method == "POST":
        messages.error(request, refusal.sentence)
        return redirect(way_back(request))
    context = {"sentence": refusal.sentence, "above": page_above(request)}
    return render(request, "desk/refused.html", context, status=409)


def chosen_officer(request: HttpRequest, officers: Iterable[User]) -> User | None:
    """Return whom a form entrusts something to, among those who may follow it, or None for nobody. Raises Refused."""
    chosen = request.POST.get("officer", "")
    officer = next((one for one in officers if str(one.pk) == chosen), None)
    if chosen and officer is None:
        raise Refused("Cette personne ne suit pas ce département : choisissez-en une autre.")
    return officer


def forbid(sentence: str | None) -> None:
    """Answer 403 with the sentence of a rule, when the person is not one who may; do nothing when it is None."""
    if sentence is not None:
        raise PermissionDenied(sentence)


def commune_or_404(access: Access, insee_code: str) -> Commune:
    """Return a commune this operator may see, or answer 404."""
    commune = (
        access.communes()
        .select_related("department", "epci", "town_hall", "outline", "beneficiary")
        .filter(insee_code=insee_code)
        .first()
    )
    if commune is None:
        raise Http404("Cette commune n’existe pas, ou n’est pas de votre territoire.")
    return commune


def gone_or_404(access: Access, insee_code: str) -> Commune:
    """Return a commune of this operator's territory that is no more, or answer 404."""
    gone = Commune.objects.filter(gone_in__isnull=False, department__in=access.departments, insee_code=insee_code)
    commune = gone.select_related("department", "beneficiary__department", "merged_into__department").first()
    if commune is None:
        raise Http404("Cette commune n’existe pas, ou n’est pas de votre territoire.")
    return commune


def agreement_or_404(access: Access, number: str) -> Agreement:
    """Return an agreement this operator may see, or answer 404."""
    agreement: Agreement | None = (
        access.readable_agreements()
        .select_related(
            "programme",
            "type",
            "beneficiary__department",
            "beneficiary__commune",
            "text",
            "amends__type",
            "round__current",
            "assessment__vintage",
            "followed_by",
            "approved_by__act",
            "delegated_by__act",
        )
        .filter(number=number)
        .first()
    )
    if agreement is None:
        raise Http404("Cette convention n’existe pas, ou n’est pas de votre territoire.")
    return agreement
