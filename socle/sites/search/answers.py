"""Search pages of a site: the page where one asks, the index it reads, and the way without a script."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socle.sites.frame import frame_for
from socle.sites.models.sites import WebSite
from socle.sites.procedures.catalogue import catalogue
from socle.sites.publishing import folders
from socle.sites.search.entries import entries_of
from socle.sites.search.ranking import MOST_ASKED, MOST_SHOWN, Entry, Found, find, meanings

# How many of the emergency numbers are given: those for a danger.
URGENT = 5
PAGE, INDEX, ASKED_AT = "/recherche/", "/recherche.json", "/_/recherche/"


def page(request: HttpRequest) -> HttpResponse:
    """Show where one asks: published, it searches by itself."""
    return _page(request, "", None)


def index(request: HttpRequest) -> HttpResponse:
    """Give everything that can be found on this site."""
    content = _written(entries_of(request.website))  # type: ignore[attr-defined]
    return HttpResponse(content, content_type="application/json; charset=utf-8")


def answer(request: HttpRequest) -> HttpResponse:
    """Answer a question without a script: from the published index, or from the pages while there is none."""
    asked = request.GET.get("q", "").replace("\0", "")[:MOST_ASKED].strip()
    found = find(_entries(request.website), asked) if asked else None  # type: ignore[attr-defined]
    return _page(request, asked, found)


def _page(request: HttpRequest, asked: str, found: Found | None) -> HttpResponse:
    frame = frame_for(request, None)
    commune = frame.website.beneficiary.commune
    context = {
        "frame": frame,
        # Whoever finds nothing may need somebody at once, or another office.
        "numbers": next((one.numbers[:URGENT] for one in catalogue(on=frame.today) if one.code == "urgences"), ()),
        "epci": commune.epci.name if commune is not None and commune.epci else "",
        "is_left_out": True,
        "asked": asked,
        "found": found,
        "most_asked": MOST_ASKED,
        "most_shown": MOST_SHOWN,
        "index": INDEX,
        "asked_at": ASKED_AT,
    }
    return render(request, "websites/find.html", context)


def _written(entries: list[Entry]) -> str:
    return json.dumps({"entries": entries, "meanings": meanings()}, ensure_ascii=False, separators=(",", ":"))


def _entries(website: WebSite) -> list[Entry]:
    """Read what is published, which costs nothing; a machine that publishes nothing reads the pages."""
    path = folders.home_of(website.slug) / "current" / folders.file_of(INDEX)
    try:
        kept: Any = json.loads(path.read_bytes())
        return list(kept["entries"])
    except (OSError, ValueError, KeyError, TypeError):
        return entries_of(website)
