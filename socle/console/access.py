"""The console's one rule of access: which operator one acts for, what of the territory and of the money one sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, Q
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django_scopes import scope

from socle.agreements.models import Agreement
from socle.journal.models import Entry, EntryQuerySet
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.people.models import OPERATOR_ROLES, Beneficiary, Operator, Role, User
from socle.programme.models import Partner, Programme
from socle.provisioning.models import Installation
from socle.territory.models import Commune, CommuneQuerySet, Department

P = ParamSpec("P")


@dataclass(frozen=True)
class Access:
    """In whose name this person is in the console: one operator, its part in one programme, its departments."""

    user: User
    operator: Operator
    programme: Programme
    partner: Partner
    departments: tuple[Department, ...]
    roles: frozenset[str]
    sees_money: bool

    @property
    def is_lead(self) -> bool:
        """Whether the operator leads the programme: it also sees what belongs to no beneficiary."""
        return self.partner.part == Partner.Part.LEAD

    def holds(self, *roles: Role) -> bool:
        """Whether this person holds one of these roles in the operator they act for."""
        return not self.roles.isdisjoint(roles)

    def communes(self) -> CommuneQuerySet:
        """The communes of today that this operator may see."""
        return Commune.objects.current().filter(department__in=self.departments)

    def beneficiaries(self) -> Any:
        """The beneficiaries this operator may see."""
        return Beneficiary.objects.filter(department__in=self.departments)

    def agreements(self) -> Any:
        """The programme's agreements within the scope in force."""
        return Agreement.objects.filter(programme=self.programme)

    def installations(self) -> Any:
        """The programme's installations within the scope in force."""
        return Installation.objects.filter(right__agreement__programme=self.programme)

    def entries(self) -> EntryQuerySet:
        """The lines of the journal about the beneficiaries seen; those about none of them, to the lead only."""
        mine = self.beneficiaries().annotate(ref=Cast("pk", CharField())).values("ref")
        about_mine = Q(beneficiary_ref__in=mine)
        return Entry.objects.filter(about_mine | Q(beneficiary_ref="") if self.is_lead else about_mine)


def access_of(user: User) -> Access | None:
    """Read the access of a person from today's memberships, or None when they serve no operator of a programme."""
    on = dates.day_of(timezone.now())
    memberships = list(
        user.memberships.active_on(on).filter(role__in=OPERATOR_ROLES).select_related("operator").order_by("id")
    )
    for membership in memberships:
        partner = (
            Partner.objects.filter(operator=membership.operator)
            .select_related("programme__priority_vintage", "programme__founding_act", "operator")
            .prefetch_related("departments")
            .order_by("id")
            .first()
        )
        if partner is not None:
            roles = frozenset(m.role for m in memberships if m.operator_id == membership.operator_id)
            return Access(
                user=user,
                operator=partner.operator,
                programme=partner.programme,
                partner=partner,
                departments=tuple(partner.departments.all()),
                roles=roles,
                sees_money=partner.sees_money,
            )
    return None


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
        access = access_of(request.user)
        if access is None:
            raise PermissionDenied("Cette partie est réservée aux opérateurs du programme.")
        request.console_access = access  # type: ignore[attr-defined]
        mine = list(access.beneficiaries().values_list("pk", flat=True))
        with scope(beneficiary=mine):
            try:
                response = view(request, access, *args, **kwargs)
            except Refused as refusal:
                response = _refused(request, refusal)
            if hasattr(response, "render"):
                response = response.render()
            return response

    return cast(Callable[Concatenate[HttpRequest, P], HttpResponse], guarded)


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
    return render(request, "console/refused.html", context, status=409)


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


def agreement_or_404(access: Access, number: str) -> Agreement:
    """Return an agreement this operator may see, or answer 404."""
    agreement: Agreement | None = (
        access.agreements()
        .select_related("programme", "beneficiary__department", "beneficiary__commune", "text", "round__current")
        .filter(number=number)
        .first()
    )
    if agreement is None:
        raise Http404("Cette convention n’existe pas, ou n’est pas de votre territoire.")
    return agreement
