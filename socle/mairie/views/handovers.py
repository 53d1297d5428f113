"""Leaving with all one's data: what an archive holds, asking for one, taking it."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from socle.lib import dates
from socle.lib.refusals import refuse
from socle.mairie.access import gesture, mairie_view, person
from socle.people.models import Beneficiary
from socle.provisioning.handover import actions, handing, rules
from socle.provisioning.handover.models import Handover
from socle.provisioning.handover.presenters import ReasonForm, page_of


def handover_or_404(beneficiary: Beneficiary, handover_id: int) -> Handover:
    """Return an archive of the active beneficiary, or answer 404 as for one that does not exist."""
    found = Handover.objects.filter(beneficiary=beneficiary, pk=handover_id)
    handover: Handover | None = found.select_related("beneficiary", "asked_by").first()
    if handover is None:
        raise Http404("Cette archive n’existe pas, ou n’est pas celle de votre organisme.")
    return handover


@mairie_view
def show(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show what leaves with the commune, and the archives made. htmx asks for the moving part alone."""
    return _page(request, beneficiary, ReasonForm())


@gesture
def ask(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Ask for an archive."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, beneficiary, form)
    actions.ask(beneficiary, reason=form.cleaned_data["reason"], by=person(request), at=timezone.now())
    messages.success(
        request,
        "L’archive se prépare\u00a0: vous pouvez quitter cette page, un message vous dira quand elle est prête.",
    )
    return redirect("mairie:handovers")


@gesture
def remove(request: HttpRequest, beneficiary: Beneficiary, handover_id: int) -> HttpResponse:
    """Remove an archive; what it was made of stays."""
    handover = handover_or_404(beneficiary, handover_id)
    refuse(rules.why_not_remove(handover, by=person(request), on=dates.day_of(timezone.now())))
    actions.remove(handover, by=person(request), at=timezone.now())
    messages.success(request, "L’archive est retirée. Vos données, elles, sont toujours là.")
    return redirect("mairie:handovers")


@login_required
@never_cache
@reauthentication_required
@mairie_view
def take(request: HttpRequest, beneficiary: Beneficiary, handover_id: int) -> HttpResponse:
    """Show how to take an archive: an address for this person alone, and how to check what arrived."""
    handover, user = handover_or_404(beneficiary, handover_id), person(request)
    refuse(rules.why_not_take(handover, by=user, on=dates.day_of(timezone.now())))
    url = reverse("mairie:handover_file", args=[handover.pk, handing.sign(handover, user)])
    return render(request, "mairie/handover.html", {"beneficiary": beneficiary, "handover": handover, "file_url": url})


@mairie_view
def send(request: HttpRequest, beneficiary: Beneficiary, handover_id: int, signed: str) -> HttpResponse:
    """Send an archive to whom its address was made for."""
    handover, user = handover_or_404(beneficiary, handover_id), person(request)
    refuse(rules.why_not_take(handover, by=user, on=dates.day_of(timezone.now())))
    refuse(handing.why_not_signed(signed, handover, user))
    response = handing.hand(request, handover)
    if request.method == "GET" and response.status_code < 300 and handing.is_beginning(request):
        actions.note_taken(handover, by=user, at=timezone.now())
    return response  # type: ignore[return-value]


def _page(request: HttpRequest, beneficiary: Beneficiary, form: ReasonForm) -> HttpResponse:
    page = page_of(beneficiary, by=person(request), at=timezone.now())
    context = {"beneficiary": beneficiary, "page": page, "form": form}
    if request.headers.get("HX-Request"):
        response = render(request, "mairie/handovers.html#progress", context)
        if not page.is_moving:
            response["HX-Refresh"] = "true"
        response["Cache-Control"] = "no-store"
        return response
    return render(request, "mairie/handovers.html", context, status=422 if form.errors else 200)
