"""The mairie's one rule of access: the beneficiary that is active, and nothing of any other."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django_scopes import scope

from socle.agreements.models import Agreement
from socle.people.acting import active_beneficiary
from socle.people.models import Beneficiary

P = ParamSpec("P")


def mairie_view(
    view: Callable[Concatenate[HttpRequest, Beneficiary, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Open a view to the people of a beneficiary, in the name of the active one, every query scoped to it.

    A person who serves none gets a 403 that says where their own door is. Templates are rendered within the scope, so
    that a lazy query is scoped like the others.
    """

    @wraps(view)
    @login_required
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        beneficiary = active_beneficiary(request)
        if beneficiary is None:
            raise PermissionDenied("Cette partie est réservée aux mairies et aux autres bénéficiaires du programme.")
        with scope(beneficiary=beneficiary):
            response = view(request, beneficiary, *args, **kwargs)
            if hasattr(response, "render"):
                response = response.render()
            return response

    return cast(Callable[Concatenate[HttpRequest, P], HttpResponse], guarded)


def agreement_or_404(number: str) -> Agreement:
    """Return an agreement of the active beneficiary, or answer 404 as for one that does not exist."""
    agreement: Agreement | None = (
        Agreement.objects.select_related(
            "programme", "beneficiary__department", "beneficiary__commune", "text", "round__current"
        )
        .filter(number=number)
        .first()
    )
    if agreement is None:
        raise Http404("Cette convention n’existe pas, ou n’est pas celle de votre organisme.")
    return agreement
