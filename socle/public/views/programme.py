"""A programme's own page: what is offered and on which basis, to whom, by whom, on the strength of which act."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from socle.grants import publicity
from socle.lib.dates import day_of
from socle.programme.models import Partner, Programme
from socle.public.views.landing import WITH_ARTICLES, told
from socle.ui.shapes import Column

SERVICES = (Column("Service"), Column("Fondement"), Column("Fourni par"))
OPERATIONS = (
    Column("Opération"), Column("Autorité"), Column("Taux"), Column("Aide attribuée"), Column("Période"),
)  # fmt: skip


def programme_or_404(code: str) -> Programme:
    """Return a programme with all that its page tells, or answer 404."""
    programme = (
        Programme.objects.select_related("founding_act", "priority_vintage")
        .prefetch_related("services", "partners__operator", "partners__departments", "schemes", WITH_ARTICLES)
        .filter(code=code)
        .first()
    )
    if programme is None:
        raise Http404("Ce programme n’existe pas.")
    return programme


def show(request: HttpRequest, code: str) -> HttpResponse:
    """Show a programme, and the way to ask to join."""
    programme = programme_or_404(code)
    services = [(one, Partner.Part(one.provided_by).label) for one in programme.services.all()]
    operations = publicity.told(programme, on=day_of(timezone.now()))
    context = {
        **told(programme),
        "services": services,
        "service_columns": SERVICES,
        "operations": operations,
        "operation_columns": OPERATIONS,
        "mentions": list(dict.fromkeys(one.mention for one in operations if one.mention)),
        "aid": publicity.aid(operations),
        "equipped": publicity.equipped(programme) if operations else "",
    }
    return render(request, "public/programme.html", context)
