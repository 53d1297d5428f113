"""Answers of a commune's site besides its pages: its files, its colours, what robots read. Never another's."""

from __future__ import annotations

import mimetypes
from datetime import datetime, time
from itertools import islice
from pathlib import PurePosixPath
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseGone
from django.shortcuts import get_object_or_404
from django.template import loader
from django.utils import timezone
from django.utils.http import http_date
from wagtail.models import Page

from socle.deliberations import open_data
from socle.documents import actions as documents
from socle.lib.dates import PARIS, day_of, in_words
from socle.lib.text import of_place
from socle.sites import registry
from socle.sites.calendars import Feed, feed_of
from socle.sites.colours import is_colour, strong
from socle.sites.frame import act_filename, act_path, open_years, published_acts
from socle.sites.models.media import CommuneDocument
from socle.sites.models.notices import Alert
from socle.sites.models.pages import ProceduresPage, news_and_shared, site_path_of
from socle.sites.models.sites import WebSite
from socle.sites.publishing.reads import depend_on
from socle.sites.search.entries import is_offered
from socle.sites.themes import sheet_at

# A file is never a page: nothing in it may run, frame or load anything.
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
FOR_EVER = "public, max-age=31536000, immutable"
# Known to browsers for long, and not to every machine.
mimetypes.add_type("image/webp", ".webp")
mimetypes.add_type("image/avif", ".avif")
# What a browser may show in place; anything else is downloaded, so that no file ever runs as a page of the site.
SHOWN_IN_PLACE = {"application/pdf", "image/avif", "image/gif", "image/jpeg", "image/png", "image/webp"}


def website_of(request: HttpRequest) -> WebSite:
    """Return the site this request was made to (set by the host middleware)."""
    website: WebSite = request.website  # type: ignore[attr-defined]
    return website


def is_publishing(request: HttpRequest) -> bool:
    """Say whether this request is one that the site makes to itself to be published (set by `freezing`)."""
    return getattr(request, "is_publishing", False)


def robots(request: HttpRequest) -> HttpResponse:
    """Welcome every robot that reads this file, except on a demonstration, which nobody should find by a search.

    A site that its mairie has not opened lets them in too: they must read the pages to learn that these are left out.
    """
    depend_on("opening")
    website = website_of(request)
    rule = "Disallow: /" if settings.DEMO else "Allow: /"
    if website.opened_at is not None and not settings.DEMO:
        rule += f"\nSitemap: {website.root_url}/sitemap.xml"
    return HttpResponse(f"User-agent: *\n{rule}\n", content_type="text/plain; charset=utf-8")


def sitemap(request: HttpRequest) -> HttpResponse:
    """List the published pages of this site for search engines; none while the mairie has not opened it."""
    depend_on("tree", "opening")
    website = website_of(request)
    home = website.root_page
    rows = (
        Page.objects.descendant_of(home, inclusive=True)
        .live()
        .public()
        .order_by("path")
        .values_list("url_path", "last_published_at")
    )
    if website.opened_at is None:
        rows = rows.none()
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">']
    for url_path, published_at in rows:
        address = website.root_url + "/" + url_path[len(home.url_path) :]
        day = f"<lastmod>{day_of(published_at).isoformat()}</lastmod>" if published_at else ""
        lines.append(f"<url><loc>{escape(address)}</loc>{day}</url>")
    # The pages that one page makes are in no row.
    for page in ProceduresPage.objects.descendant_of(home).live() if website.opened_at else ():
        base = website.root_url + site_path_of(page)
        lines += [f"<url><loc>{escape(base + path[1:])}</loc></url>" for path in page.get_cached_paths()[1:]]
    lines.append("</urlset>")
    return HttpResponse("\n".join(lines), content_type="application/xml; charset=utf-8")


# How many of the latest a feed holds.
IN_FEED = 20


def gone(request: HttpRequest) -> HttpResponse:
    """Say that what was given at this address is given no more."""
    return HttpResponseGone("Ce fichier n’est plus publié.", content_type="text/plain; charset=utf-8")


def of_place_of(website: WebSite) -> str:
    """« de Prisches », « d’Arras »: what follows « actualités »."""
    commune = website.beneficiary.commune
    return of_place(commune.name) if commune else f"de {website.beneficiary.name}"


def news_feed(request: HttpRequest) -> HttpResponse:
    """Give the latest news as an Atom feed."""
    website = website_of(request)
    feed = feed_of(website, title=f"Actualités {of_place_of(website)}", path="/actualites.atom")
    tag = f"tag:{website.host},{website.created_at:%Y}"
    for item in news_and_shared(website.root_page)[:IN_FEED]:
        published_at = datetime.combine(item.published_on, time(), PARIS)
        feed.add_item(
            title=item.title,
            link=website.root_url + site_path_of(item),
            description=_with_origin(item.summary, item),
            unique_id=f"{tag}:{getattr(item, 'feed_id', '') or f'actualite-{item.pk}'}",
            pubdate=published_at,
            updateddate=item.last_published_at or published_at,
        )
    return _feed(feed)


def alerts_feed(request: HttpRequest) -> HttpResponse:
    """Give the latest alerts as an Atom feed: those shown, and those that are over."""
    depend_on("alerts")
    website = website_of(request)
    feed = feed_of(website, title=f"Alertes {of_place_of(website)}", path="/alertes.atom")
    at = timezone.now()
    begun = list(Alert.objects.begun(at).filter(website=website)[:IN_FEED])
    for extension in registry.extensions():
        begun += islice(extension.alerts(website, at=at, all_begun=True), IN_FEED)
    for alert in sorted(begun, key=lambda one: one.starts_at, reverse=True)[:IN_FEED]:
        link = website.root_url + alert.link if alert.link.startswith("/") else alert.link
        feed_id = getattr(alert, "feed_id", "") or f"alerte-{alert.pk}"
        feed.add_item(
            title=f"{alert.get_gravity_display().capitalize()}\u00a0: {alert.words}",
            link=link or f"{website.root_url}/",
            description=_with_origin(alert.words, alert),
            unique_id=f"tag:{website.host},{website.created_at:%Y}:{feed_id}",
            pubdate=alert.starts_at,
            updateddate=alert.starts_at,
            categories=[alert.get_gravity_display()],
        )
    return _feed(feed)


def _with_origin(words: str, item: Any) -> str:
    """Say where it comes from, when it is not the mairie's."""
    origin = getattr(item, "origin", "")
    return f"{words} ({origin})" if origin else words


def _feed(feed: Feed) -> HttpResponse:
    return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


def theme(request: HttpRequest, theme: str) -> HttpResponse:
    """Return the colours and characters of a site: the address holds them, so the answer never changes."""
    sheet = sheet_at(theme)
    if sheet is None:
        raise Http404
    response = HttpResponse(sheet, content_type="text/css; charset=utf-8")
    response["Cache-Control"] = FOR_EVER
    return response


def icon(request: HttpRequest, colour: str, letter: str) -> HttpResponse:
    """Draw the site's icon: the first letter of the commune on its colour."""
    if not is_colour(f"#{colour}") or len(letter) != 1 or not letter.isalpha():
        raise Http404
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<rect width="64" height="64" rx="14" fill="{strong(f"#{colour}")}"/>'
        '<text x="32" y="45" font-family="Georgia,serif" font-size="38" font-weight="700" text-anchor="middle" '
        f'fill="#fff">{escape(letter)}</text></svg>'
    )
    response = HttpResponse(drawing, content_type="image/svg+xml")
    response["Cache-Control"] = FOR_EVER
    return response


def send_file(relative: str) -> HttpResponseBase:
    """Send one file of the media, shown in place when its type is harmless. Raises Http404."""
    name = PurePosixPath(relative)
    if name.is_absolute() or not name.name or ".." in name.parts or "\0" in relative:
        raise Http404
    try:
        file = default_storage.open(str(name))
        changed = default_storage.get_modified_time(str(name))
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, SuspiciousOperation, ValueError):
        raise Http404 from None
    except OSError:
        return HttpResponse("Ce fichier ne peut pas être lu en ce moment : réessayez dans un instant.", status=503)
    kind = mimetypes.guess_type(name.name)[0] or "application/octet-stream"
    response = FileResponse(file, content_type=kind, as_attachment=kind not in SHOWN_IN_PLACE, filename=name.name)
    response["Last-Modified"] = http_date(changed.timestamp())
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = FILE_POLICY
    return response


def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """Send a size of an image of this site, or of one it shows from others.

    Originals stay with the editor; another site's files do not exist here.
    """
    website = website_of(request)
    is_own = path.startswith(f"{website.media_folder}/images/")
    at = timezone.now()
    if ".." in path.split("/") or not (
        is_own or any(one.shows_file(website, path, at=at) for one in registry.extensions())
    ):
        raise Http404
    response = send_file(path)
    response["Cache-Control"] = FOR_EVER
    return response


def document(request: HttpRequest, document_id: int, filename: str) -> HttpResponseBase:
    """Send a file that a page of this site offers, under its present name. Raises Http404 for any other."""
    depend_on(f"document:{document_id}")
    website = website_of(request)
    found = get_object_or_404(CommuneDocument, pk=document_id, collection_id=website.collection_id)
    # A file is asked for while a site is published because a page that was just made leads to it.
    if filename != found.filename or not (is_publishing(request) or is_offered(website, found)):
        raise Http404
    return send_file(str(found.file.name))


def act_document(request: HttpRequest, act_id: int, filename: str) -> HttpResponseBase:
    """Send the document of an act this body has published. Raises Http404 for any other."""
    website = website_of(request)
    act = get_object_or_404(published_acts(website, on=day_of(timezone.now())), pk=act_id, document__isnull=False)
    name = act_filename(act)
    if act.document is None or filename != name:
        raise Http404
    content = documents.read(act.document)
    kind = act.document.content_type
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'{"inline" if kind in SHOWN_IN_PLACE else "attachment"}; filename="{name}"'
    response["Content-Security-Policy"] = FILE_POLICY
    return response


def deliberations_file(request: HttpRequest, year: int) -> HttpResponse:
    """Give the deliberations of a year as open data (SCDL). Raises Http404 for a year that has none."""
    website, on = website_of(request), day_of(timezone.now())
    if year not in open_years(website, on=on):
        raise Http404
    content = b"".join(open_data.pieces(published_acts(website, on=on), on=on, year=year))
    return HttpResponse(content, content_type="text/csv; charset=utf-8")


def acts_feed(request: HttpRequest) -> HttpResponse:
    """Give the latest acts published as an Atom feed."""
    website = website_of(request)
    feed = feed_of(website, title=f"Actes {of_place_of(website)}", path="/actes.atom")
    # One asked for and not served yet has no day: it comes with it.
    for act in published_acts(website, on=day_of(timezone.now())).exclude(published_on=None)[:IN_FEED]:
        assert act.published_on is not None  # Those that have none were left out.
        shown_at = act.put_online_at or datetime.combine(act.published_on, time(), PARIS)
        fictitious = " (acte fictif)" if act.is_fictitious else ""
        feed.add_item(
            title=f"{act.name}\u00a0: {act.subject}{fictitious}",
            link=f"{website.root_url}{act_path(act) if act.document_id else '/actes/'}",
            description=f"{act.body}, {act.adopted_words.lower()} {in_words(act.adopted_on)}",
            unique_id=f"tag:{website.host},{website.created_at:%Y}:acte-{act.pk}",
            pubdate=shown_at,
            updateddate=shown_at,
            author_name=str(act.author) or None,
        )
    return _feed(feed)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without the database."""
    return HttpResponse(loader.render_to_string("websites/errors/500.html"), status=500)
