"""Mairies equipped for identity cards and passports: the list that an operator loads, and the nearest of a commune."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO

from django.db import models, transaction

from socle.journal import actions as journal
from socle.lib.dates import day_of
from socle.lib.refusals import refuse
from socle.lib.tables import Bounds, Table
from socle.lib.text import counted
from socle.territory.models import Commune, IdentityStation, TownHall

CODE, NAME, PHONE = "code_insee", "nom", "telephone"
BOUNDS = Bounds(size=5 * 1024 * 1024, rows=20_000, columns=60)
NOBODY = "Aucune commune de cette liste n’est connue\u00a0: vérifiez sa colonne «\u00a0code_insee\u00a0»."
# Of a degree: no commune of the mainland is further from an equipped one.
REACH = 0.7
NEAREST, EARTH_KM = 3, 6371.0


@dataclass(frozen=True)
class StationsReport:
    """Changes that a list makes: how many stations it names, those that come and go, the codes that name no commune."""

    named: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class NearStation:
    """An equipped mairie, and how far it is as the crow flies, in whole kilometres."""

    station: IdentityStation
    km: int


def why_not_load(source: str, *, as_of: date, on: date) -> str | None:
    """Say why a list cannot be taken."""
    if not source.strip():
        return "Dites d’où vient la liste\u00a0: elle est nommée sous ce que lisent les habitants."
    if as_of > on:
        return "La liste ne peut pas être d’un jour à venir\u00a0: vérifiez sa date."
    return None


@transaction.atomic
def load(file: IO[bytes], *, source: str, as_of: date, is_kept: bool, by: models.Model, at: datetime) -> StationsReport:
    """Read a list of equipped mairies (CSV or XLSX), and keep it in the place of the one known when `is_kept`.

    The column « code_insee » is needed; « nom » and « telephone » are read when they are there. Two lines of a commune
    are one station. Raises Refused, and `Faulty` with the lines to correct: then nothing is taken.
    """
    refuse(why_not_load(source, as_of=as_of, on=day_of(at)))
    table = Table(file, BOUNDS)
    table.require(CODE)
    optional = [name for name in (NAME, PHONE) if name in {header.strip().casefold() for header in table.headers}]
    rows: dict[str, dict[str, str]] = {}
    for line in table:
        code = line.text(CODE)
        said = {name: line.text(name, is_wanted=False) or "" for name in optional}
        if code:
            # A spreadsheet drops the first zero.
            rows.setdefault(code.strip().upper().zfill(5), said)
    communes = {one.insee_code: one for one in Commune.objects.current().filter(insee_code__in=rows)}
    known = set(IdentityStation.objects.values_list("commune__insee_code", flat=True))
    report = StationsReport(
        named=len(rows),
        added=tuple(sorted(communes.keys() - known)),
        removed=tuple(sorted(known - communes.keys())),
        unknown=tuple(sorted(rows.keys() - communes.keys())),
    )
    refuse(None if communes else NOBODY)
    if is_kept:
        IdentityStation.objects.all().delete()
        IdentityStation.objects.bulk_create(
            IdentityStation(
                commune=commune,
                name=rows[code].get(NAME, "")[:160],
                phone=rows[code].get(PHONE, "")[:30],
                source=source.strip()[:200],
                as_of=as_of,
            )
            for code, commune in communes.items()
        )
        station = IdentityStation.objects.earliest("pk")
        journal.record("territory.stations_loaded", station, by=by, at=at, count=len(communes), as_of=as_of.isoformat())
    return report


def nearest(commune: Commune) -> list[NearStation]:
    """Return the equipped mairies nearest to that of a commune, the nearest first; its own is at 0 km.

    None when no list was loaded, or when the place of the mairie is not known.
    """
    here = TownHall.objects.filter(commune=commune.heir, latitude__isnull=False, longitude__isnull=False).first()
    if here is None or here.latitude is None or here.longitude is None:
        return []
    around = IdentityStation.objects.filter(
        commune__town_hall__latitude__range=(here.latitude - REACH, here.latitude + REACH),
        commune__town_hall__longitude__range=(here.longitude - 2 * REACH, here.longitude + 2 * REACH),
    ).select_related("commune__town_hall")
    found = [NearStation(one, round(_km(here, one.commune.town_hall))) for one in around]
    return sorted(found, key=lambda one: (one.km, one.station.commune.name))[:NEAREST]


def summary(report: StationsReport) -> str:
    """Say a report in a sentence."""
    said = f"{counted(report.named, 'mairie équipée')}\u00a0: {len(report.added)} de plus, "
    said += f"{len(report.removed)} de moins."
    if report.unknown:
        said += f" Codes inconnus\u00a0: {', '.join(report.unknown[:20])}."
    return said


def _km(one: TownHall, other: TownHall) -> float:
    """Return the distance of two places on a sphere."""
    assert one.latitude is not None
    assert one.longitude is not None
    assert other.latitude is not None
    assert other.longitude is not None
    south, north = math.radians(one.latitude), math.radians(other.latitude)
    half = math.sin((north - south) / 2) ** 2
    half += math.cos(south) * math.cos(north) * math.sin(math.radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))
