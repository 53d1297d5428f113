"""One's own devices: each with a password made for it, shown once, ended alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST
from django_scopes import scope

from socle.lib.dates import day_of
from socle.lib.refusals import Refused, refuse
from socle.people.acting import beneficiaries_served
from socle.people.devices import actions
from socle.people.devices.forms import DeviceForm
from socle.people.devices.models import DevicePassword, Use
from socle.people.devices.rules import why_not_enter
from socle.people.models import Beneficiary, User
from socle.people.sign_in import factors
from socle.provisioning.guides import Way, guide_of
from socle.provisioning.models import Installation, State
from socle.ui.submit import refusal_shown_in

# The service of the offer that each use opens.
SERVICES = {Use.MAIL: "messagerie", Use.AGENDA: "agendas", Use.FILES: "fichiers"}


@dataclass(frozen=True)
class Typing:
    """The values to type in a program, for one service of one beneficiary."""

    beneficiary: Beneficiary
    use: Use
    ways: tuple[Way, ...]


@login_required
@never_cache
def show_all(request: HttpRequest) -> HttpResponse:
    """List one's devices: what each opens, when it was last used."""
    user = _person(request)
    devices = list(user.device_passwords.all())
    context = {
        "devices": [device for device in devices if device.ended_at is None],
        "ended": [device for device in devices if device.ended_at is not None][:10],
        "why_not": why_not_enter(user, on=day_of(timezone.now())),
    }
    return render(request, "account/devices.html", context)


@login_required
@never_cache
@reauthentication_required
@sensitive_variables("secret")
def make(request: HttpRequest) -> HttpResponse:
    """Make the password of a device, and show it this once, with what to type where."""
    user, at = _person(request), timezone.now()
    form = DeviceForm(request.POST) if request.method == "POST" else DeviceForm()
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            # An identity of a provider may stand for the factor: then this very session has to come from there.
            refuse(factors.why_not_satisfied(request, user, on=day_of(at)))
            device, secret = actions.make(user, **form.given, by=user, at=at)
            typing = typing_of(user, device.uses, at=at)
            ready = {one.use for one in typing}
            context = {
                "device": device,
                "secret": secret,
                "typing": typing,
                "waiting": [use for use in device.uses if use not in ready],
            }
            response = render(request, "account/device_made.html", context)
            response["Cache-Control"] = "no-store"
            return response
    return render(request, "account/device_new.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_POST
def end(request: HttpRequest, device_id: int) -> HttpResponse:
    """End one of one's own devices."""
    user = _person(request)
    device = get_object_or_404(DevicePassword, pk=device_id, user=user)
    try:
        actions.end(device, by=user, at=timezone.now())
    except Refused as refusal:
        messages.info(request, refusal.sentence)
    else:
        messages.success(
            request, f"«\u00a0{device.name}\u00a0» n’ouvre plus rien. S’il doit servir, reliez-le de nouveau."
        )
    return redirect("devices")


@login_required
@require_POST
def end_all(request: HttpRequest) -> HttpResponse:
    """End all one's devices at once: a bag was stolen, and nobody knows what was in it."""
    user = _person(request)
    ended = actions.end_all(user, by=user, at=timezone.now())
    messages.success(request, "Aucun appareil n’était relié." if not ended else "Vos appareils n’ouvrent plus rien.")
    return redirect("devices")


def typing_of(user: User, uses: list[Use], *, at: datetime) -> list[Typing]:
    """Say what to type for each service that is really there, of each beneficiary this person serves today."""
    found = []
    for beneficiary in beneficiaries_served(user, on=day_of(at)):
        with scope(beneficiary=beneficiary):
            there = Installation.objects.filter(state=State.LIVE, is_simulated=False)
            live = set(there.values_list("service__code", flat=True))
            for use in uses:
                if SERVICES[use] not in live:
                    continue
                guide = guide_of(SERVICES[use], beneficiary, by=user, at=at)
                ways = tuple(way for way in guide.ways if way.to_type or way.links)
                found.append(Typing(beneficiary, use, ways))
    return found


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
