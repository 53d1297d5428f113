"""A programme's own page: what is offered and on which basis, to whom, by whom, on the strength of which act."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from socle.programme.models import Partner, Programme
from socle.public.views.landing import WITH_ARTICLES, told
from socle.ui.shapes import Column

SERVICES = (Column("Service"), Column("Fondement"), Column("Fourni par"))


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
    context = {**told(programme), "services": services, "service_columns": SERVICES}
    return render(request, "public/programme.html", context)
