"""The page of what a site accepted from others, and its event as a calendar. Anything else does not exist there."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from socle.lib.dates import day_of
from socle.sites.calendars import calendar_of
from socle.sites.frame import frame_for
from socle.sites.models.sites import WebSite
from socle.sites.occurrences import next_showing
from socle.sites.publishing.reads import depend_on
from socle.syndication.models import Kind, Share
from socle.syndication.presenters import shares_of


def _shared(request: HttpRequest, share_id: int) -> tuple[WebSite, Share]:
    """Return what this site shows under this number. Raises Http404 for what it does not."""
    website: WebSite = request.website  # type: ignore[attr-defined]
    depend_on(f"share:{share_id}")
    shown = shares_of(website, at=timezone.now()).select_related("picture")
    return website, get_object_or_404(shown, pk=share_id)


def show(request: HttpRequest, share_id: int) -> HttpResponse:
    """Show a news item or an event of others, with where it comes from."""
    _, share = _shared(request, share_id)
    frame = frame_for(request, None)
    context: dict[str, Any] = {
        "share": share,
        "frame": frame,
        # The same words on hundreds of sites: a search engine finds them at their source.
        "is_left_out": True,
    }
    if share.kind == Kind.EVENT:
        depend_on("day")
        coming = next_showing(share, on=day_of(timezone.now()))
        context |= {
            "when": share.timing.in_words(share.timing.starts_on),
            "is_over": coming is None,
            "list": (frame.urls.get("events", ""), "Agenda"),
        }
    else:
        context["list"] = (frame.urls.get("news", ""), "Actualités")
    return render(request, "websites/pages/shared.html", context)


def calendar(request: HttpRequest, share_id: int) -> HttpResponse:
    """Give an event of others as a calendar."""
    website, share = _shared(request, share_id)
    share = get_object_or_404(Share, pk=share.pk, kind=Kind.EVENT)
    content = calendar_of(website, [share], name=share.title)
    return HttpResponse(content, content_type="text/calendar; charset=utf-8")
