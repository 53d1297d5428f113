"""Installations: what should be there, what was found, and the technician's gestures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import models
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.batches.actions import Chosen
from socle.batches.contract import Subject
from socle.console.following import show_installations
from socle.console.stages import STATES
from socle.lib import dates
from socle.lib.spreadsheet import Kind
from socle.lib.text import whole
from socle.people.models import Role, User
from socle.provisioning import actions, rules, suspensions
from socle.provisioning.desk import journal_lines
from socle.provisioning.desk.access import Access, console_view, forbid, gesture, record_view, way_back
from socle.provisioning.desk.listing import ListColumn, Listing, on_page
from socle.provisioning.desk.lists import PER_PAGE, PLACE, Filters, at_place, choice, text
from socle.provisioning.models import Installation
from socle.ui.shapes import Link

COLUMNS: tuple[ListColumn[Any], ...] = (
    ListColumn("Service et bénéficiaire", lambda one: one.beneficiary.name, header="Bénéficiaire", sort="place"),
    ListColumn(header="Code INSEE", cell=lambda one: one.beneficiary.insee_code, kind=Kind.CODE),
    ListColumn(header="Service", cell=lambda one: one.service.name),
    ListColumn("État", lambda one: one.get_state_display(), sort="state"),
    ListColumn(header="Simulé", cell=lambda one: one.is_simulated, kind=Kind.YES_NO),
    ListColumn("Ce qui est en place", lambda one: one.found),
    ListColumn(header="Preuve", cell=lambda one: one.proof),
    ListColumn("Vérifiée le", lambda one: one.looked_at, Kind.INSTANT, "Dernière vérification", sort="looked_at"),
    ListColumn(header="Prochaine vérification", cell=lambda one: one.next_look_at, kind=Kind.INSTANT),
    ListColumn(header="Essais", cell=lambda one: one.attempts, kind=Kind.NUMBER),
    ListColumn(header="Dernière erreur", cell=lambda one: one.last_error),
    ListColumn(header="Attend", cell=lambda one: rules.why_pending(one) or ""),
    ListColumn("Gestes", is_hidden=True),
)


class InstallationFilters(Filters):
    code, view, title = "installations", "console:installations", "Installations"
    columns = on_page(COLUMNS)
    q = text("Recherche", placeholder="Commune ou code INSEE")
    etat = choice("État", [(look.code, look.label) for look in STATES.values()], every="Tous")
    service = choice("Service", (), every="Tous")

    def prepare(self, access: Access) -> None:
        offered = access.programme.services.filter(is_provisioned=True)
        self.offer("service", offered.values_list("code", "name"), every="Tous")

    def apply(self, installations: models.QuerySet[Installation]) -> models.QuerySet[Installation]:
        """Narrow the list to what is asked for."""
        if state := self.chosen("etat"):
            installations = installations.filter(state=state)
        if service := self.chosen("service"):
            installations = installations.filter(service__code=service)
        if wanted := self.chosen("q").strip():
            installations = installations.filter(at_place(wanted))
        return installations


def _rows(access: Access, filters: InstallationFilters) -> models.QuerySet[Installation]:
    installations = filters.apply(access.installations()).annotate(place=PLACE)
    return installations.select_related("service", "beneficiary__commune")


def _call(row: Any) -> Chosen:
    return Chosen(str(row.pk), f"{row.service.name}, {row.beneficiary.place_name}", row.beneficiary.insee_code)


INSTALLATIONS: Listing[Any] = Listing(
    InstallationFilters, COLUMNS, _rows, "installations_file", "installations", "Installations",
    default="place", order=lambda asked: (asked.order, "place", "service__order"), is_read=True,
    subject=Subject.INSTALLATION, call=_call,
)  # fmt: skip


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List the installations of the territory."""
    context = INSTALLATIONS.context(request, access)
    on = dates.day_of(timezone.now())
    waiting = suspensions.by_hand(access.rights(), on=on).select_related("service", "agreement", "beneficiary__commune")
    counts = dict(access.installations().order_by().values_list("state").annotate(count=Count("pk")))
    shown = show_installations(list(context["page"]), access)
    context |= {
        "rows": [(one, journal_lines.address_of(one.installation.beneficiary)) for one in shown],
        "by_hand": waiting.annotate(place=PLACE).order_by("place", "service__order")[:PER_PAGE],
        "may_operate": access.holds(Role.TECHNICIAN, Role.PROGRAMME_OFFICER),
        "counts": [(look, counts.get(look.code, 0)) for look in STATES.values()],
    }
    return render(request, "console/installations.html", context)


export = console_view(INSTALLATIONS.export)


def installation_or_404(access: Access, installation_id: int) -> Installation:
    """Return an installation this operator may see, or answer 404."""
    found: Installation | None = (
        access.installations()
        .select_related("service", "beneficiary__commune", "beneficiary__department", "right__agreement")
        .filter(pk=installation_id)
        .first()
    )
    if found is None:
        raise Http404("Cette installation n’existe pas, ou n’est pas de votre territoire.")
    return found


@console_view
def show(request: HttpRequest, access: Access, installation_id: int) -> HttpResponse:
    """Show one installation: what was found, the proof, the errors, the gestures, its journal."""
    return _page(request, access, installation_or_404(access, installation_id))


@console_view
def plan(request: HttpRequest, access: Access, installation_id: int) -> HttpResponse:
    """Look at what is there now and say what would be done; change nothing."""
    installation = installation_or_404(access, installation_id)
    forbid(rules.why_not_operate(installation, by=access.user, on=dates.day_of(timezone.now())))
    return _page(request, access, installation, survey=actions.survey([installation])[0])


def _page(request: HttpRequest, access: Access, installation: Installation, **more: Any) -> HttpResponse:
    record_view(request, "installation", installation)
    entries = access.entries().filter(object_type=Installation._meta.label_lower, object_id=str(installation.pk))
    beneficiary_url = journal_lines.address_of(installation.beneficiary)
    on = dates.day_of(timezone.now())
    context = {
        "access": access,
        "one": show_installations([installation], access)[0],
        "installation": installation,
        "beneficiary_url": beneficiary_url,
        "why_not_operate": rules.why_not_operate(installation, by=access.user, on=on),
        "lines": journal_lines.read(entries[:20]),
        "crumbs": [
            Link("Installations", reverse("console:installations")),
            Link(f"{installation.service.name}, {installation.beneficiary.name}"),
        ],
        **more,
    }
    return render(request, "console/installation.html", context)


def _operate(
    request: HttpRequest,
    access: Access,
    installation_id: int,
    act: Callable[..., Installation],
    done: str,
    is_done: Callable[[Installation], bool],
    already: str,
) -> HttpResponse:
    """Do one gesture; done already (a form sent twice), it says so and changes nothing."""
    installation = installation_or_404(access, installation_id)
    at: datetime = timezone.now()
    by: User = access.user
    forbid(rules.why_not_operate(installation, by=by, on=dates.day_of(at)))
    if is_done(installation):
        messages.info(request, already)
    else:
        act(installation, by=by, at=at)
        messages.success(request, done)
    return redirect(way_back(request))


@gesture
def try_again(request: HttpRequest, access: Access, installation_id: int) -> HttpResponse:
    """Ask for another try now."""
    return _operate(
        request,
        access,
        installation_id,
        actions.try_again,
        "Un nouvel essai est demandé : il aura lieu dans la minute.",
        lambda one: False,
        "",
    )


@gesture
def suspend(request: HttpRequest, access: Access, installation_id: int) -> HttpResponse:
    """Suspend a service; nothing the commune wrote disappears."""
    return _operate(
        request,
        access,
        installation_id,
        actions.suspend,
        "La suspension est demandée : rien de ce que le bénéficiaire a écrit n’est effacé.",
        lambda one: not one.wanted_present,
        "Ce service est déjà suspendu, ou va l’être.",
    )


@gesture
def resume(request: HttpRequest, access: Access, installation_id: int) -> HttpResponse:
    """Resume a suspended service."""
    return _operate(
        request,
        access,
        installation_id,
        actions.resume,
        "La reprise est demandée : le service revient dans la minute.",
        lambda one: one.wanted_present,
        "Ce service est déjà voulu : il n’y a rien à reprendre.",
    )


@gesture
def note_by_hand(request: HttpRequest, access: Access) -> HttpResponse:
    """Note that a service without an engine was stopped by hand, its agreement being suspended, or resumed after."""
    right, at = get_object_or_404(access.rights(), pk=whole(request.POST.get("droit", ""))), timezone.now()
    forbid(rules.why_not_operate(right, by=access.user, on=dates.day_of(at)))
    suspensions.note(right, is_stopped="arrete" in request.POST, by=access.user, at=at)
    messages.success(request, "C’est noté.")
    return redirect("console:installations")
