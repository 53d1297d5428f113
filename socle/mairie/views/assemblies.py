"""The assembly of the beneficiary: the desk of `assemblies`, opened at this door."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from socle.assemblies.desk import Desk
from socle.mairie.access import gesture, mairie_view, person
from socle.people.models import Beneficiary


def _at_the_desk(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def opened(request: HttpRequest, beneficiary: Beneficiary, /, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, Desk("mairie", owner=beneficiary, by=person(request)), *args, **kwargs)

    return opened


def reading(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open a page of the desk to the people of the active beneficiary."""
    return mairie_view(_at_the_desk(view))


def acting(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open a gesture of the desk to the people of the active beneficiary."""
    return gesture(_at_the_desk(view))
