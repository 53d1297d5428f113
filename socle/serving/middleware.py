"""Middleware of the platform as a whole."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.urls import Resolver404, resolve

from socle.lib import locks
from socle.lib.hosts import is_loopback
from socle.lib.waits import wait_aside
from socle.sites.hosts import other_hosts
from socle.ui.meanwhile import READ

# What a proxy adds: a demonstration seen through one would be open to everybody.
PROXY_HEADERS = ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "X-Real-Ip", "Via")

DIGEST = re.compile(r"[0-9a-f]{32}")
# Seconds that a save waits for another of the same row, and between two looks.
LONGEST_SAVE, BETWEEN_TRIES = 20.0, 0.05
BUSY = (
    "Une autre personne enregistre la même page, et cela dure. Revenez à la page précédente\u00a0: ce que vous avez "
    "écrit y est encore, envoyez-le de nouveau dans un instant."
)

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


class OneSaveAtATime:
    """Let two people who send at the same instant what they filled from the same row pass one after the other.

    The form of the second is then compared with what the first wrote (`ui/meanwhile.py`). Both carry the same digest:
    it names the lock, whichever door or machine they came by.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Answer by the view itself, within the lock; leave every other request alone."""
        # What a script or a program sends is read by its own view.
        if request.method != "POST" or getattr(view, "csrf_exempt", False) or "X-CSRFToken" in request.headers:
            return None
        read = next((said for name, said in request.POST.items() if name.rpartition("-")[2] == READ), "")
        if not DIGEST.fullmatch(str(read)):
            return None
        for _ in range(round(LONGEST_SAVE / BETWEEN_TRIES)):
            with locks.held(f"save-{str(read)[:2]}") as is_mine:
                if is_mine:
                    return view(request, *args, **kwargs)
            # Nobody else waits for that one.
            wait_aside()
            time.sleep(BETWEEN_TRIES)
        return HttpResponse(BUSY, status=503, content_type="text/plain; charset=utf-8", headers={"Retry-After": "20"})
