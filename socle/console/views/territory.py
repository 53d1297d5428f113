"""The territory in motion: the priorities that changed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socle.agreements.priorities import to_look_at
from socle.console.access import Access, console_view
from socle.console.lists import page_of
from socle.ui.shapes import Column

PRIORITIES = (Column("Commune"), Column("Ce qui a changé"), Column("Depuis le"), Column("Convention"))


@console_view
def show_priorities(request: HttpRequest, access: Access) -> HttpResponse:
    """List the communes whose priority changed under an agreement, until someone says they looked."""
    page = page_of(request, to_look_at(access.agreements()))
    return render(request, "console/priorities.html", {"page": page, "columns": PRIORITIES})
