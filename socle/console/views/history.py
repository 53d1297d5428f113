"""The history of a commune or of another public body: its lines of the journal, and the ranks it had."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socle.console.placed import body_of, crumbs_of, pages_of
from socle.console.views.bodies import body_or_404
from socle.people.models import Beneficiary
from socle.programme.ranks import show_history
from socle.provisioning.desk import journal_lines
from socle.provisioning.desk.access import Access, commune_or_404, console_view, record_view
from socle.provisioning.desk.lists import page_of
from socle.ui.shapes import Link, files_of


@console_view
def of_commune(request: HttpRequest, access: Access, insee_code: str) -> HttpResponse:
    """Show the history of a commune: its journal, and its ranks with their reasons."""
    commune = commune_or_404(access, insee_code)
    files = files_of(request, "console:commune_journal", insee_code, formats=journal_lines.FORMATS)
    return _shown(request, access, body_of(commune), files=files, ranks=show_history(access.programme, commune))


@console_view
def of_body(request: HttpRequest, access: Access, body_id: int) -> HttpResponse:
    """Show the history of another public body: its journal."""
    files = files_of(request, "console:body_journal", body_id, formats=journal_lines.FORMATS)
    return _shown(request, access, body_or_404(access, body_id), files=files, ranks=[])


def _shown(request: HttpRequest, access: Access, place: Beneficiary, *, files: Any, ranks: Any) -> HttpResponse:
    record_view(request, "record", place)
    page = page_of(request, access.entries().filter(beneficiary_ref=str(place.pk)).order_by("-pk"))
    context = {
        "place": place,
        "pages": pages_of(place),
        "page": page,
        "lines": journal_lines.read(page),
        "journal_files": files,
        "ranks": ranks,
        "crumbs": crumbs_of(request, place, Link("Histoire")),
    }
    return render(request, "console/history.html", context)
