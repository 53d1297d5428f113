"""The assembly of the operator: the desk of `assemblies`, opened at this door."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from socle.assemblies.desk import Desk
from socle.provisioning.desk.access import Access, console_view, gesture


def _at_the_desk(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def opened(request: HttpRequest, access: Access, /, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, Desk("console", owner=access.operator, by=access.user), *args, **kwargs)

    return opened


def reading(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open a page of the desk to the operators' people."""
    return console_view(_at_the_desk(view))


def acting(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open a gesture of the desk to the operators' people."""
    return gesture(_at_the_desk(view))
