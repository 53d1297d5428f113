"""The old addresses of what was imported, once it is published: whoever follows one is led to the new page.

They serve when the name of the former site leads to the new one. A page that leads at once, with its link, is all that
a web server can give from files alone; search engines take it for a permanent redirection.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_scopes import scope
from wagtail.models import Page

from socle.site_import.models import ImportedItem
from socle.sites.models.pages import site_path_of
from socle.sites.models.sites import WebSite
from socle.sites.publishing.reads import depend_on

# What may become a file: plain folders, then a folder or a page named as one. Nothing that the site itself answers.
OLD_PATH = re.compile(
    r"/(?!(?:media|static|documents|couleurs|icone|partage|actes|evenements|recherche)(?:/|$))"
    r"(?:[A-Za-z0-9~][A-Za-z0-9_~-]*/)*(?:[A-Za-z0-9~][A-Za-z0-9_~-]*(?:/|\.html?)?)",
    re.ASCII,
)


def old_path(source: str) -> str:
    """Return the path at which an old address may be answered; nothing when it cannot be."""
    parts = urlsplit(source)
    path = parts.path
    if parts.query or not OLD_PATH.fullmatch(path) or path == "/404.html":
        return ""
    return path if path.endswith(("/", ".html", ".htm")) else f"{path}/"


def moved_paths(website: WebSite) -> dict[str, int]:
    """Return the old paths of the pages of a site that are live, and the page of each; one query."""
    found: dict[str, int] = {}
    with scope(beneficiary=website.beneficiary_id):
        rows = list(_live(website).values_list("source", "page"))
    for source, page in rows:
        if path := old_path(source):
            found.setdefault(path, page)
    return found


def _live(website: WebSite) -> QuerySet[ImportedItem]:
    own = ImportedItem.objects.filter(of__website=website, page__path__startswith=website.root_page.path)
    return own.filter(page__live=True).order_by("pk")


def moved(request: HttpRequest, website: WebSite) -> HttpResponse | None:
    """Lead from an old address to the new page; None when this is no old address of a page that is live."""
    from socle.sites.frame import frame_for

    path = old_path(request.path_info)
    if not path:
        return None
    bare = path.rstrip("/")
    with scope(beneficiary=website.beneficiary_id):
        rows = list(_live(website).filter(source__contains=bare).values_list("source", "page"))
    for source, number in rows:
        if old_path(source) == path:
            page = Page.objects.get(pk=number)
            depend_on(f"page:{number}", f"address:{number}")
            context = {"frame": frame_for(request, None), "moved": page, "address": site_path_of(page)}
            return render(request, "websites/moved.html", context)
    return None
