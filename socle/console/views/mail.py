"""The mail of a commune or of another body, as its operator keeps it: domains, boxes, quota; never what is in them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from socle.console.placed import crumbs_of
from socle.console.views.bodies import body_or_404
from socle.domains import rules as names
from socle.lib import dates
from socle.lib.text import bytes_in_french
from socle.mail import actions, domains, queries, rules
from socle.mail.forms import AllowanceForm, ReasonForm
from socle.mail.models import Allowance, Domain, Mailbox, Migration, Restoration
from socle.mail.models.boxes import Status
from socle.mail.models.domains import Status as DomainStatus
from socle.mail.presenters import show_box, show_domain, show_import
from socle.people.models import Beneficiary
from socle.provisioning.desk.access import (
    Access,
    commune_or_404,
    console_view,
    gesture,
    gone_or_404,
    page_above,
    record_view,
)
from socle.ui.shapes import Fact, Link
from socle.ui.submit import refusal_shown_in

SHOWN = 20


def place_or_404(access: Access, insee_code: str = "", body_id: int = 0) -> Beneficiary:
    """Return the beneficiary this operator follows, a commune by its code or another body; or answer 404."""
    if body_id:
        return body_or_404(access, body_id)
    try:
        commune = commune_or_404(access, insee_code)
    except Http404:  # A commune that has merged keeps its mail until the plan of the merger moves it.
        commune = gone_or_404(access, insee_code)
    beneficiary: Beneficiary | None = getattr(commune, "beneficiary", None)
    if beneficiary is None:
        raise Http404("Cette commune n’est pas inscrite au programme.")
    return beneficiary


def address_of_mail(place: Beneficiary) -> str:
    """Return the address of the page of a body's mail."""
    if place.commune is not None:
        return reverse("console:commune_mail", args=[place.commune.insee_code])
    return reverse("console:body_mail", args=[place.pk])


@console_view
def show(request: HttpRequest, access: Access, /, **which: Any) -> HttpResponse:
    """Show the mail of a commune, or of another body, on one page."""
    place = place_or_404(access, **which)
    record_view(request, "mail", place)
    return _page(request, access, place)


def _page(request: HttpRequest, access: Access, place: Beneficiary, form: AllowanceForm | None = None) -> HttpResponse:
    on, by = dates.day_of(timezone.now()), access.user
    boxes = list(
        Mailbox.objects.filter(beneficiary=place)
        .kept()
        .select_related("holder", "vacation", "forwarding")
        .prefetch_related("openings__user")
        .order_by("-kind", "address")
    )
    quota = queries.quota_of(place)
    allowance = Allowance.objects.filter(beneficiary=place).first()
    imports = Migration.objects.filter(mailbox__beneficiary=place).select_related("mailbox")
    restorations = Restoration.objects.filter(mailbox__beneficiary=place).select_related("mailbox")
    is_keeper = names.is_keeper(by, on=on)
    facts = [
        Fact("Place en tout", bytes_in_french(quota.total), f"{allowance.reason}" if allowance else "celle de toutes"),
        Fact("Donnée aux boîtes", bytes_in_french(quota.given)),
        Fact("Occupée", bytes_in_french(quota.used)),
        Fact("Boîtes", str(len(boxes))),
    ]
    context = {
        "place": place,
        # What is done here is under the address of the page, whichever kind of body it is.
        "here": address_of_mail(place),
        "services_url": reverse("console:body_services", args=[place.pk]),
        "quota": quota,
        "given": f"{bytes_in_french(quota.given)} sur {bytes_in_french(quota.total)}",
        "facts": facts,
        "is_keeper": is_keeper,
        "rows": [show_domain(one, by=by, on=on) for one in Domain.objects.filter(beneficiary=place)],
        "states": DomainStatus,
        "boxes": [show_box(one, on=on) for one in boxes],
        "box_states": Status,
        "imports": [show_import(one) for one in imports.prefetch_related("folders")[:SHOWN]],
        "restorations": restorations.order_by("-pk")[:SHOWN],
        "form": form or _allowance_form(place),
        "why_not_allow": None if is_keeper else rules.why_not_allow(10**10, "x", by=by, on=on),
        "crumbs": crumbs_of(request, place, Link("Messagerie")),
    }
    return render(
        request, "console/commune_mail.html", context, status=422 if form is not None and form.errors else 200
    )


def _allowance_form(place: Beneficiary, data: Any = None) -> AllowanceForm:
    return AllowanceForm(data, initial={"total": queries.quota_of(place).total // queries.GIGABYTE})


def _domain_or_404(place: Beneficiary, domain_id: int) -> Domain:
    found = Domain.objects.filter(beneficiary=place, pk=domain_id).select_related("beneficiary").first()
    if found is None:
        raise Http404("Ce domaine n’existe pas, ou n’est pas le sien.")
    domain: Domain = found
    return domain


def _box_or_404(place: Beneficiary, box_id: int) -> Mailbox:
    found = Mailbox.objects.filter(beneficiary=place, pk=box_id).kept().select_related("beneficiary").first()
    if found is None:
        raise Http404("Cette boîte n’existe pas, ou n’est pas la sienne.")
    box: Mailbox = found
    return box


def _back(request: HttpRequest, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    return redirect(page_above(request))


@gesture
def serve_domain(request: HttpRequest, access: Access, /, domain_id: int, **which: Any) -> HttpResponse:
    """Put a domain in service without waiting for the DNS, and say why; or again, after a suspension."""
    domain = _domain_or_404(place_or_404(access, **which), domain_id)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    domain = domains.activate(domain, reason=reason, by=access.user, at=timezone.now())
    return _back(request, f"{domain.shown} est en service.")


@gesture
def suspend_domain(request: HttpRequest, access: Access, /, domain_id: int, **which: Any) -> HttpResponse:
    """Suspend a domain."""
    domain = _domain_or_404(place_or_404(access, **which), domain_id)
    domain = domains.suspend_domain(domain, by=access.user, at=timezone.now())
    return _back(request, f"{domain.shown} est suspendu : rien n’en part, ce qui arrive est gardé.")


@gesture
def suspend_box(request: HttpRequest, access: Access, /, box_id: int, **which: Any) -> HttpResponse:
    """Suspend a box: a stolen password, say."""
    box = _box_or_404(place_or_404(access, **which), box_id)
    box = actions.suspend_box(box, by=access.user, at=timezone.now())
    return _back(request, f"{box.address} est suspendue : ce qui arrive est gardé.")


@gesture
def resume_box(request: HttpRequest, access: Access, /, box_id: int, **which: Any) -> HttpResponse:
    """Put a box back in service."""
    box = _box_or_404(place_or_404(access, **which), box_id)
    box = actions.resume_box(box, by=access.user, at=timezone.now())
    return _back(request, f"{box.address} est de nouveau en service.")


@gesture
def allow_quota(request: HttpRequest, access: Access, /, **which: Any) -> HttpResponse:
    """Give a beneficiary another quota than everybody's."""
    place = place_or_404(access, **which)
    form = _allowance_form(place, request.POST)
    if form.is_valid():
        asked = form.cleaned_data
        with refusal_shown_in(form, "total"):
            actions.allow_quota(
                place,
                total_bytes=asked["total"] * queries.GIGABYTE,
                reason=asked["reason"],
                by=access.user,
                at=timezone.now(),
            )
            return _back(request, "La place accordée est changée.")
    return _page(request, access, place, form)


def paths(here: str, name: str) -> list[URLPattern]:
    """The addresses of the page of a body's mail and of its gestures: the same for a commune and for any other."""
    return [
        path(here, show, name=name),
        path(f"{here}place/", allow_quota, name=f"{name}_quota"),
        path(f"{here}servir-<int:domain_id>/", serve_domain, name=f"{name}_domain_serve"),
        path(f"{here}suspendre-<int:domain_id>/", suspend_domain, name=f"{name}_domain_suspend"),
        path(f"{here}fermer-boite-<int:box_id>/", suspend_box, name=f"{name}_box_suspend"),
        path(f"{here}rouvrir-boite-<int:box_id>/", resume_box, name=f"{name}_box_resume"),
    ]
