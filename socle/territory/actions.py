"""Loading the territory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction

from socle.journal import actions as journal
from socle.lib.refusals import Refused
from socle.lib.text import folded, number
from socle.territory import dataset
from socle.territory.models import (
    Commune,
    CommuneInVintage,
    Department,
    Epci,
    FormerCommune,
    OpeningHours,
    Outline,
    PostalCode,
    TownHall,
    Vintage,
)

BATCH = 2000


@dataclass(frozen=True)
class LoadReport:
    """Result of `load_vintages`. Codes are INSEE codes.

    `merged` are kept with their heir, `renumbered` are the same commune under a new code, `restored` did not exist
    in the first vintage (a merger undone), `lost` could not be followed: kept, said to be gone, without an heir.
    """

    years: tuple[int, ...]
    communes: int
    merged: tuple[str, ...] = ()
    renumbered: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    was_already_loaded: bool = False


def load_vintages(
    folder: Path | None = None,
    *,
    by: models.Model,
    at: datetime,
    progress: Callable[[str], None] | None = None,
) -> LoadReport:
    """Load the derived files of `folder` (by default `settings.TERRITORY_DIR`): every commune of each vintage, what
    became of those that are no more, and the public facts of the mairies and the outlines where we have them.

    Idempotent: the same files are recognised by their checksum and cost no write; new files update the rows in
    place, so that whatever points to a commune still does. Raises `Refused`, with nothing written, when a file is
    missing, truncated, altered or does not hold together. `progress` is told one French sentence per long step.
    """
    say = progress or (lambda sentence: None)
    sealed = dataset.unseal(folder or settings.TERRITORY_DIR)
    years = tuple(int(vintage["year"]) for vintage in sealed.manifest["vintages"])
    if list(Vintage.objects.filter(year__in=years, checksum=sealed.checksum).values_list("year", flat=True)) == [
        *years
    ]:
        return LoadReport(years, Commune.objects.current().count(), was_already_loaded=True)
    newer = Vintage.objects.filter(year__gt=years[-1]).order_by("-year").first()
    if newer is not None:
        raise Refused(
            f"Un millésime plus récent, {newer.year}, a été importé : recharger ceux de {years[0]} à {years[-1]} le "
            "déferait. Rien n’a été chargé."
        )
    say("Lecture des fichiers du territoire…")
    territory = dataset.read(sealed)
    with transaction.atomic():
        report = _load(territory, say)
        latest = Vintage.objects.get(year=years[-1])
        journal.record(
            "territory.loaded",
            latest,
            by=by,
            at=at,
            checksum=sealed.checksum,
            years=list(years),
            communes=report.communes,
            merged=len(report.merged),
            lost=list(report.lost),
        )
    return report


def _load(territory: dataset.Territory, say: Callable[[str], None]) -> LoadReport:
    first, latest = territory.vintages[0], territory.vintages[-1]
    renumbered = {change.insee_code: change.heir for change in territory.changes if change.kind == "renumbered"}
    departments = _upsert(
        Department, "code", [Department(code=code, name=name) for code, name in territory.departments.items()]
    )
    epci = _upsert(
        Epci,
        "siren",
        [Epci(siren=siren, name=name, kind=kind) for siren, (name, kind) in territory.epci.items()],
    )
    _upsert(
        Vintage,
        "year",
        [
            Vintage(
                year=v.year,
                source=v.source,
                population_definition=v.population_definition,
                checksum=territory.checksum,
            )
            for v in territory.vintages
        ],
    )
    _renumber(renumbered)

    say(f"{number(len(latest.communes))} communes de {latest.year}…")
    gone: dict[str, dataset.CommuneLine] = {}
    for vintage in territory.vintages[:-1]:
        # The latest vintage that has it wins; a renumbered commune is there under its new code.
        gone |= {
            code: line
            for code, line in vintage.communes.items()
            if code not in latest.communes and code not in renumbered
        }
    gone_in = {change.insee_code: change.gone_in for change in territory.changes}
    _put(
        Commune,
        "insee_code name search_name department_id epci_id siren population gone_in merged_into_id",
        (
            (
                line.insee_code,
                line.name,
                folded(line.name),
                departments[line.department],
                epci.get(line.epci) if line.insee_code in latest.communes else None,
                line.siren,
                line.population if line.insee_code in latest.communes else None,
                None if line.insee_code in latest.communes else gone_in.get(line.insee_code, latest.year),
                None,  # Said below, once every heir is there.
            )
            for line in [*latest.communes.values(), *gone.values()]
        ),
        key="insee_code",
    )
    communes = dict(Commune.objects.order_by().values_list("insee_code", "pk"))
    merged, lost = _follow(territory, communes)

    say("Codes postaux et anciennes communes…")
    PostalCode.objects.all().delete()
    _put(
        PostalCode,
        "commune_id code",
        (
            (communes[line.insee_code], code)
            for line in [*latest.communes.values(), *gone.values()]
            for code in dict.fromkeys(line.postal_codes)
        ),
    )
    _replace(
        FormerCommune,
        [
            FormerCommune(
                insee_code=line.insee_code,
                name=line.name,
                search_name=folded(line.name),
                kind=line.kind,
                commune_id=communes[line.heir],
            )
            for line in territory.former
        ],
    )
    for vintage in territory.vintages:
        say(f"Populations du millésime {vintage.year}…")
        row = Vintage.objects.get(year=vintage.year)
        CommuneInVintage.objects.filter(vintage=row).delete()
        _put(
            CommuneInVintage,
            "commune_id vintage_id insee_code name department_id population",
            (
                (
                    communes[renumbered.get(code, code)],
                    row.pk,
                    code,
                    line.name,
                    departments[line.department],
                    line.population,
                )
                for code, line in vintage.communes.items()
            ),
        )
    say("Mairies et contours…")
    _load_town_halls(territory, communes)
    _replace(Outline, [Outline(commune_id=communes[line.insee_code], rings=line.rings) for line in territory.outlines])
    refresh_statistics()
    heirs_of_renumbered = set(renumbered.values())
    restored = sorted(set(latest.communes) - set(first.communes) - heirs_of_renumbered)
    return LoadReport(
        years=tuple(v.year for v in territory.vintages),
        communes=len(latest.communes),
        merged=merged,
        renumbered=tuple(sorted(renumbered)),
        restored=tuple(restored),
        lost=lost,
    )


def refresh_statistics() -> None:
    """Tell the planner how many rows came: believing the tables empty, it joined them row by row, for minutes."""
    with connection.cursor() as cursor:
        for model in (Commune, CommuneInVintage, Department, FormerCommune, PostalCode, TownHall):
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def _renumber(renumbered: dict[str, str]) -> None:
    """Give a commune already known its new code, so that its row goes on."""
    known = set(Commune.objects.filter(insee_code__in=renumbered.values()).values_list("insee_code", flat=True))
    for commune in Commune.objects.filter(insee_code__in=renumbered):
        if renumbered[commune.insee_code] not in known:
            commune.insee_code = renumbered[commune.insee_code]
            commune.save(update_fields=["insee_code"])


def _follow(territory: dataset.Territory, communes: dict[str, int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tie each commune that is no more to its heir; return the codes followed and those that could not be."""
    latest = territory.vintages[-1]
    heirs = {line.insee_code: line.heir for line in territory.former}
    heirs |= {change.insee_code: change.heir for change in territory.changes if change.heir}
    # Communes of an earlier loading that these files do not name are gone too.
    Commune.objects.current().filter(
        pk__in=[pk for code, pk in communes.items() if code not in latest.communes]
    ).update(gone_in=latest.year, population=None, epci=None)
    Commune.objects.current().exclude(merged_into=None).update(merged_into=None)
    merged: list[str] = []
    lost: list[str] = []
    rows = list(Commune.objects.exclude(gone_in=None))
    for commune in rows:
        heir = heirs.get(commune.insee_code, "")
        commune.merged_into_id = communes.get(heir)
        (merged if commune.merged_into_id else lost).append(commune.insee_code)
    Commune.objects.bulk_update(rows, ["merged_into"], batch_size=200)
    return tuple(sorted(merged)), tuple(sorted(lost))


def _load_town_halls(territory: dataset.Territory, communes: dict[str, int]) -> None:
    halls = _upsert(
        TownHall,
        "commune_id",
        [
            TownHall(
                commune_id=communes[line.insee_code],
                address=line.address,
                postal_code=line.postal_code,
                city=line.city,
                phone=line.phone,
                email=line.email,
                email_withheld=line.email_withheld,
                website=line.website,
                latitude=line.latitude,
                longitude=line.longitude,
            )
            for line in territory.town_halls
        ],
    )
    TownHall.objects.exclude(commune_id__in={communes[line.insee_code] for line in territory.town_halls}).delete()
    _replace(
        OpeningHours,
        [
            OpeningHours(
                town_hall_id=halls[communes[line.insee_code]],
                first_day=line.first_day,
                last_day=line.last_day,
                opens=line.opens,
                closes=line.closes,
            )
            for line in territory.openings
            if communes[line.insee_code] in halls
        ],
    )


def _put(model: type[models.Model], columns: str, rows: Iterable[tuple[Any, ...]], *, key: str = "") -> None:
    """Insert rows of text and numbers, or update those that have the same `key`.

    Without an object for each: a hundred and fifty thousand of them are half the time of a loading.
    """
    quoted = [connection.ops.quote_name(column) for column in columns.split()]
    on_conflict = ""
    if key:
        changed = ", ".join(f"{column} = EXCLUDED.{column}" for column in quoted)
        on_conflict = f" ON CONFLICT ({connection.ops.quote_name(key)}) DO UPDATE SET {changed}"
    into = f"{connection.ops.quote_name(model._meta.db_table)} ({', '.join(quoted)})"
    values = ", ".join(["%s"] * len(quoted))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {into} VALUES ({values}){on_conflict}", list(rows))  # noqa: S608 (ours)


def _upsert(model: type[models.Model], key: str, rows: list[Any]) -> dict[Any, int]:
    """Create or update rows by their natural key; return the identifier of every row of the table by that key."""
    field = key.removesuffix("_id")
    fields = [f.name for f in model._meta.concrete_fields if f.name not in ("id", field)]
    model._default_manager.bulk_create(
        rows, update_conflicts=True, unique_fields=[field], update_fields=fields, batch_size=BATCH
    )
    return dict(model._default_manager.order_by().values_list(key, "pk"))


def _replace(model: type[models.Model], rows: Iterable[models.Model]) -> None:
    """Put these rows in place of all those of a table nothing points to."""
    model._default_manager.all().delete()
    model._default_manager.bulk_create(list(rows), batch_size=BATCH)
