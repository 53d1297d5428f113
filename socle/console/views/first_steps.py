"""The first steps of an installation, for who administers it: what is done, what is left, and what does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.module_loading import import_string

from socle.console.views.platform import why_not_read
from socle.lib import dates
from socle.lib.findings import FirstStep
from socle.people.models import Operator, User
from socle.programme.models import Programme
from socle.provisioning.access import access_of, within
from socle.provisioning.desk.access import OPERATORS_ONLY, Access, administered_by, forbid


@dataclass(frozen=True)
class Progress:
    """How many of the first steps are done, and the next one that the others wait for, if any."""

    steps: list[FirstStep]

    @property
    def done(self) -> int:
        return sum(step.is_done for step in self.steps)

    @property
    def next(self) -> FirstStep | None:
        return next((step for step in self.steps if step.is_due), None)


def why_not_administer(access: Access) -> str | None:
    """Say why this person does not follow the first steps of the installation, or None."""
    if reason := why_not_read(access):
        return reason
    return None if access.is_lead else "La mise en service est l’affaire du chef de file du programme."


def progress(operator: Operator, programme: Programme | None, *, at: datetime, unless_over: bool = False) -> Progress:
    """Look at the first steps, as they are now."""
    steps: list[FirstStep] = import_string(settings.SOCLE_FIRST_STEPS)(
        operator, programme, at=at, unless_over=unless_over
    )
    return Progress(steps)


def shown_at_home(access: Access, *, at: datetime) -> Progress | None:
    """Return what the first page says of them to who administers, or None once nothing waits: one query then.

    A demonstration begins in service.
    """
    if settings.DEMO or why_not_administer(access) is not None:
        return None
    found = progress(access.operator, access.programme, at=at, unless_over=True)
    return found if found.next else None


@login_required
def show(request: HttpRequest) -> HttpResponse:
    """Show every step in order; to who administers an operator without a programme too, who has no access yet."""
    assert isinstance(request.user, User)
    at = timezone.now()
    access = access_of(request.user, on=dates.day_of(at))
    if access is None:
        operator = administered_by(request.user, on=dates.day_of(at))
        if operator is None:
            raise PermissionDenied(OPERATORS_ONLY)
        # No other page opens yet.
        return _page(request, progress(operator, None, at=at), navigation=[], current_place=None)
    forbid(why_not_administer(access))
    request.console_access = access  # type: ignore[attr-defined]
    with within(access):
        return _page(request, progress(access.operator, access.programme, at=at))


def _page(request: HttpRequest, found: Progress, **others: Any) -> HttpResponse:
    return render(request, "console/first_steps.html", {"progress": found, "is_demo": settings.DEMO, **others})
