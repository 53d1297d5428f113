"""The site as its visitors read it, inside the editor: one looks, and goes from what one sees to its form.

The public files hold neither a cookie nor a word of the editor; here the same page is asked of the site as a reader
would, its links are led back here, and a bar above it says where to correct what it shows.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.html import escape, strip_tags
from django.views.decorators.http import require_POST
from wagtail.admin.auth import require_admin_access
from wagtail.models import Page, Revision

from socle.lib.refusals import Refused
from socle.lib.text import whole
from socle.sites.editor.access import author_of, website_of
from socle.sites.hosts import SITES_URLCONF
from socle.sites.models.pages import CommunePage, site_path_of
from socle.sites.models.publication import Shown
from socle.sites.models.sites import WebSite
from socle.sites.publishing.freezing import request_for
from socle.sites.publishing.reads import UNMADE
from socle.sites.versions import go_back, versions_of

ANCHOR = re.compile(r'(<a\b[^>]*?\shref=")([^"]*)(")')
# The link that skips to the content stays the first of the page.
SKIP = re.compile(r'<a class="skip"[^>]*>[^<]*</a>')


def place_of(page: Page) -> str:
    """Return where a page is looked at in the editor."""
    return f"{reverse('website_see')}{site_path_of(page).lstrip('/')}"


@require_admin_access
def see(request: HttpRequest, path: str = "") -> HttpResponse:
    """Show a page of the site as it is online, with the way to its form."""
    website = website_of(request)
    inner = request_for(website, f"/{path}")
    found = Page.route_for_request(inner, path)
    if found is None:
        if not path:
            raise Http404("La page d’accueil n’est pas en ligne.")
        messages.error(request, "Il n’y a pas de page en ligne à cette adresse\u00a0: voici l’accueil du site.")
        return redirect("website_see")
    page, args, kwargs = cast(tuple[Page, tuple[Any, ...], dict[str, Any]], found)
    response = page.serve(inner, *args, **kwargs)
    if hasattr(response, "render") and not response.is_rendered:
        response.render()
    said = [strip_tags(str(message)) for message in messages.get_messages(request)]
    if Shown.objects.filter(file__website=website, file__path=f"/{path}", key__startswith=UNMADE).exists():
        said.append(
            "Une photographie de cette page n’a pas pu être préparée\u00a0: elle n’est pas en ligne, le reste l’est. "
            "Ouvrez-la, enregistrez-la de nouveau en JPEG, et remplacez-la."
        )
    here = f"{reverse('website_see')}{path}"
    bar = render_to_string(
        "websites/editor/looking_bar.html",
        {
            "page": page,
            "edit": f"{reverse('wagtailadmin_pages:edit', args=[page.pk])}?{urlencode({'next': here})}",
            # What Wagtail says comes with buttons, as markup: only words go on the page of a site.
            "said": said,
        },
    )
    content = _kept_inside(response.content.decode(), website)
    return HttpResponse(SKIP.sub(lambda skip: skip[0] + bar, content, count=1))


def _kept_inside(content: str, website: WebSite) -> str:
    """Lead the links between pages of the site to the same pages here.

    What is no page of the mairie's (its files, the search, its forms, what others propose) has no form here: it opens
    on the site itself, beside, so that the bar is still there when one comes back.
    """

    def lead(link: re.Match[str]) -> str:
        address = unescape(link[2])
        own = address.removeprefix(website.root_url)
        if not own.startswith("/") or own.startswith("//"):
            return link[0]
        path, mark, place = own.partition("#")
        if _is_page(path):
            return f"{link[1]}{escape(reverse('website_see') + path[1:] + mark + place)}{link[3]}"
        return f'{link[1]}{escape(website.root_url + path + mark + place)}" target="_blank"'

    return ANCHOR.sub(lead, content)


def _is_page(path: str) -> bool:
    try:
        return resolve(path, SITES_URLCONF).url_name == "wagtail_serve"
    except Resolver404:
        return False


def own_page(request: HttpRequest, page_id: int) -> CommunePage:
    """Return a page of the site this request edits. Raises Http404 for any other."""
    own = Page.objects.descendant_of(website_of(request).root_page, inclusive=True)
    return cast(CommunePage, get_object_or_404(own, pk=page_id).specific)


@require_admin_access
def versions(request: HttpRequest, page_id: int) -> HttpResponse:
    """Show what a page was, and when, with the gesture that puts it back online."""
    page = own_page(request, page_id)
    context = {"page": page, "versions": versions_of(page), "place": place_of(page)}
    return render(request, "websites/editor/versions.html", context)


@require_admin_access
@require_POST
def go_back_to(request: HttpRequest, page_id: int) -> HttpResponse:
    """Put a former version online again."""
    page = own_page(request, page_id)
    number = whole(request.POST.get("version", ""))
    revision = Revision.page_revisions.filter(pk=number, object_id=str(page.pk)).first()
    try:
        go_back(page, revision, by=author_of(request), at=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("website_versions", page.pk)
    messages.success(
        request, "Cette version est de nouveau en ligne. «\u00a0Versions précédentes\u00a0» revient en arrière."
    )
    return HttpResponseRedirect(place_of(page))
