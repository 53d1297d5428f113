"""Files that leave: a kept document, checked against its hash at each reading; a list, whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.http import HttpRequest, HttpResponse

from socle.documents import actions as documents
from socle.documents.models import Document
from socle.lib.spreadsheet import Sheet
from socle.mairie.access import person
from socle.people import exports
from socle.people.models import Beneficiary

R = TypeVar("R")


def served(document: Document, *, name: str) -> HttpResponse:
    """Answer with the bytes of a document, to be kept; raise `Altered` when they are not those that were kept."""
    content = documents.read(document)
    response = HttpResponse(content, content_type=document.content_type)
    filename = documents.safe_filename(name, document.content_type)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    # What a person handed over runs nothing here, whatever a browser makes of it.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


def leave(
    request: HttpRequest, beneficiary: Beneficiary, sheet: Sheet[R], rows: Iterable[R], format: str
) -> HttpResponse:
    """Answer with a list of the active beneficiary, whole, as a file; its journal tells of one that names people."""
    return exports.leave(request, sheet, rows, format=format, owner=beneficiary, by=person(request))
