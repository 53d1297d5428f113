"""Queries: what the programmes have at stake in the communes of a map that changes."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import Count, Q
from django_scopes import scopes_disabled

from socle.agreements.models import Agreement, Status
from socle.mergers.models import MergerPlan
from socle.people.models import Beneficiary, Membership
from socle.programme.eligibility import departments_of
from socle.programme.models import Programme
from socle.sites.models.sites import WebSite
from socle.territory.models import Commune, CommuneInVintage


def thresholds() -> dict[str, tuple[int, ...]]:
    """Return the populations under which a commune is priority, by code of department served."""
    found: dict[str, set[int]] = {}
    for programme in Programme.objects.all():
        for department in departments_of(programme).values():
            found.setdefault(department.code, set()).add(programme.priority_below)
    return {code: tuple(sorted(values)) for code, values in found.items()}


def at_stake(commune_ids: Iterable[int] | None = None) -> dict[int, str]:
    """Say what each commune of the programmes has, by commune: « convention PMC-2026-0001, site, 2 personnes ».

    Four queries, whatever the number of communes. A commune that has nothing yet, though registered, is not there.
    """
    bodies = Beneficiary.objects.filter(commune__isnull=False)
    if commune_ids is not None:
        bodies = bodies.filter(commune__in=list(commune_ids))
    commune_of = dict(bodies.order_by().values_list("pk", "commune_id"))
    words: dict[int, list[str]] = {}

    def add(beneficiary: int, word: str) -> None:
        if (commune := commune_of.get(beneficiary)) is not None:
            words.setdefault(commune, []).append(word)

    with scopes_disabled():  # The map is everybody's: the caller shows to each only the communes they see.
        agreements = Agreement.objects.exclude(status=Status.CANCELLED).order_by("number")
        for beneficiary, agreement in agreements.values_list("beneficiary_id", "number"):
            add(beneficiary, f"convention {agreement}")
        for beneficiary in WebSite.objects.order_by().values_list("beneficiary_id", flat=True):
            add(beneficiary, "site")
    people = (
        Membership.objects.filter(Q(beneficiary__isnull=False), ends_on__isnull=True)
        .order_by()
        .values_list("beneficiary_id")
        .annotate(count=Count("user", distinct=True))
    )
    for beneficiary, count in people:
        add(beneficiary, f"{count} personne{'s' if count > 1 else ''}")
    return {commune: ", ".join(found) for commune, found in words.items()}


def communes_by_vintage() -> dict[int, int]:
    """Count the communes of each vintage, by its identifier; one query."""
    rows = CommuneInVintage.objects.order_by().values_list("vintage_id").annotate(count=Count("pk"))
    return dict(rows)


def plans_about(commune: Commune) -> models.QuerySet[MergerPlan]:
    """The plans of mergers and splits this commune is part of, within the scope in force."""
    plans = MergerPlan.objects.filter(Q(beneficiary__commune=commune) | Q(other=commune))
    return plans.select_related("beneficiary__commune", "other")
