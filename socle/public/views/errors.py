"""Error pages of every door: what happened, and what to do now.

They are drawn without the database, the session or the user: an error page must stand when everything else has fallen.
"""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.template import loader

from socle.ui.doors import PUBLIC, door_of

log = logging.getLogger("socle.forms")


def _page(request: HttpRequest, name: str, status: int, **said: object) -> HttpResponse:
    door = door_of(request.path)
    # No request is handed over: the context processors would read the session and the user.
    content = loader.render_to_string(f"public/errors/{name}.html", {"door": door, "public": PUBLIC, **said})
    return HttpResponse(content, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that cannot be understood."""
    return _page(request, "400", 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer someone who may not; the sentence of the rule that refused is shown when there is one."""
    reason = str(exception) if exception and exception.args and isinstance(exception.args[0], str) else ""
    return _page(request, "403", 403, reason=reason)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer an address that leads nowhere, or to something this person has not to know of."""
    return _page(request, "404", 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose anti-forgery token is missing or stale."""
    # Django's own reason names the origin that was shown: what a visitor typed is not repeated.
    log.warning("form refused: its token is missing or stale")
    return _page(request, "csrf", 403, path=request.path)


def too_many(request: HttpRequest, exception: Exception | None = None, *, sentence: str = "") -> HttpResponse:
    """Answer someone who tries too often; `sentence` says how long to wait."""
    return _page(request, "429", 429, sentence=sentence)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer when we failed."""
    return _page(request, "500", 500, request_id=getattr(request, "request_id", ""))
