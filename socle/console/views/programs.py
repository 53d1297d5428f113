"""The programs of the operator: the desk of `integrations`, opened at this door."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from socle.integrations.desk import Desk
from socle.journal.models import Entry
from socle.provisioning.desk.access import Access, console_view, gesture, record_view


def _at_the_desk(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def opened(request: HttpRequest, access: Access, /, *args: Any, **kwargs: Any) -> HttpResponse:
        def note(kind: str, code: str, entry: Entry | None) -> None:
            """A reading is about the beneficiary of the line, when it is one of those this operator sees."""
            about = int(entry.beneficiary_ref) if entry is not None and entry.beneficiary_ref else None
            record_view(request, kind, access.beneficiaries().filter(pk=about).first() if about else None, code)

        return view(request, Desk("console", owner=access.operator, by=access.user, record_view=note), *args, **kwargs)

    return opened


def reading(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open a page of the desk to the operators' people."""
    return console_view(_at_the_desk(view))


def acting(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open a gesture of the desk to the operators' people."""
    return gesture(_at_the_desk(view))
