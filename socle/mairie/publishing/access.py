"""Access to « Publier »: the people of a beneficiary, on its own site; whoever has none is told so."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socle.mairie.access import mairie_view
from socle.people.models import Beneficiary
from socle.sites.models.sites import WebSite

P = ParamSpec("P")


def site_of(beneficiary: Beneficiary) -> WebSite | None:
    """Return the site of this beneficiary, with what its screens show of it, or None."""
    related = ("facts", "root_page", "beneficiary__commune", "collection", "site")
    found: WebSite | None = WebSite.objects.select_related(*related).filter(beneficiary=beneficiary).first()
    return found


def site_view(
    view: Callable[Concatenate[HttpRequest, WebSite, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Open a view to the people of a beneficiary, on its site; a 404 that says why when it has none."""

    @wraps(view)
    def on_its_site(
        request: HttpRequest, beneficiary: Beneficiary, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        website = site_of(beneficiary)
        if website is None:
            return render(request, "mairie/publishing/no_site.html", {"beneficiary": beneficiary}, status=404)
        return view(request, website, *args, **kwargs)

    return mairie_view(on_its_site)
