"""Which communes a programme serves first, and why. A rank, never a refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db import models

from socle.lib.refusals import Refused
from socle.lib.text import folded, number, of_place
from socle.programme.models import Partner, Programme
from socle.territory.models import Commune, CommuneInVintage, Department, Vintage


class Order(models.TextChoices):
    """How communes are ordered once the priority ones come first."""

    POPULATION = "population", "de la moins à la plus peuplée"
    NAME = "name", "par ordre alphabétique"


@dataclass(frozen=True)
class Eligibility:
    """Where a commune stands in a programme. `rank` is None outside the programme's departments.

    `insee_code`, `name` and `population` are those of the vintage asked for; `commune_id` is today's row, or the
    merged one's. `reasons` are French sentences naming the threshold, the definition of the population, the vintage.
    """

    commune_id: int
    insee_code: str
    name: str
    department: str
    population: int | None
    is_priority: bool
    rank: int | None
    reasons: tuple[str, ...]


def rank(
    programme: Programme,
    *,
    departments: Iterable[Department] | None = None,
    vintage: Vintage | None = None,
    order: Order = Order.POPULATION,
) -> list[Eligibility]:
    """Return the communes of these departments (by default all the programme's) in rank order.

    The founding act gives priority to the communes under a threshold; it does not order them among themselves. So
    priority comes first, and the rest is a parameter: by default the least populated first, then the name, because
    the smallest have the fewest means. A commune whose population is unknown comes last. `vintage` is by default
    the one the programme names. At most three queries, whatever the number of communes.
    """
    vintage = vintage or programme.priority_vintage
    territory = departments_of(programme)
    asked = territory if departments is None else {department.pk: department for department in departments}
    rows = CommuneInVintage.objects.filter(vintage=vintage, department__in=asked).select_related(
        "department", "commune__merged_into"
    )
    key = _ORDERS[order]
    assessed = sorted(
        ((row, _assess(programme, row, vintage, territory)) for row in rows),
        key=lambda pair: (pair[0].department_id not in territory, not pair[1].is_priority, *key(pair[1])),
    )
    return [
        replace(eligibility, rank=position if row.department_id in territory else None)
        for position, (row, eligibility) in enumerate(assessed, start=1)
    ]


_ORDERS: dict[Order, Callable[[Eligibility], tuple[Any, ...]]] = {
    Order.POPULATION: lambda e: (e.population is None, e.population or 0, folded(e.name), e.insee_code),
    Order.NAME: lambda e: (folded(e.name), e.insee_code),
}


def assess(
    programme: Programme, commune: Commune, *, vintage: Vintage | None = None, order: Order = Order.POPULATION
) -> Eligibility:
    """Return where one commune stands among all those of the programme.

    Raises `Refused` when the vintage does not have this commune. A commune of another department is assessed
    without a rank: its reasons say so. Four queries in the order of populations, whatever the number of communes: those
    ahead are counted by the database, not read.
    """
    vintage = vintage or programme.priority_vintage
    territory = departments_of(programme)
    of_this_vintage = CommuneInVintage.objects.filter(vintage=vintage)
    rows = of_this_vintage.filter(commune=commune).select_related("department", "commune__merged_into")
    assessed = [(row, _assess(programme, row, vintage, territory)) for row in rows]
    if not assessed:
        raise Refused(
            f"La commune {of_place(commune.name)} ({commune.insee_code}) ne figure pas au millésime {vintage.year} : "
            "choisissez un autre millésime."
        )
    row, eligibility = min(assessed, key=lambda pair: _ORDERS[order](pair[1]))
    if row.department_id not in territory:
        return eligibility
    if order != Order.POPULATION:
        return next(e for e in rank(programme, vintage=vintage, order=order) if e.insee_code == row.insee_code)
    return replace(eligibility, rank=1 + _ahead(of_this_vintage.filter(department__in=territory), eligibility))


def standing(programme: Programme, commune: Commune) -> Eligibility:
    """Return where a commune stands; without a rank, and with the reason, when the programme's vintage lacks it.

    What a screen shows of any commune: nobody is refused for a vintage that has not caught up with the map.
    """
    try:
        return assess(programme, commune)
    except Refused:
        years = commune.vintages.order_by("vintage__year").values_list("vintage__year", flat=True)
        return absent(programme, commune, years)


def absent(programme: Programme, commune: Commune, years: Iterable[int]) -> Eligibility:
    """The standing of a commune that the programme's vintage does not have; `years` are those of the vintages that do.

    `commune` comes with its `department`, and its `merged_into` when it has merged.
    """
    vintage = programme.priority_vintage
    says = f"La commune {of_place(commune.name)} ({commune.insee_code}) ne figure pas au millésime {vintage.year}"
    years = list(years)
    later = [str(year) for year in years if year > vintage.year]
    if commune.merged_into is not None:
        heir = commune.merged_into
        reason = (
            f"{says} : elle a fusionné, elle fait partie {of_place(heir.name)} ({heir.insee_code}), dont le rang "
            "est celui qui compte."
        )
    elif later:
        reason = (
            f"{says}, que retient le programme : elle n’a pas de rang. Pour la classer, écrivez "
            f"« vintage = {later[-1]} » au fichier du programme, puis lancez « socle load-programmes »."
        )
    elif years:
        reason = (
            f"{says}, que retient le programme : elle n’a plus de rang. Elle figurait encore à celui de {years[-1]}."
        )
    else:
        reason = (
            f"{says}, que retient le programme : elle n’a pas de rang. Importez un millésime qui la connaît, puis "
            "inscrivez-le au fichier du programme."
        )
    return Eligibility(
        commune_id=commune.pk,
        insee_code=commune.insee_code,
        name=commune.name,
        department=commune.department.code,
        population=None,
        is_priority=False,
        rank=None,
        reasons=(reason, "La priorité est un rang, jamais un refus : la commune peut être équipée."),
    )


def _ahead(rows: models.QuerySet[CommuneInVintage], eligibility: Eligibility) -> int:
    """Count those that come before in the order of populations.

    The communes under the threshold are the least populated: putting them first moves nobody. Only those of the very
    same population are read, since the database does not fold names as we do.
    """
    if eligibility.population is None:
        fewer, same = rows.filter(population__isnull=False), rows.filter(population__isnull=True)
    else:
        fewer = rows.filter(population__lt=eligibility.population)
        same = rows.filter(population=eligibility.population)
    own = (folded(eligibility.name), eligibility.insee_code)
    before = sum((folded(name), code) < own for name, code in same.order_by().values_list("name", "insee_code"))
    return fewer.count() + before


def departments_of(programme: Programme) -> dict[int, Department]:
    """Return the departments the programme serves, by identifier: those of its lead and of its centres de gestion.

    A technical partner may work from elsewhere; where it sits does not widen the programme.
    """
    served = Department.objects.filter(
        pk__in=Partner.objects.filter(programme=programme, part__in=[Partner.Part.LEAD, Partner.Part.CDG]).values(
            "departments"
        )
    )
    return {department.pk: department for department in served}


def choose(code: str | None = None) -> Programme:
    """Return the programme of this code, or the only one there is; raise `Refused` when one cannot tell which."""
    programmes = list(Programme.objects.select_related("priority_vintage").order_by("code"))
    if not programmes:
        raise Refused("Aucun programme n’est chargé : lancez « socle load-programmes ».")
    codes = ", ".join(programme.code for programme in programmes)
    if code is None:
        if len(programmes) > 1:
            raise Refused(f"Plusieurs programmes sont chargés : précisez --programme ({codes}).")
        return programmes[0]
    for programme in programmes:
        if programme.code == code:
            return programme
    raise Refused(f"Aucun programme ne porte le code « {code} » ; programmes chargés : {codes}.")


def choose_departments(codes: Iterable[str]) -> list[Department] | None:
    """Return the departments of these codes, None when none is named; raise `Refused` naming an unknown code."""
    wanted = list(dict.fromkeys(code.strip().upper() for code in codes))
    if not wanted:
        return None
    found = {department.code: department for department in Department.objects.filter(code__in=wanted)}
    for code in wanted:
        if code not in found:
            raise Refused(
                f"Aucun département ne porte le code « {code} » : écrivez-le comme l’INSEE, par exemple 59 ou 2A."
            )
    return [found[code] for code in wanted]


def choose_vintage(year: int | None) -> Vintage | None:
    """Return the vintage of this year, None when none is named; raise `Refused` naming those that are loaded."""
    if year is None:
        return None
    vintage = Vintage.objects.filter(year=year).first()
    if vintage is None:
        years = ", ".join(str(known) for known in Vintage.objects.values_list("year", flat=True))
        raise Refused(f"Le millésime {year} n’est pas chargé ; millésimes chargés : {years or 'aucun'}.")
    return vintage


def _assess(
    programme: Programme, row: CommuneInVintage, vintage: Vintage, territory: dict[int, Department]
) -> Eligibility:
    is_priority = row.population is not None and row.population < programme.priority_below
    return Eligibility(
        commune_id=row.commune_id,
        insee_code=row.insee_code,
        name=row.name,
        department=row.department.code,
        population=row.population,
        is_priority=is_priority,
        rank=None,
        reasons=tuple(_reasons(programme, row, vintage, territory, is_priority)),
    )


def _reasons(
    programme: Programme,
    row: CommuneInVintage,
    vintage: Vintage,
    territory: dict[int, Department],
    is_priority: bool,
) -> Iterable[str]:
    threshold = number(programme.priority_below)
    measure = f"{programme.population_definition or vintage.population_definition}, millésime {vintage.year}"
    if row.population is None:
        yield f"La population n’est pas publiée ({measure}) : la commune est classée après les autres."
    else:
        inhabitants = f"{number(row.population)} habitant{'s' if row.population > 1 else ''}"
        if is_priority:
            yield (
                f"Prioritaire : {inhabitants}, moins que le seuil de {threshold} habitants ({measure}). "
                f"Source : {programme.priority_source}."
            )
        else:
            yield (
                f"Non prioritaire : {inhabitants}, le seuil étant de moins de {threshold} habitants ({measure}). "
                "La commune peut être équipée : la priorité est un rang, jamais un refus."
            )
    if row.department_id not in territory:
        yield f"Le département {row.department} n’est pas de ceux que sert le programme."
    commune = row.commune
    if commune.gone_in is not None and commune.merged_into is not None:
        heir = commune.merged_into
        yield f"Depuis ce millésime, elle a fusionné : elle fait partie {of_place(heir.name)} ({heir.insee_code})."
