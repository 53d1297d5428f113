"""The screen « À faire »: all that is to do on a site, broken links and pages to read again included."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.auth import require_admin_access

from socle.quality.models.score import SiteTask
from socle.quality.models.upkeep import PageLink
from socle.quality.upkeep import actions, presenters
from socle.quality.upkeep.score import keep
from socle.sites.editor.access import do, website_of

SCREEN = "website_upkeep"


@require_admin_access
def upkeep(request: HttpRequest) -> HttpResponse:
    """Examine the site, and show what is to do, who does it, since when, and where."""
    website = website_of(request)
    found, site = keep(website, at=timezone.now())
    links = PageLink.objects.filter(dismissed_at=None, problem="")
    context = {
        "website": website,
        "tasks": [one for one in found if one.check.who == SiteTask.Who.MAIRIE],
        "others": [one for one in found if one.check.who == SiteTask.Who.OPERATOR],
        "links": presenters.shown(website, PageLink.objects.broken().told()),
        "aged": site.aged,
        "unsure": presenters.shown(website, links.filter(outside__verdict__in=("unsure", "failing"))),
    }
    return render(request, "websites/editor/upkeep.html", context)


def _link(request: HttpRequest, link_id: int) -> PageLink:
    rows = PageLink.objects.select_related("website", "outside")
    return get_object_or_404(rows, pk=link_id, website=website_of(request))


@require_admin_access
@require_POST
def dismiss_link(request: HttpRequest, link_id: int) -> HttpResponse:
    """Tell no more of a broken link."""
    said = "Ce lien n’est plus signalé."
    return do(request, actions.dismiss, _link(request, link_id), said=said, back=SCREEN)


@require_admin_access
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Say that something is still true."""
    matter = request.POST.get("matter", "")[:40]
    said = "C’est noté à la date d’aujourd’hui."
    return do(request, actions.confirm, website_of(request), matter, said=said, back=SCREEN)
