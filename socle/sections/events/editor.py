"""The gesture « Annoncer un événement »."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from wagtail.admin.auth import require_admin_access

from socle.sections.events.actions import agenda_of, open_agenda
from socle.sections.events.models import EventPage
from socle.sites.editor.access import author_of, website_of


@require_admin_access
def event(request: HttpRequest) -> HttpResponse:
    """Go straight to the form of a new event; the first one opens the agenda."""
    website = website_of(request)
    index = agenda_of(website)
    if index is None and request.method == "POST":
        index = open_agenda(website, by=author_of(request), at=timezone.now())
        messages.success(request, "L’agenda est ouvert\u00a0: il est dans le menu du site.")
    if index is None:
        return render(request, "websites/editor/agenda.html", {"website": website})
    return redirect("wagtailadmin_pages:add", EventPage._meta.app_label, "eventpage", index.pk)
