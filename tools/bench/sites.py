"""What making one more site costs, as their number grows."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils import timezone
from django_scopes import scopes_disabled

WINDOW = 50


class QueryCount:
    """Count the queries, which Django's own log of them, bounded, stops doing after nine thousand."""

    def __init__(self) -> None:
        self.total = 0

    def __call__(self, execute: Callable[..., Any], *args: Any) -> Any:
        self.total += 1
        return execute(*args)


def make_sites(counts: list[int]) -> list[dict[str, Any]]:
    """Make sites up to the last count plus a window; time those of each window that begins at a count."""
    from socle.people.actions import register_beneficiary
    from socle.people.models import User
    from socle.sites.actions import create_site
    from socle.sites.models import WebSite
    from socle.territory.models import Commune

    by = User.objects.system()
    with scopes_disabled():  # A measure sees everything.
        made = WebSite.objects.count()
    communes = Commune.objects.current().filter(department__code__in=("59", "62", "80"), beneficiary__isnull=True)
    todo = iter(communes.order_by("population"))
    rows = []
    for count in counts:
        while made < count:
            create_site(register_beneficiary(next(todo), by=by, at=timezone.now()), by=by, at=timezone.now())
            made += 1
        durations, queries = [], []
        for _ in range(WINDOW):
            beneficiary = register_beneficiary(next(todo), by=by, at=timezone.now())
            count_of_queries = QueryCount()
            with connection.execute_wrapper(count_of_queries):
                begun = time.perf_counter()
                create_site(beneficiary, by=by, at=timezone.now())
                durations.append(time.perf_counter() - begun)
            queries.append(count_of_queries.total)
            made += 1
        rows.append(
            {
                "count": count,
                "median": statistics.median(durations),
                "worst": max(durations),
                "per_second": WINDOW / sum(durations),
                "queries": max(queries),
            }
        )
    return rows


def index_all() -> dict[str, float]:
    """Index every site made since the last time, as the tick does, slice after slice."""
    from socle.sites.actions import index_sites

    begun, sites = time.perf_counter(), 0
    while taken := index_sites(at=timezone.now()):
        sites += taken
    return {"sites": sites, "seconds": time.perf_counter() - begun}
