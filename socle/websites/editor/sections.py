"""The screens of the sections a mairie opens when it wants them: which there are, and the way into each."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from wagtail.admin.auth import require_admin_access

from socle.people.models import User
from socle.websites.daily.sections import SECTIONS, Section, index_of, open_section, opened_on
from socle.websites.editor.powers import edited_website
from socle.websites.models.sites import WebSite


def _website(request: HttpRequest) -> WebSite:
    website = edited_website(request)
    if website is None:
        raise Http404("Un site se corrige au nom d’une mairie.")
    return website


@require_admin_access
def sections(request: HttpRequest) -> HttpResponse:
    """Show the sections of daily life: those that are open, and those that may be."""
    website = _website(request)
    opened = opened_on(website)
    context = {
        "website": website,
        "opened": [section for section in SECTIONS.values() if section.code in opened],
        "others": [section for section in SECTIONS.values() if section.code not in opened],
    }
    return render(request, "websites/editor/sections.html", context)


@require_admin_access
def section(request: HttpRequest, section_code: str) -> HttpResponse:
    """Go straight to what one does in a section; the first time, open it."""
    website = _website(request)
    found = SECTIONS.get(section_code)
    if found is None:
        raise Http404("Cette rubrique n’existe pas.")
    index = index_of(website, found)
    if index is not None and index.live:
        return _into(found, index.pk)
    if request.method == "POST" and isinstance(request.user, User):
        index = open_section(website, found, by=request.user, at=timezone.now())
        messages.success(request, f"La rubrique «\u00a0{index.title}\u00a0» est ouverte\u00a0: elle est dans le menu.")
        return _into(found, index.pk)
    return render(request, "websites/editor/section.html", {"website": website, "section": found})


def _into(section: Section, index_pk: int) -> HttpResponse:
    if section.screen:
        return redirect(section.screen)
    return redirect("wagtailadmin_pages:add", "websites", section.page, index_pk)
