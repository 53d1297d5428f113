"""The screen « À faire »: all that is to do on a site, broken links and pages to read again included."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.auth import require_admin_access

from socle.quality.models.score import SiteTask
from socle.quality.upkeep import actions, checks
from socle.quality.upkeep.score import keep
from socle.sites.editor.access import do, website_of

SCREEN = "website_upkeep"
# Links shown at once: the list grows shorter as one mends.
MOST = 100


@require_admin_access
def upkeep(request: HttpRequest) -> HttpResponse:
    """Examine the site, and show what is to do, who does it, since when, and where."""
    website = website_of(request)
    found, site = keep(website, at=timezone.now())
    context = {
        "website": website,
        "tasks": [one for one in found if one.check.who == SiteTask.Who.MAIRIE],
        "others": [one for one in found if one.check.who == SiteTask.Who.OPERATOR],
        "links": [(one, checks.form_of(one)) for one in site.published.broken[:MOST]],
        "aged": site.aged,
    }
    return render(request, "websites/editor/upkeep.html", context)


@require_admin_access
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Say that something is still true."""
    matter = request.POST.get("matter", "")[:40]
    said = "C’est noté à la date d’aujourd’hui."
    return do(request, actions.confirm, website_of(request), matter, said=said, back=SCREEN)
