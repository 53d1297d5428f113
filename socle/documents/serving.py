"""A kept document as it leaves by a door, checked against its hash at each reading."""

from __future__ import annotations

from django.http import HttpResponse

from socle.documents import actions as documents
from socle.documents.models import Document


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
