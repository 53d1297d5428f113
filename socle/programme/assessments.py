"""Keeping the ranks: what each commune was told, why, and from when on. Only what changes is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Prefetch

from socle.journal import actions as journal
from socle.lib.text import number
from socle.people.models import User
from socle.programme.eligibility import Eligibility, Order, absent, departments_of, rank, standing
from socle.programme.models import Assessment, Programme
from socle.territory.models import Commune, CommuneInVintage, Department

BATCH = 500


def rule_of(programme: Programme, territory: Iterable[Department], order: Order = Order.POPULATION) -> str:
    """Return the digest of everything that decides of a rank, but the map itself."""
    vintage = programme.priority_vintage
    parameters = {
        "below": programme.priority_below,
        "vintage": vintage.year,
        "definition": programme.population_definition or vintage.population_definition,
        "source": programme.priority_source,
        "departments": sorted(department.code for department in territory),
        "order": order.value,
    }
    return hashlib.sha256(json.dumps(parameters, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


@transaction.atomic
def keep(programme: Programme, *, by: User, at: datetime) -> list[Assessment]:
    """Write the assessments that changed since they were last kept; return them. Nothing when nothing changed.

    Seven queries when nothing changed, a handful more otherwise: as many for three communes as for fifteen hundred.
    """
    # Two at once would each replace the same rows: the second waits, and finds nothing to write.
    Programme.objects.select_for_update().get(pk=programme.pk)
    programme = Programme.objects.select_related("priority_vintage").get(pk=programme.pk)
    rule = rule_of(programme, departments_of(programme).values())
    standings: dict[int, Eligibility] = {}
    for eligibility in rank(programme):
        standings.setdefault(eligibility.commune_id, eligibility)
    known = {one.commune_id: one for one in Assessment.objects.in_force().filter(programme=programme)}
    # A commune that has left the vintage is told so, once.
    for commune in _those_absent(programme, known.keys() - standings.keys()):
        years = sorted(row.vintage.year for row in commune.vintages.all())
        standings[commune.pk] = absent(programme, commune, years)
    written = _replace(programme, known, standings, rule, at=at)
    if written:
        journal.record(
            "assessment.kept",
            programme,
            by=by,
            at=at,
            rows=len(written),
            year=programme.priority_vintage.year,
            sha256=rule,
        )
    return written


def _those_absent(programme: Programme, missing: set[int]) -> list[Commune]:
    if not missing:
        return []
    vintages = CommuneInVintage.objects.select_related("vintage")
    communes = Commune.objects.filter(pk__in=missing).select_related("department", "merged_into").order_by("pk")
    return list(communes.prefetch_related(Prefetch("vintages", vintages)))


@transaction.atomic
def keep_one(programme: Programme, commune: Commune, *, at: datetime) -> Assessment:
    """Return the assessment in force of one commune, as it stands now: written when it is new, or has changed."""
    rule = rule_of(programme, departments_of(programme).values())
    known = {one.commune_id: one for one in Assessment.objects.in_force().filter(programme=programme, commune=commune)}
    written = _replace(programme, known, {commune.pk: standing(programme, commune)}, rule, at=at)
    return written[0] if written else known[commune.pk]


def _replace(
    programme: Programme,
    known: dict[int, Assessment],
    standings: dict[int, Eligibility],
    rule: str,
    *,
    at: datetime,
) -> list[Assessment]:
    """Write the standings that differ from what is known, over it."""
    new, replaced = [], []
    for commune_id, eligibility in standings.items():
        before = known.get(commune_id)
        after = Assessment(
            programme=programme,
            commune_id=commune_id,
            vintage=programme.priority_vintage,
            assessed_at=at,
            population=eligibility.population,
            is_priority=eligibility.is_priority,
            rank=eligibility.rank,
            reasons="\n".join(eligibility.reasons),
            rule_sha256=rule,
        )
        if before is not None and not differs(before, after):
            continue
        if before is not None:
            after.has_changed_priority = before.is_priority != after.is_priority
            replaced.append(before.pk)
        new.append(after)
    for start in range(0, len(replaced), BATCH):
        Assessment.objects.filter(pk__in=replaced[start : start + BATCH]).update(replaced_at=at)
    Assessment.objects.bulk_create(new, batch_size=BATCH)
    return new


_COMPARED = ("vintage_id", "population", "is_priority", "rank", "reasons", "rule_sha256")


def differs(before: Assessment, after: Assessment) -> bool:
    """Say whether one assessment says anything else than another."""
    return any(getattr(before, column) != getattr(after, column) for column in _COMPARED)


def what_changed(before: Assessment | None, after: Assessment) -> list[str]:
    """Say in French what an assessment changed to the one before; nothing for the first."""
    if before is None:
        return []
    says = []
    if before.vintage_id != after.vintage_id:
        says.append(f"millésime {before.vintage.year} → {after.vintage.year}")
    if before.is_priority != after.is_priority:
        says.append("devient prioritaire" if after.is_priority else "n’est plus prioritaire")
    if before.population != after.population:
        says.append(f"population {_or_unknown(before.population)} → {_or_unknown(after.population)}")
    if before.rank != after.rank:
        says.append(f"rang {_or_none(before.rank)} → {_or_none(after.rank)}")
    if before.rule_sha256 != after.rule_sha256 and before.vintage_id == after.vintage_id:
        says.append("règle du programme changée")
    if not says:
        says.append("raisons précisées")
    return says


def _or_unknown(population: int | None) -> str:
    return "inconnue" if population is None else number(population)


def _or_none(rank: int | None) -> str:
    return "aucun" if rank is None else number(rank)
