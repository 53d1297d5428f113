"""The screens of the sections a mairie opens when it wants them: which there are, and the way into each."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from wagtail.admin.auth import require_admin_access

from socle.sites import registry
from socle.sites.editor.access import author_of, website_of
from socle.sites.opening import index_of, open_section, opened_on
from socle.sites.registry import Section


@require_admin_access
def sections(request: HttpRequest) -> HttpResponse:
    """Show the sections of daily life: those that are open, and those that may be."""
    website = website_of(request)
    opened = opened_on(website)
    offered = [section for section in registry.sections().values() if section.is_offered]
    context = {
        "website": website,
        "opened": [section for section in offered if section.code in opened],
        "others": [section for section in offered if section.code not in opened],
    }
    return render(request, "websites/editor/sections.html", context)


@require_admin_access
def section(request: HttpRequest, section_code: str) -> HttpResponse:
    """Go straight to what one does in a section; the first time, open it."""
    website = website_of(request)
    found = registry.section_of(section_code)
    if found is None:
        raise Http404("Cette rubrique n’existe pas.")
    index = index_of(website, found)
    if index is not None and index.live:
        return _into(found, index.pk)
    if request.method == "POST":
        index = open_section(website, found, by=author_of(request), at=timezone.now())
        messages.success(request, f"La rubrique «\u00a0{index.title}\u00a0» est ouverte\u00a0: elle est dans le menu.")
        return _into(found, index.pk)
    return render(request, "websites/editor/section.html", {"website": website, "section": found})


def _into(section: Section, index_pk: int) -> HttpResponse:
    """Go to the screen of its rows, or to the form of a new page."""
    if section.screen or section.page is None:
        return redirect(section.screen)
    kind = section.page._meta
    return redirect("wagtailadmin_pages:add", kind.app_label, kind.model_name, index_pk)
