"""Sorting requests by host: the platform's own, a commune's site, or a helpful 404 for any other.

On a commune's host nothing of the platform exists: no session, no cookie, no sign-in, only public pages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.db.models import Q
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import get_urlconf, is_valid_path, resolve, set_urlconf
from django.utils.module_loading import import_string
from django_scopes import scope, scopes_disabled

from socle.sites import registry
from socle.sites.frame import frame_for
from socle.sites.models.names import SiteName
from socle.sites.models.sites import WebSite
from socle.sites.names.redirects import is_permanent
from socle.sites.publishing import folders

# A browser that keeps it for ever could never be told otherwise.
LED_FOR_GOOD = "public, max-age=86400"
SITES_URLCONF = "socle.config.urls_sites"
# What is answered at each request, forms included (socle.sites.dynamic).
DYNAMIC = "/_/"


def host_name(request: HttpRequest) -> str:
    """Return the asked host without its port, in lower case, without a final dot."""
    host = request.META.get("HTTP_HOST", request.META.get("SERVER_NAME", "")).strip().lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].rstrip(".")


def website_of_host(host: str) -> WebSite | None:
    """Return the site that answers at this host, with what its pages show."""
    with scopes_disabled():
        return (
            WebSite.objects.select_related(
                "facts",
                "beneficiary__commune__department",
                "beneficiary__commune__epci",
                "root_page",
                "site",
                "redirects_to",
                "coat_of_arms",
                "map_picture",
                "publication",
            )
            .filter(_answers_at(host))
            .first()
        )


class OtherHosts(Protocol):
    """Function given by another room for the hosts where it answers itself (`SOCLE_OTHER_HOSTS`)."""

    def knows(self, host: str) -> bool:
        """Whether this host is one of them."""
        ...

    def answer(self, host: str, request: HttpRequest) -> HttpResponseBase | None:
        """The answer to a request made there, or None when the host is not one of them."""
        ...


def other_hosts() -> list[OtherHosts]:
    """Those of each room that has some."""
    return [import_string(dotted)() for dotted in settings.SOCLE_OTHER_HOSTS]


def is_served(host: str) -> bool:
    """Say whether this host, in lower case and without a port, is the platform's, a commune's, or another room's."""
    if host in settings.PLATFORM_HOSTS:
        return True
    with scopes_disabled():
        if WebSite.objects.filter(_answers_at(host)).exists():
            return True
    return any(room.knows(host) for room in other_hosts())


def _answers_at(host: str) -> Q:
    """The site whose main host this is, or the name it was born with, or another name that the DNS leads here."""
    label, _, domain = host.partition(".")
    if domain == settings.SITES_DOMAIN:
        return Q(host=host) | Q(slug=label)
    return Q(host=host) | Q(pk__in=SiteName.objects.answering_at(host).values("website_id"))


class HostMiddleware:
    """Send each request where its host says; placed before everything that opens a session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        host = host_name(request)
        # A preview is a request the editor makes to itself, already checked, in the name of the site's host.
        if host in settings.PLATFORM_HOSTS or getattr(request, "is_dummy", False):
            return self.get_response(request)
        website = website_of_host(host)
        if website is None:
            answers = (room.answer(host, request) for room in other_hosts())
            return next((one for one in answers if one is not None), None) or unknown_host(request, host)
        request.website = website  # type: ignore[attr-defined]
        request._wagtail_site = website.site  # type: ignore[attr-defined]
        if website.archived_at is not None:
            return archived(request, website)
        if website.redirects_to is not None:
            # Never a permanent one: browsers would keep it, and a merger can be undone.
            return HttpResponseRedirect(f"{website.redirects_to.root_url}/")
        if host != website.host:
            return led_to_main(request, website, host)
        if website.suspended_at is not None:
            return suspended(request, website)
        if (page := last_published(request, website)) is not None:
            return page
        with scope(beneficiary=website.beneficiary):
            return answer(request)


def last_published(request: HttpRequest, website: WebSite) -> HttpResponse | None:
    """Return the page asked for as its last publication left it, as the web servers in front do; None if it has none.

    What was written since is not public before it is published, whole: nobody waits for it.
    """
    publication = getattr(website, "publication", None)
    # A page is at an address that ends so; nothing else of a site takes long to draw.
    if publication is None or request.method not in {"GET", "HEAD"} or not request.path_info.endswith("/"):
        return None
    if not publication.release or not folders.PATH.fullmatch(request.path_info):
        return None
    content = folders.served(website.slug, request.path_info, release=publication.release)
    return None if content is None else HttpResponse(content)


def led_to_main(request: HttpRequest, website: WebSite, host: str) -> HttpResponseBase:
    """Lead to the same page under the main name; for good once that name is settled."""
    address = website.root_url + request.get_full_path()
    if is_permanent(website, host):
        response: HttpResponse = HttpResponsePermanentRedirect(address)
        response["Cache-Control"] = LED_FOR_GOOD
    else:
        response = HttpResponseRedirect(address)
        response["Cache-Control"] = "no-store"
    return response


def answer(request: HttpRequest) -> HttpResponseBase:
    """Answer a request on a commune's host from the sites' own addresses, its errors included."""
    before = get_urlconf()
    set_urlconf(SITES_URLCONF)
    request.urlconf = SITES_URLCONF
    try:
        # What a view raises is logged and answered here, by the error page of these addresses: a thread that would keep
        # them could not name any address of the platform any more.
        return cast(HttpResponseBase, convert_exception_to_response(_answer)(request))
    finally:
        set_urlconf(before)


def _answer(request: HttpRequest) -> HttpResponseBase:
    if request.method not in {"GET", "HEAD"} and not request.path_info.startswith(DYNAMIC):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    try:
        match = resolve(request.path_info)
        request.resolver_match = match
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    except Http404:
        slashed = f"{request.path_info}/"
        if not request.path_info.endswith("/") and (_is_page(request, slashed) or _is_dynamic(request)):
            return HttpResponsePermanentRedirect(f"{request.path}/")
        answers = (one.moved(request, request.website) for one in registry.extensions())  # type: ignore[attr-defined]
        if answered := next((one for one in answers if one is not None), None):
            return answered
        for new in (*registry.new_paths(request.path_info), *registry.new_paths(slashed)):
            # A feed is beside the page of its list.
            if _is_page(request, new.removesuffix("fil.atom")):
                return HttpResponsePermanentRedirect(new)
        return not_found(request)
    return response.render() if isinstance(response, TemplateResponse) else response


def _is_page(request: HttpRequest, path: str) -> bool:
    home = request.website.root_page.specific  # type: ignore[attr-defined]
    try:
        page, args, kwargs = home.route(request, [part for part in path.split("/") if part])
        # A list below a page is known to exist by its view alone.
        page.serve(request, *args, **kwargs)
    except Http404:
        return False
    return True


def _is_dynamic(request: HttpRequest) -> bool:
    if not request.path_info.startswith(DYNAMIC) or request.method not in {"GET", "HEAD"}:
        return False
    return bool(is_valid_path(f"{request.path_info}/", SITES_URLCONF))


def not_found(request: HttpRequest) -> HttpResponse:
    """Answer 404 in the look of the commune, with ways out."""
    return render(request, "websites/errors/404.html", {"frame": frame_for(request, None)}, status=404)


def interrupted(request: HttpRequest) -> HttpResponse:
    """Say what to do while the platform does not answer: a file of the site, shown by the web server in its place."""
    return render(request, "websites/errors/interrupted.html", {"frame": frame_for(request, None)}, status=503)


def suspended(request: HttpRequest, website: WebSite) -> HttpResponse:
    """Say that the site is suspended and how to reach the mairie all the same."""
    context = {"frame": frame_for(request, None, website)}
    response = render(request, "websites/errors/suspended.html", context, status=503)
    response["Cache-Control"] = "no-store"
    return response


def archived(request: HttpRequest, website: WebSite) -> HttpResponse:
    """Say that the commune merged, and where its inhabitants go now; nothing of the site is lost."""
    commune = website.beneficiary.commune
    context = {"frame": frame_for(request, None, website), "heir": commune.heir if commune else None}
    return render(request, "websites/errors/archived.html", context, status=410)


def unknown_host(request: HttpRequest, host: str) -> HttpResponse:
    """Say that no site answers here and what to do; never show the site of another commune."""
    context = {"host": host[:120], "platform_url": settings.PLATFORM_URL, "is_demo": settings.DEMO}
    return render(request, "websites/errors/unknown_host.html", context, status=404)
