"""Measure what making and serving the communes' sites costs, as their number grows; prints a table.

Run on a throw-away data directory whose territory is loaded:

    SOCLE_DATA_DIR=/tmp/mesure .venv/bin/socle migrate
    SOCLE_DATA_DIR=/tmp/mesure .venv/bin/socle load-territory
    SOCLE_DATA_DIR=/tmp/mesure .venv/bin/python tools/measure_websites.py 900
"""

from __future__ import annotations

import os
import statistics
import sys
import time

import django


def main(count: int) -> None:
    """Make this many sites of the smallest communes of the two departments, timing each."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socle.config.settings")
    django.setup()
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from socle.people.actions import register_beneficiary
    from socle.people.models import User
    from socle.territory.models import Commune
    from socle.websites.actions import create_site, index_sites

    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    by, at = User.objects.system(), timezone.now()
    communes = Commune.objects.current().filter(department__code__in=("59", "62"), town_hall__isnull=False)
    durations: list[float] = []
    hosts: list[str] = []
    for commune in communes.order_by("population")[:count]:
        beneficiary = register_beneficiary(commune, by=by, at=at)
        start = time.perf_counter()
        hosts.append(create_site(beneficiary, by=by, at=at).host)
        durations.append(time.perf_counter() - start)
    for label, part in (("first 20", durations[1:21]), ("last 20", durations[-20:]), ("all", durations)):
        middle, worst = statistics.median(part), max(part)
        print(f"create_site, {label}: median {middle * 1000:.0f} ms, worst {worst * 1000:.0f} ms")  # noqa: T201
    start = time.perf_counter()
    while index_sites(at=at):
        pass
    print(f"index_sites, {count} sites: {time.perf_counter() - start:.1f} s")  # noqa: T201
    client = Client()
    for path in ("/", "/demarches/", "/accessibilite/"):
        times = []
        for host in hosts[:: max(1, len(hosts) // 40)]:
            start = time.perf_counter()
            assert client.get(path, headers={"host": host}).status_code == 200
            times.append(time.perf_counter() - start)
        print(f"GET {path}, {len(times)} sites: median {statistics.median(times) * 1000:.0f} ms")  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
