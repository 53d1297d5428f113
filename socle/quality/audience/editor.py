"""The screen « Audience »: how many pages of the site are seen each month, and which ones most."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from wagtail.admin.auth import require_admin_access

from socle.lib.dates import day_of
from socle.people import exports
from socle.quality.audience import presenters
from socle.quality.audience.rules import months_kept, why_not_measure
from socle.quality.models.audience import PageViews
from socle.sites.editor.access import author_of, website_of


@require_admin_access
def audience(request: HttpRequest) -> HttpResponse:
    """Show the numbers of the site over twelve months."""
    website = website_of(request)
    context = {
        "website": website,
        "why_not_measure": why_not_measure(),
        "is_invented": settings.DEMO,
        "audience": presenters.audience_of(website, on=day_of(timezone.now())),
        "months_kept": months_kept(),
    }
    return render(request, "websites/editor/audience.html", context)


@require_admin_access
def audience_file(request: HttpRequest, format: str) -> HttpResponse:
    """Give every number of the site that is kept, by month and page, as a spreadsheet."""
    website = website_of(request)
    rows = PageViews.objects.filter(website=website).order_by("month_on", "-views", "path").iterator()
    return exports.leave(
        request, presenters.SHEET, rows, format=format, owner=website.beneficiary, by=author_of(request)
    )
