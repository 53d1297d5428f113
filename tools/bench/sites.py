"""What making one more site costs, as their number grows."""

from __future__ import annotations

import statistics
import time
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_scopes import scopes_disabled

WINDOW = 50


def make_sites(counts: list[int]) -> list[dict[str, Any]]:
    """Make sites up to the last count plus a window; time those of each window that begins at a count."""
    from socle.people.actions import register_beneficiary
    from socle.people.models import User
    from socle.territory.models import Commune
    from socle.websites.actions import create_site
    from socle.websites.models import WebSite

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
            with CaptureQueriesContext(connection) as captured:
                begun = time.perf_counter()
                create_site(beneficiary, by=by, at=timezone.now())
                durations.append(time.perf_counter() - begun)
            queries.append(len(captured))
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
    from socle.websites.actions import index_sites

    begun, sites = time.perf_counter(), 0
    while taken := index_sites(at=timezone.now()):
        sites += taken
    return {"sites": sites, "seconds": time.perf_counter() - begun}
