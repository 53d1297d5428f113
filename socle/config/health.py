"""What machines ask of the platform: does it live, is it ready, what does it measure.

Answered before the host is looked at: a load balancer asks by address. Nothing here opens a session.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST

from socle.config import metrics

log = logging.getLogger("socle.health")

# How long, in seconds, an answer about migrations holds while some are awaited.
RECHECK = 5.0


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
    """Say to whoever watches whether the platform is whole, and why not; who is sent where: socle.config.balancers."""
    reasons = why_not_ready()
    if reasons:
        log.warning("not ready: %s", ", ".join(reasons))
    return JsonResponse(
        {"ready": not reasons, "reasons": list(reasons.values())},
        status=503 if reasons else 200,
        json_dumps_params={"ensure_ascii": False},
    )


def why_not_ready() -> dict[str, str]:
    """What is missing for people to be served: a code and a French sentence each; empty when nothing is."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
        is_migrated = migrations.are_done()
    except (DatabaseError, OSError):
        if not connection.in_atomic_block:
            connection.close()
        return {"database": "La base de données ne répond pas."}
    return {} if is_migrated else {"migrations": "La base de données attend « socle migrate »."}


class Migrations:
    """Whether the tables are those the code expects. Once they are, this process need not ask again."""

    def __init__(self) -> None:
        self.is_done = False
        self.asked_at = float("-inf")

    def are_done(self, clock: Callable[[], float] = time.monotonic) -> bool:
        if not self.is_done and clock() - self.asked_at >= RECHECK:
            executor = MigrationExecutor(connection)
            self.is_done = not executor.migration_plan(executor.loader.graph.leaf_nodes())
            self.asked_at = clock()
        return self.is_done


migrations = Migrations()


def measured(request: HttpRequest) -> HttpResponse:
    """Answer what is measured to who may read it."""
    if reason := metrics.why_not_read(request):
        return HttpResponse(f"{reason}\n", status=403, content_type="text/plain; charset=utf-8")
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)
