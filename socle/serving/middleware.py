"""Middleware of the platform as a whole."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.urls import Resolver404, resolve

from socle.lib.hosts import is_loopback
from socle.sites.hosts import other_hosts

# What a proxy adds: a demonstration seen through one would be open to everybody.
PROXY_HEADERS = ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "X-Real-Ip", "Via")

REFUSAL = """<!doctype html>
<html lang="fr">
<head><meta charset="utf-8"><title>Démonstration réservée à cette machine — Socle</title></head>
<body>
<main>
<h1>Cette démonstration ne répond que sur la machine où elle tourne</h1>
<p>On y entre en un clic, sans mot de passe : elle refuse donc toute demande venue d’une autre machine ou passée par
un serveur mandataire. Ouvrez-la depuis cette machine, ou préparez une installation réelle.</p>
</main>
</body>
</html>
"""


class DemonstrationStaysHere:
    """Refuse, in a demonstration, any request that does not come straight from this very machine.

    Binding to loopback is not enough: a proxy on the same machine, or a name that points to 127.0.0.1, would open its
    one-click doors to others.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.DEMO and not comes_from_here(request):
            return HttpResponse(REFUSAL, status=403)
        return self.get_response(request)


def comes_from_here(request: HttpRequest) -> bool:
    """Say whether the peer is this machine, and the host too or one without a door, with no proxy between."""
    if any(header in request.headers for header in PROXY_HEADERS):
        return False
    peer = request.META.get("REMOTE_ADDR", "")
    host, _ = split_domain_port(request.META.get("HTTP_HOST", request.META.get("SERVER_NAME", "")))
    # Where another room answers by itself there is no door: only what sets a mail program is said there.
    return is_loopback(peer) and (is_loopback(host) or any(room.knows(host.lower()) for room in other_hosts()))


class DevicesByTheShortWay:
    """Hand what a drive or a calendar asks to its view at once: no session, no cookie and no form opens anything there.

    What stands before it (hosts, rates, headers, logs, counts) is the same for everybody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith("/dav/"):
            return self.get_response(request)
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        request.resolver_match = match
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        if isinstance(response, HttpResponse) and not response.has_header("Content-Length"):
            response["Content-Length"] = str(len(response.content))
        return response


class Compression(GZipMiddleware):
    """Compress what pages weigh; leave as they are what a mounted program answered (socle.lib.mounts), and files."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if getattr(response, "passes_as_is", False):
            return response
        return super().process_response(request, response)
