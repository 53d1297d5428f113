"""One's own account, and the way to one's own door."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from socle.lib.dates import day_of
from socle.people import rules, sign_in
from socle.people.models import User


@login_required
def my_door(request: HttpRequest) -> HttpResponse:
    """Lead each person to the door of their role; to everybody's when they hold none today."""
    on = day_of(timezone.now())
    if rules.is_operator(request.user, on=on):
        return redirect("console:home")
    if rules.is_of_a_beneficiary(request.user, on=on):
        return redirect("mairie:home")
    return redirect("account")


@login_required
def show(request: HttpRequest) -> HttpResponse:
    """Show who one is here, what one may do and how one signs in."""
    assert isinstance(request.user, User)
    on = day_of(timezone.now())
    return render(
        request,
        "account/account.html",
        {
            "memberships": request.user.memberships.active_on(on).select_related("beneficiary", "operator"),
            "has_second_factor": sign_in.has_second_factor(request.user),
            "must_have_second_factor": rules.must_have_second_factor(request.user, on=on),
            "is_exempt": rules.is_operator(request.user, on=on)
            and not rules.must_have_second_factor(request.user, on=on),
        },
    )
