"""The state of the platform itself: what the doctor finds, with its remedies."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.module_loading import import_string

from socle.lib.findings import Examined, Severity
from socle.provisioning.desk.access import TENDERS, Access, console_view, forbid
from socle.ui.shapes import Column, Tone

COLUMNS = (Column("Contrôle"), Column("État"), Column("Ce qui est trouvé"))
TONES: dict[Severity, Tone] = {Severity.OK: "ok", Severity.WARNING: "alert", Severity.ERROR: "danger"}


def why_not_read(access: Access) -> str | None:
    """Say why this person does not read the state of the platform, or None."""
    if access.holds(*TENDERS):
        return None
    return "L’état de la plateforme est réservé aux personnes chargées du programme ou de la technique."


@console_view
def show(request: HttpRequest, access: Access) -> HttpResponse:
    """Examine the platform now; `?complet=oui` also asks the other machines and reads the journal through."""
    forbid(why_not_read(access))
    is_complete = request.GET.get("complet") == "oui"
    examined: list[Examined] = list(import_string(settings.SOCLE_DOCTOR)(quick=not is_complete))
    wrong = sorted((one for one in examined if one.severity), key=lambda one: -one.severity)
    context = {
        "columns": COLUMNS,
        "wrong": [(one, TONES[one.severity]) for one in wrong],
        "right": [one for one in examined if not one.severity],
        "errors": sum(one.severity is Severity.ERROR for one in wrong),
        "is_complete": is_complete,
        "now": timezone.now(),
        "is_demo": settings.DEMO,
    }
    return render(request, "console/platform.html", context)
