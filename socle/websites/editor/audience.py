"""The screen of the audience: how many pages of the site are read, which ones, which addresses are asked in vain."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from wagtail.admin.auth import require_admin_access

from socle.lib.dates import day_of
from socle.people import exports
from socle.websites.audience import shown
from socle.websites.audience.rules import months_kept, why_not_measure
from socle.websites.editor.gestures import author_of, website_of


def _period(request: HttpRequest) -> str:
    asked = request.GET.get("periode", "")
    return asked if asked in shown.PERIODS else shown.DAYS


@require_admin_access
def audience(request: HttpRequest) -> HttpResponse:
    """Show the numbers of the site over thirty days or twelve months."""
    website, period = website_of(request), _period(request)
    context = {
        "website": website,
        "why_not_measure": why_not_measure(),
        "is_invented": shown.is_invented(),
        "audience": shown.audience_of(website, period=period, on=day_of(timezone.now())),
        "periods": shown.PERIODS,
        "months_kept": months_kept(),
    }
    return render(request, "websites/editor/audience.html", context)


@require_admin_access
def audience_file(request: HttpRequest, format: str) -> HttpResponse:
    """Give the numbers of the period, day by day and line by line, as a spreadsheet."""
    website = website_of(request)
    rows = shown.rows_of(website, period=_period(request), on=day_of(timezone.now()))
    return exports.leave(request, shown.SHEET, rows, format=format, owner=website.beneficiary, by=author_of(request))
