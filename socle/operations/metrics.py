"""Metrics in the format that Prometheus reads: what the processes counted, and what the database holds now.

No personal data: routes and never addresses, numbers of things and never which.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django_scopes import scopes_disabled
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from socle import __version__
from socle.agreements.models import Agreement
from socle.journal.models import Entry
from socle.lib.counters import REQUEST_SECONDS, REQUESTS
from socle.lib.hosts import is_loopback
from socle.operations import beats
from socle.operations.doctor.work import last_backup
from socle.provisioning.models import Installation
from socle.provisioning.monitoring import board as running
from socle.serving.middleware import PROXY_HEADERS
from socle.sites.models.sites import WebSite
from socle.ui.doors import door_of

# A process that ended so long ago has been read by whoever watches.
FORGOTTEN_AFTER = 2 * 86400
# A number for each set of labels.
Values = dict[tuple[tuple[str, str], ...], float]


class CountRequests:
    """Middleware: count each request by its route, and how long it took. The outermost but one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        begun = time.perf_counter()
        response = self.get_response(request)
        if not request.path_info.startswith("/-/"):
            door, route = door_and_route(request)
            method = request.method if request.method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} else "OTHER"
            REQUESTS.labels(door, route, method, str(response.status_code)).inc()
            REQUEST_SECONDS.labels(door, route).observe(time.perf_counter() - begun)
        return response


def door_and_route(request: HttpRequest) -> tuple[str, str]:
    """The door and the shape of the address, as `urls.py` writes it; « none » for an address that leads nowhere."""
    is_site = hasattr(request, "website")
    door = "sites" if is_site else door_of(request.path_info).code
    if request.path_info.startswith(settings.STATIC_URL):
        return door, "static"
    match = request.resolver_match
    return door, "none" if match is None else match.route or "/"


def folder() -> Path:
    """Where each process writes what it counts."""
    path: Path = settings.METRICS_DIR
    return path


def forget_the_dead() -> None:
    """Remove the counts of processes that ended days ago, so that they do not pile up."""
    for path in folder().glob("*.db"):
        pid = path.stem.rpartition("_")[2]
        with contextlib.suppress(OSError):
            is_dead = pid.isdigit() and not Path("/proc", pid).exists()
            if is_dead and time.time() - path.stat().st_mtime > FORGOTTEN_AFTER:
                path.unlink()


# --- What is there now -----------------------------------------------------------------------------------------------
class Now(Collector):
    """Reads the state of the platform each time it is asked; a database that does not answer is a number, not a 500."""

    def collect(self) -> Iterator[Metric]:
        yield _gauge("socle_version_info", "The release that runs.", {(("version", __version__),): 1.0})
        usage = shutil.disk_usage(settings.DATA_DIR)
        yield _gauge("socle_disk_free_bytes", "Space left where everything is kept.", {(): usage.free})
        yield _gauge("socle_disk_total_bytes", "Size of the disk where everything is kept.", {(): usage.total})
        silence = {name: beats.seconds_since(name) for name in ("scheduler", "worker")}
        yield _gauge(
            "socle_silence_seconds",
            "Time since this process last gave a sign of life.",
            {(("process", name),): seconds for name, seconds in silence.items() if seconds is not None},
        )
        backup = last_backup()
        if backup is not None:
            yield _gauge("socle_last_backup_seconds", "When the last backup succeeded.", {(): backup.timestamp()})
        try:
            with scopes_disabled():
                measured = list(_from_the_database())
        except DatabaseError:
            measured = []
        yield _gauge("socle_database_up", "Whether the database answers.", {(): float(bool(measured))})
        yield from measured


def _from_the_database() -> Iterator[Metric]:
    now = timezone.now()
    tasks = DBTaskResult.objects.values_list("queue_name", "status").annotate(n=Count("id"))
    yield _gauge(
        "socle_tasks",
        "Background tasks, by queue and state.",
        {(("queue", queue), ("state", state.lower())): n for queue, state, n in tasks},
    )
    due = DBTaskResult.objects.filter(status=TaskResultStatus.READY).filter(
        Q(run_after=get_date_max()) | Q(run_after__lte=now)
    )
    waits = due.values_list("queue_name").annotate(oldest=Min("enqueued_at"))
    yield _gauge(
        "socle_oldest_task_seconds",
        "How long the oldest task due has waited.",
        {(("queue", queue),): max(0.0, (now - oldest).total_seconds()) for queue, oldest in waits} or {(): 0.0},
    )
    installations = Installation.objects.values_list("service__code", "state").annotate(n=Count("id"))
    yield _gauge(
        "socle_installations",
        "Installations, by service and state.",
        {(("service", service), ("state", state)): n for service, state, n in installations},
    )
    overdue = Installation.objects.due(now - timedelta(minutes=10)).count()
    yield _gauge("socle_installations_overdue", "Installations nobody looked at in time.", {(): overdue})
    agreements = Agreement.objects.values_list("status").annotate(n=Count("pk"))
    yield _gauge("socle_agreements", "Agreements, by state.", {(("state", state),): n for state, n in agreements})
    sites = WebSite.objects.aggregate(n=Count("pk"), suspended=Count("pk", filter=Q(suspended_at__isnull=False)))
    yield _gauge(
        "socle_websites",
        "Sites of communes, by state.",
        {(("state", "open"),): sites["n"] - sites["suspended"], (("state", "suspended"),): sites["suspended"]},
    )
    yield from _of_the_engines(running.measured(at=now))
    unsealed = Entry.objects.filter(position__isnull=True).count()
    yield _gauge("socle_journal_unsealed", "Lines of the journal that await their seal.", {(): unsealed})


def _of_the_engines(found: list[running.Measured]) -> Iterator[Metric]:
    ups: Values = {(("engine", one.code),): float(one.is_up) for one in found if one.is_up is not None}
    if ups:
        yield _gauge("socle_engine_up", "Whether an engine went through its last trial.", ups)
    took: Values = {(("engine", one.code),): one.seconds for one in found if one.seconds is not None}
    if took:
        yield _gauge("socle_engine_trial_seconds", "How long the last trial of an engine took.", took)
    used: Values = {(("engine", one.code),): float(one.used_bytes) for one in found if one.used_bytes is not None}
    if used:
        yield _gauge("socle_engine_used_bytes", "The space taken with an engine, as last read.", used)
    for one in found:
        for name, count in one.numbers.items():
            yield _gauge(f"socle_{name}", "What an engine says of its load.", {(("engine", one.code),): count})


def _gauge(name: str, help_text: str, values: Values) -> Metric:
    labels = [label for label, _ in next(iter(values), ())]
    family = GaugeMetricFamily(name, help_text, labels=labels)
    for key, value in values.items():
        family.add_metric([text for _, text in key], float(value))
    return family


def exposition() -> bytes:
    """Everything, as Prometheus reads it."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry, path=str(folder()))  # type: ignore[no-untyped-call]
    registry.register(Now())
    return generate_latest(registry)


def why_not_read(request: HttpRequest) -> str | None:
    """Say why this request may not read what is measured, or None.

    With a token, whoever has it. Without one, only a program of this very machine, and only where no proxy stands in
    front: a proxy on the same machine would lend its address to everybody.
    """
    token = settings.METRICS_TOKEN
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        return None if hmac.compare_digest(given.encode(), token.encode()) else "Le jeton manque, ou n’est pas le bon."
    is_behind = settings.ALLAUTH_TRUSTED_PROXY_COUNT or (settings.IS_HTTPS and not settings.DEMO)
    if is_behind or any(header in request.headers for header in PROXY_HEADERS):
        return "Derrière un serveur mandataire, les mesures se lisent avec un jeton : SOCLE_METRICS_TOKEN."
    if not is_loopback(request.META.get("REMOTE_ADDR", "")):
        return "Sans jeton (SOCLE_METRICS_TOKEN), les mesures ne se lisent que depuis cette machine."
    return None
