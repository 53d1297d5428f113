"""Questions of the web server in front to a process of ours: may people be sent here, may this host have a certificate.

These addresses are no part of any site: they answer on any host, to the machines of the installation only. Whatever
came through the front server bears what a proxy adds, and finds nothing here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed

from socle import __version__
from socle.lib import limits
from socle.serving import readiness
from socle.serving.middleware import PROXY_HEADERS
from socle.sites.hosts import is_served

# Of one host, in ten minutes: a certificate that cannot be obtained is asked for again at each visit, and the
# authority that issues them bars whoever insists.
ASKED_FOR_ONE_HOST = (20, 600)
HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


class Balancers:
    """Middleware: answer the front servers before anything else; they ask every second, which no log needs to tell."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = ANSWERS.get(request.path_info)
        if answer is None or not comes_from_a_balancer(request):
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = answer(request)
        response["Cache-Control"] = "no-store"
        return response


def comes_from_a_balancer(request: HttpRequest) -> bool:
    """Say whether the peer is a machine of ours, speaking for itself and not for a visitor."""
    if any(header in request.headers for header in PROXY_HEADERS):
        return False
    try:
        peer = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(peer in ipaddress.ip_network(network, strict=False) for network in settings.BALANCERS)


def serves_people(request: HttpRequest) -> HttpResponse:
    """200 when people may be sent to this process; 503 when it is about to stop, or is not ready.

    The answer begins with the version: whoever releases waits for the new one.
    """
    if settings.DRAIN_FILE.exists():
        return _say(503, "draining: this process is about to stop")
    if reasons := readiness.why_not_ready():
        return _say(503, f"not ready: {', '.join(reasons)}")
    return _say(200, "in service")


def certificate(request: HttpRequest) -> HttpResponse:
    """200 when `?domain=` is a host we serve: the front server then obtains its certificate; anything else is 404."""
    host = request.GET.get("domain", "").lower().rstrip(".")
    if not HOST.fullmatch(host):
        return _say(404, "not a host name")
    limit, per = ASKED_FOR_ONE_HOST
    if seconds := limits.seconds_to_wait(f"certificate:{host}", limit=limit, per=per):
        response = _say(429, "asked too often")
        response["Retry-After"] = str(seconds)
        return response
    return _say(200, "served here") if is_served(host) else _say(404, "not served here")


ANSWERS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/-/in-service": serves_people,
    "/-/certificate": certificate,
}


def _say(status: int, words: str) -> HttpResponse:
    return HttpResponse(f"{__version__} {words}\n", status=status, content_type="text/plain; charset=utf-8")
