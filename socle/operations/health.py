"""Health checks that machines ask of the platform: does it live, is it ready, what does it measure.

Answered before the host is looked at: a load balancer asks by address. Nothing here opens a session.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST

from socle.operations import metrics
from socle.serving import readiness

log = logging.getLogger("socle.health")


class Health:
    """Middleware: answer the three addresses of machines."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.answers = {"/-/live": live, "/-/ready": ready, "/-/metrics": measured}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.answers.get(request.path_info)
        if answer is None:
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = answer(request)
        response["Cache-Control"] = "no-store"
        return response


def live(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; whoever asks starts it again when it does not."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


def ready(request: HttpRequest) -> HttpResponse:
    """Say to whoever watches whether the platform is whole, and why not; who is sent where: socle.serving.balancers."""
    reasons = readiness.why_not_ready()
    if reasons:
        log.warning("not ready: %s", ", ".join(reasons))
    return JsonResponse(
        {"ready": not reasons, "reasons": list(reasons.values())},
        status=503 if reasons else 200,
        json_dumps_params={"ensure_ascii": False},
    )


def measured(request: HttpRequest) -> HttpResponse:
    """Answer what is measured to who may read it."""
    if reason := metrics.why_not_read(request):
        return HttpResponse(f"{reason}\n", status=403, content_type="text/plain; charset=utf-8")
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)
