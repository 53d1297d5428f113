"""The screen « À faire »: all that is to do on a site, broken links and pages to read again included."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from wagtail.admin.auth import require_admin_access

from socle.quality.models.score import SiteTask
from socle.quality.upkeep import checks
from socle.quality.upkeep.score import keep
from socle.sites.editor.access import website_of

# Links, or pages, shown at once: the list grows shorter as one mends.
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
        "links": [(one, checks.form_of(one.page_pk)) for one in site.published.broken[:MOST]],
        "old": [(day, one, checks.form_of(one.pk)) for day, one in site.old[:MOST]],
    }
    return render(request, "websites/editor/upkeep.html", context)
