"""Writing one vintage over what is known: every row stays, only what differs is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import models, transaction

from socle.journal import actions as journal
from socle.lib.refusals import Refused, refuse
from socle.lib.text import folded, number
from socle.territory.actions import BATCH, refresh_statistics
from socle.territory.candidates import Candidate
from socle.territory.dataset import CommuneLine
from socle.territory.differences import Difference, Kind, compare, known_communes, renumbered_in
from socle.territory.models import (
    Commune,
    CommuneInVintage,
    Department,
    Epci,
    FormerCommune,
    PostalCode,
    Vintage,
)
from socle.territory.rules import percent, why_not_import


@dataclass(frozen=True)
class ImportReport:
    """Result of `import_vintage`."""

    difference: Difference
    was_already_imported: bool = False


def is_already_imported(difference: Difference) -> bool:
    """Say whether these very bytes are those of the vintage that is known, with nothing left to write."""
    candidate = difference.candidate
    names = [name for name in (candidate.checksum, candidate.also_known_as) if name]
    same = Vintage.objects.filter(year=candidate.year, checksum__in=names).exists()
    return same and not difference.lines and not difference.populations


@transaction.atomic
def import_vintage(
    candidate: Candidate,
    *,
    thresholds: Mapping[str, Sequence[int]] | None = None,
    forced_share: Decimal | None = None,
    expected: str = "",
    by: models.Model,
    at: datetime,
    progress: Callable[[str], None] | None = None,
) -> ImportReport:
    """Make the communes say what this vintage says; all or nothing, and nothing the second time.

    Rows are updated in place, so that whatever points to a commune still does: one that merges keeps its row and names
    its heir, one that comes back takes its row again. `expected` is the fingerprint of the list that was read: when
    another would be applied, `Refused` says to read again.
    """
    say = progress or (lambda sentence: None)
    say("Comparaison avec ce qui est connu…")
    # Two imports at once would each compare with what the other is changing: the second waits.
    list(Vintage.objects.select_for_update().order_by("year").values_list("pk", flat=True))
    difference = compare(candidate, thresholds=thresholds)
    if is_already_imported(difference):
        return ImportReport(difference, was_already_imported=True)
    if expected and difference.fingerprint != expected:
        raise Refused("Le territoire a changé depuis que cette liste a été dressée : relisez-la, puis confirmez.")
    refuse(why_not_import(difference, forced_share=forced_share))
    vintage = _vintage(candidate)
    departments, epci = _departments(candidate), _epci(candidate)
    say(f"{number(len(candidate.communes))} communes…")
    communes = _communes(candidate, departments, epci)
    _follow(candidate, difference, communes)
    say("Codes postaux et anciennes communes…")
    _former(candidate, difference, communes)
    if "postal_codes" in candidate.knows:
        _postal_codes(candidate, communes)
    say(f"Populations du millésime {candidate.year}…")
    _keep_vintage(candidate, vintage, communes, departments)
    refresh_statistics()
    journal.record(
        "territory.imported",
        vintage,
        by=by,
        at=at,
        year=candidate.year,
        checksum=candidate.checksum,
        communes=len(candidate.communes),
        share=percent(difference.share),
        **{kind.value: count for kind, count in sorted(difference.counts.items())},
    )
    return ImportReport(difference)


def _vintage(candidate: Candidate) -> Vintage:
    vintage, _ = Vintage.objects.update_or_create(
        year=candidate.year,
        defaults={
            "source": candidate.source[:200],
            "population_definition": candidate.population_definition[:200],
            "checksum": candidate.checksum,
        },
    )
    return vintage


def _departments(candidate: Candidate) -> dict[str, int]:
    for code, name in candidate.departments.items():
        Department.objects.get_or_create(code=code, defaults={"name": name})
    return dict(Department.objects.values_list("code", "pk"))


def _epci(candidate: Candidate) -> dict[str, int]:
    """Name each EPCI the file names; one it only numbers keeps its known name, or is said to have none."""
    known = {one.siren: one for one in Epci.objects.all()}
    wanted = {line.epci for line in candidate.communes.values() if line.epci}
    for siren in sorted(wanted | set(candidate.epci)):
        name, kind = candidate.epci.get(siren, ("", ""))
        if siren not in known:
            known[siren] = Epci.objects.create(siren=siren, name=name or f"Intercommunalité {siren}", kind=kind)
        elif name and (known[siren].name, known[siren].kind) != (name, kind):
            known[siren].name, known[siren].kind = name, kind
            known[siren].save(update_fields=["name", "kind"])
    return {siren: one.pk for siren, one in known.items()}


def _communes(candidate: Candidate, departments: dict[str, int], epci: dict[str, int]) -> dict[str, int]:
    """Renumber, bring back, update and add; return the identifier of every commune ever known, by code."""
    gone_before = set(Commune.objects.exclude(gone_in=None).values_list("insee_code", flat=True))
    for old, new in renumbered_in(candidate, known_communes(), dict.fromkeys(gone_before)).items():
        Commune.objects.filter(insee_code=old).update(insee_code=new)
    rows = {row.insee_code: row for row in Commune.objects.all()}
    changed, added = [], []
    for code, line in candidate.communes.items():
        row = rows.get(code)
        wanted = _fields(candidate, line, departments, epci, row)
        if row is None:
            added.append(Commune(insee_code=code, **wanted))
        elif any(getattr(row, name) != value for name, value in wanted.items()):
            for name, value in wanted.items():
                setattr(row, name, value)
            changed.append(row)
    Commune.objects.bulk_create(added, batch_size=BATCH)
    columns = ("name", "search_name", "department", "epci", "siren", "population", "gone_in", "merged_into")
    # Thousands of rows, nearly whole: `bulk_update` would write a condition for each value of each.
    Commune.objects.bulk_create(
        changed, batch_size=BATCH, update_conflicts=True, unique_fields=["id"], update_fields=columns
    )
    return dict(Commune.objects.order_by().values_list("insee_code", "pk"))


def _fields(
    candidate: Candidate, line: CommuneLine, departments: dict[str, int], epci: dict[str, int], row: Commune | None
) -> dict[str, object]:
    """Return the facts of a commune by the file, completed by those known where it is silent."""
    silent = row or Commune()
    return {
        "name": line.name,
        "search_name": folded(line.name),
        "department_id": departments[line.department],
        "epci_id": (epci.get(line.epci) if "epci" in candidate.knows else silent.epci_id),
        "siren": line.siren if "siren" in candidate.knows else silent.siren,
        "population": line.population if "population" in candidate.knows else silent.population,
        "gone_in": None,
        "merged_into_id": None,
    }


def _follow(candidate: Candidate, difference: Difference, communes: dict[str, int]) -> None:
    """Say of those that are no more since when, and who stands there now."""
    for line in [*difference.of(Kind.MERGED), *difference.of(Kind.LOST)]:
        assert line.commune_id is not None  # It was read from the database.
        Commune.objects.filter(pk=line.commune_id).update(
            gone_in=candidate.gone_in.get(line.insee_code, candidate.year),
            merged_into=communes.get(line.other),
            population=None,
            epci=None,
        )


def _former(candidate: Candidate, difference: Difference, communes: dict[str, int]) -> None:
    if candidate.former is not None:
        FormerCommune.objects.all().delete()
        FormerCommune.objects.bulk_create(
            [_former_row(part.insee_code, part.name, part.kind, communes[part.heir]) for part in candidate.former],
            batch_size=BATCH,
        )
        return
    back = [line.insee_code for line in difference.lines if line.kind in (Kind.SPLIT, Kind.ADDED)]
    FormerCommune.objects.filter(insee_code__in=back).delete()
    merged = difference.of(Kind.MERGED)
    for line in merged:
        assert line.commune_id is not None  # It was read from the database.
        FormerCommune.objects.filter(commune_id=line.commune_id).update(commune_id=communes[line.other])
    absorbed = FormerCommune.Kind.ABSORBED.value
    FormerCommune.objects.bulk_create(
        [_former_row(line.insee_code, line.name, absorbed, communes[line.other]) for line in merged],
        update_conflicts=True,
        unique_fields=["insee_code"],
        update_fields=["commune"],
        batch_size=BATCH,
    )


def _former_row(insee_code: str, name: str, kind: str, commune_id: int) -> FormerCommune:
    return FormerCommune(insee_code=insee_code, name=name, search_name=folded(name), kind=kind, commune_id=commune_id)


def _postal_codes(candidate: Candidate, communes: dict[str, int]) -> None:
    wanted = {(communes[code], one) for code, line in candidate.communes.items() for one in line.postal_codes}
    current = {communes[code] for code in candidate.communes}
    known = {
        (commune, code): pk
        for pk, commune, code in PostalCode.objects.order_by().values_list("pk", "commune_id", "code")
        if commune in current
    }
    stale = [pk for pair, pk in known.items() if pair not in wanted]
    for start in range(0, len(stale), 500):
        PostalCode.objects.filter(pk__in=stale[start : start + 500]).delete()
    PostalCode.objects.bulk_create(
        [PostalCode(commune_id=commune, code=code) for commune, code in sorted(wanted - set(known))], batch_size=BATCH
    )


def _keep_vintage(
    candidate: Candidate, vintage: Vintage, communes: dict[str, int], departments: dict[str, int]
) -> None:
    """Write what the year says of each commune, over what an earlier file of the same year said."""
    populations = dict(Commune.objects.current().order_by().values_list("insee_code", "population"))
    CommuneInVintage.objects.filter(vintage=vintage).delete()
    CommuneInVintage.objects.bulk_create(
        _in_vintage(candidate.communes.values(), vintage, communes, departments, populations), batch_size=BATCH
    )


def _in_vintage(
    lines: Iterable[CommuneLine],
    vintage: Vintage,
    communes: dict[str, int],
    departments: dict[str, int],
    populations: dict[str, int | None],
) -> list[CommuneInVintage]:
    return [
        CommuneInVintage(
            commune_id=communes[line.insee_code],
            vintage=vintage,
            insee_code=line.insee_code,
            name=line.name,
            department_id=departments[line.department],
            population=populations[line.insee_code],
        )
        for line in lines
    ]
