"""The data of a beneficiary, handed back: asked for by whoever follows it, in one archive."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from socle.console.placed import crumbs_of
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people.models import Beneficiary
from socle.provisioning.desk.access import Access, console_view, forbid, gesture, record_view
from socle.provisioning.handover import actions, handing, rules
from socle.provisioning.handover.models import Handover
from socle.provisioning.handover.presenters import ReasonForm, page_of
from socle.ui.shapes import Link


def beneficiary_or_404(access: Access, body_id: int) -> Beneficiary:
    """Return a beneficiary this operator may see, commune or not, or answer 404."""
    found: Beneficiary | None = (
        access.beneficiaries().select_related("commune", "department").filter(pk=body_id).first()
    )
    if found is None:
        raise Http404("Cet organisme n’existe pas, ou n’est pas de votre territoire.")
    return found


def handover_or_404(beneficiary: Beneficiary, handover_id: int) -> Handover:
    """Return an archive of this beneficiary, or answer 404."""
    found = Handover.objects.filter(beneficiary=beneficiary, pk=handover_id)
    handover: Handover | None = found.select_related("beneficiary", "asked_by").first()
    if handover is None:
        raise Http404("Cette archive n’existe pas, ou n’est pas de cet organisme.")
    return handover


@console_view
def show(request: HttpRequest, access: Access, body_id: int) -> HttpResponse:
    """Show the archives of a beneficiary, and what one holds. htmx asks for the moving part alone."""
    return _page(request, access, beneficiary_or_404(access, body_id), ReasonForm())


@gesture
def ask(request: HttpRequest, access: Access, body_id: int) -> HttpResponse:
    """Ask for an archive; the mayor is told."""
    beneficiary, at = beneficiary_or_404(access, body_id), timezone.now()
    forbid(rules.why_not_see(beneficiary, by=access.user, on=dates.day_of(at)))
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, access, beneficiary, form)
    actions.ask(beneficiary, reason=form.cleaned_data["reason"], by=access.user, at=at)
    messages.success(
        request, "L’archive se prépare, et la mairie en est prévenue. Un message vous dira quand elle est prête."
    )
    return redirect("console:handovers", body_id)


@gesture
def remove(request: HttpRequest, access: Access, body_id: int, handover_id: int) -> HttpResponse:
    """Remove an archive one asked for; what it was made of stays."""
    handover = handover_or_404(beneficiary_or_404(access, body_id), handover_id)
    refuse(rules.why_not_remove(handover, by=access.user, on=dates.day_of(timezone.now())))
    actions.remove(handover, by=access.user, at=timezone.now())
    messages.success(request, "L’archive est retirée.")
    return redirect("console:handovers", body_id)


@login_required
@never_cache
@reauthentication_required
@console_view
def take(request: HttpRequest, access: Access, body_id: int, handover_id: int) -> HttpResponse:
    """Show how to take an archive that one asked for."""
    beneficiary = beneficiary_or_404(access, body_id)
    handover = handover_or_404(beneficiary, handover_id)
    refuse(rules.why_not_take(handover, by=access.user, on=dates.day_of(timezone.now())))
    signed = handing.sign(handover, access.user)
    context = {
        "beneficiary": beneficiary,
        "handover": handover,
        "file_url": reverse("console:handover_file", args=[beneficiary.pk, handover.pk, signed]),
        "crumbs": crumbs_of(request, beneficiary, _own(beneficiary), Link("Emporter l’archive")),
    }
    return render(request, "console/handover.html", context)


@console_view
def send(request: HttpRequest, access: Access, body_id: int, handover_id: int, signed: str) -> HttpResponse:
    """Send an archive to whom its address was made for."""
    handover = handover_or_404(beneficiary_or_404(access, body_id), handover_id)
    refuse(rules.why_not_take(handover, by=access.user, on=dates.day_of(timezone.now())))
    refuse(handing.why_not_signed(signed, handover, access.user))
    response = handing.hand(request, handover)
    if request.method == "GET" and response.status_code < 300 and handing.is_beginning(request):
        record_view(request, "handover", handover.beneficiary)
        actions.note_taken(handover, by=access.user, at=timezone.now())
    return response  # type: ignore[return-value]


def _page(request: HttpRequest, access: Access, beneficiary: Beneficiary, form: ReasonForm) -> HttpResponse:
    page = page_of(beneficiary, by=access.user, at=timezone.now())
    context = {"beneficiary": beneficiary, "page": page, "form": form}
    if request.headers.get("HX-Request"):
        response = render(request, "console/handovers.html#progress", context)
        if not page.is_moving:
            response["HX-Refresh"] = "true"
        response["Cache-Control"] = "no-store"
        return response
    record_view(request, "record", beneficiary)
    context["crumbs"] = crumbs_of(request, beneficiary, _own(beneficiary))
    return render(request, "console/handovers.html", context, status=422 if form.errors else 200)


def _own(beneficiary: Beneficiary) -> Link:
    return Link("Ses données", reverse("console:handovers", args=[beneficiary.pk]))
