"""Images and files read from the platform's own host: only by who edits them, and only theirs."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django_scopes import scopes_disabled

from socle.people.acting import active_beneficiary, opens
from socle.people.capabilities import Capability
from socle.sites.models.media import CommuneDocument
from socle.sites.models.sites import WebSite
from socle.sites.public import send_file


def own_website(request: HttpRequest) -> WebSite:
    """Return the site of the active beneficiary. Raises Http404 for anyone who edits none."""
    beneficiary = active_beneficiary(request) if request.user.is_authenticated else None
    if beneficiary is None or not opens(request, Capability.PUBLISH):
        raise Http404
    with scopes_disabled():
        return get_object_or_404(WebSite, beneficiary=beneficiary)


def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """Send an image of the site being edited, its original included."""
    if ".." in path.split("/") or not path.startswith(f"{own_website(request).media_folder}/"):
        raise Http404
    response = send_file(path)
    response["Cache-Control"] = "private, no-store"
    return response


def document(request: HttpRequest, document_id: int, filename: str) -> HttpResponseBase:
    """Send a file of the site being edited."""
    found = get_object_or_404(CommuneDocument, pk=document_id, collection_id=own_website(request).collection_id)
    if filename != found.filename:
        raise Http404
    response = send_file(str(found.file.name))
    response["Cache-Control"] = "private, no-store"
    return response
