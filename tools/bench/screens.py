"""What the console's screens cost with all of France and an equipped territory."""

from __future__ import annotations

import statistics
import time
import urllib.request
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

PAGES = {
    "the console’s home": "/console/",
    "its map, in a frame, asked for the first time": "/console/carte/",
    "the list of communes": "/console/communes/",
    "the list of communes, a name searched": "/console/communes/?q=saint",
    "the list of agreements": "/console/conventions/",
    "the list of installations": "/console/installations/",
    "the journal": "/console/journal/",
    "the contributions of the year": "/console/finances/contributions/",
    "one commune": "/console/communes/{commune}/",
    "one agreement": "/console/conventions/{agreement}/",
}


def queries_of_pages(pages: dict[str, str] = PAGES) -> dict[str, Any]:
    """Open an officer's session; return its cookie, and for each page its address and number of queries."""
    from django.conf import settings
    from django.test import Client
    from django_scopes import scopes_disabled

    from socle.agreements.models import Agreement
    from socle.people.models import Role, User

    officer = User.objects.filter(memberships__role=Role.PROGRAMME_OFFICER).first()
    assert officer is not None
    client = Client(SERVER_NAME="localhost")
    client.force_login(officer, backend=settings.AUTHENTICATION_BACKENDS[0])
    with scopes_disabled():  # A measure sees everything.
        agreement = Agreement.objects.filter(status="signed").select_related("beneficiary__commune").last()
        assert agreement is not None
        counts = {"agreements": Agreement.objects.count()}
    places = {"commune": agreement.beneficiary.commune.insee_code, "agreement": agreement.number}
    seen = []
    for label, address in pages.items():
        path = address.format(**places)
        client.get(path)
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        seen.append({"label": label, "path": path, "queries": len(captured), "bytes": len(answer.content)})
    return {"cookie": f"sessionid={client.cookies['sessionid'].value}", "pages": seen, **counts}


def time_page(address: str, cookie: str, *, times: int = 40) -> tuple[float, float]:
    """Ask for a page so many times over HTTP, one after the other; return the median and the 95th centile, seconds."""
    durations = []
    for _ in range(times + 3):
        request = urllib.request.Request(address, headers={"Cookie": cookie})
        begun = time.perf_counter()
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()
        durations.append(time.perf_counter() - begun)
    kept = sorted(durations[3:])
    return statistics.median(kept), kept[int(len(kept) * 0.95) - 1]
