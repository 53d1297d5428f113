"""Acts at scale: written straight to the database, then listed, searched, read one by one, and given as open data.

python -m tools.bench.acts [--acts 100000] [--bodies 1500]

On PostgreSQL. Seconds of the open data are of the processor as well as of the clock: the machine may be at work.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import statistics
import time
from datetime import date, timedelta
from typing import Any

from tools.bench.__main__ import machine, ms, table
from tools.installation import installation

SUBJECTS = (
    "Subvention à l’association sportive de l’école", "Vote des taux d’imposition", "Travaux de voirie rue de l’Œuvre",
    "Adhésion au syndicat mixte", "Tarifs de la cantine", "Budget primitif", "Désignation d’un délégué",
)  # fmt: skip
MATTERS = ("7.5", "7.2", "8.3", "5.7", "7.10", "7.1", "5.3")
TIMES = 20


# --- In a process of the installation ---------------------------------------------------------------------------------
def prepare(acts: int, bodies: int) -> int:
    """Register so many communes as they are registered but for the journal, and write their acts; return how many."""
    from django.db import connection
    from django_scopes import scopes_disabled

    from socle.deliberations.models import Act
    from socle.lib import siret
    from socle.lib.text import folded
    from socle.people.models import Beneficiary
    from socle.territory.models import Commune

    with scopes_disabled():  # A measure sees everything.
        free = Commune.objects.current().filter(beneficiary__isnull=True).exclude(siren="").order_by("pk")
        Beneficiary.objects.bulk_create(
            Beneficiary(
                kind="commune", commune=one, name=f"Commune de {one.name}", legal_form="commune",
                siret=siret.complete(one.siren), is_siret_confirmed=True, department_id=one.department_id,
            )
            for one in free[: max(0, bodies - Beneficiary.objects.count())]
        )  # fmt: skip
        owners = list(Beneficiary.objects.order_by("pk").values_list("pk", flat=True)[:bodies])

        def made() -> Any:
            for rank in range(acts):
                # One has a twentieth of them all.
                owner = owners[0] if rank % 20 == 0 else owners[rank % len(owners)]
                subject, adopted_on = SUBJECTS[rank % 7], date(2020, 1, 1) + timedelta(days=rank % 2000)
                number = f"{adopted_on.year}-{rank:06d}"
                votes = {"members_in_office": 11, "votes_for": 10, "votes_against": 0, "abstentions": 1}
                yield Act(
                    beneficiary_id=owner, kind="deliberation", body="conseil municipal", number=number,
                    subject=subject, adopted_on=adopted_on, received_on=adopted_on, published_on=adopted_on,
                    mode="posted", matter=MATTERS[rank % 7] if rank % 10 else "", author_name="Camille Exemple",
                    author_quality="maire", search_text=folded(f"{number} {subject}"), is_fictitious=True,
                    **(votes if rank % 2 else {}),
                )  # fmt: skip

        rows = made()
        while some := list(itertools.islice(rows, 5000)):
            Act._base_manager.bulk_create(some, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return int(Act._base_manager.count())


def screens() -> list[list[str]]:
    """Time the list of a mairie that has many acts and of one that has few, a search, one act; all acts, in the API."""
    from django.conf import settings
    from django.db import connection
    from django.db.models import Count
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone
    from django_scopes import scopes_disabled

    from socle.deliberations.models import Act
    from socle.integrations import actions as integrations
    from socle.integrations.models import Scope
    from socle.people.models import Beneficiary, Membership, Role, User
    from socle.programme.models import Programme

    rows = []

    def measured(label: str, ask: Any) -> None:
        ask()
        with CaptureQueriesContext(connection) as captured:
            assert ask().status_code == 200, label
        queries = len(captured)
        durations = []
        for _ in range(TIMES):
            begun = time.perf_counter()
            ask()
            durations.append(time.perf_counter() - begun)
        rows.append([label, ms(statistics.median(durations)), ms(max(durations)), str(queries)])

    with scopes_disabled():  # As above.
        counted = Beneficiary.objects.annotate(count=Count("acts")).filter(count__gt=0).order_by("count")
        few, many = counted.first(), counted.last()
        assert few is not None
        assert many is not None
        clients = {}
        for body in (few, many):
            person = User.objects.create(email=f"mesure-{body.pk}@exemple.invalid", name="Mesure", is_active=True)
            Membership.objects.create(user=person, role=Role.SECRETARY, beneficiary=body)
            clients[body.pk] = Client(SERVER_NAME="localhost")
            clients[body.pk].force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
        some = {body.pk: Act._base_manager.filter(beneficiary=body).latest("pk").pk for body in (few, many)}
        counts = {body.pk: Act._base_manager.filter(beneficiary=body).count() for body in (few, many)}
    for body in (few, many):
        of, client, pk = f"of {counts[body.pk]} acts", clients[body.pk], some[body.pk]
        measured(f"the list, {of}", lambda client=client: client.get("/mairie/deliberations/"))
        measured(f"« école œuvre » searched, {of}", lambda client=client: client.get("/mairie/deliberations/?q=ecole"))
        measured(f"one act, {of}", lambda client=client, pk=pk: client.get(f"/mairie/deliberations/{pk}/"))
    lead = Programme.objects.get().lead()
    officer = User.objects.filter(memberships__role=Role.PROGRAMME_OFFICER, memberships__operator=lead).first()
    assert officer is not None
    _, secret = integrations.create_token(
        lead, name="Mesure", scopes=[Scope.ACTS_READ.value], days=30, by=officer, at=timezone.now()
    )
    machine_ = Client(SERVER_NAME="localhost", headers={"Authorization": f"Bearer {secret}"})
    for label, query in (("the API, a page", ""), ("the API, « école » and « sportive »", "?q=École+sportive")):
        measured(f"{label} among all", lambda query=query: machine_.get(f"/api/v1/acts{query}"))
    return rows


def open_data() -> dict[str, float]:
    """Write the open data of all bodies and drop it; seconds, of the processor too, size, and memory above the base."""
    from django.utils import timezone

    from socle.lib import dates
    from socle.public.open_data import datasets

    def peak() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    base, begun, worked, size, lines = peak(), time.perf_counter(), time.process_time(), 0, 0
    for piece in datasets.deliberations(dates.day_of(timezone.now())):
        size, lines = size + len(piece), lines + piece.count(b"\r\n")
    return {
        "seconds": time.perf_counter() - begun, "processor": time.process_time() - worked, "size": size / 2**20,
        "lines": lines - 1, "base": base, "peak": peak(),
    }  # fmt: skip


# --- Around it --------------------------------------------------------------------------------------------------------
def main() -> None:
    """Write, ask, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--acts", type=int, default=100_000)
    parser.add_argument("--bodies", type=int, default=1500)
    asked = parser.parse_args()
    print(f"{machine()}\n", flush=True)
    with installation("postgresql") as ours:
        count = ours.inside("tools.bench.acts:prepare", asked.acts, asked.bodies)
        print(f"### {count} acts of {asked.bodies} bodies (in process, one at a time)\n")
        table(["what", "median", "worst", "queries"], ours.inside("tools.bench.acts:screens"))
        seen = ours.inside("tools.bench.acts:open_data")
        table(
            ["the open data of all", "measured"],
            [
                ["deliberations", f"{seen['lines']:.0f}, {seen['size']:.0f} MiB"],
                ["time; of the processor, in Python", f"{seen['seconds']:.1f} s; {seen['processor']:.1f} s"],
                ["peak memory of the process; before", f"{seen['peak']:.0f} MiB; {seen['base']:.0f} MiB"],
            ],
        )


if __name__ == "__main__":
    main()
