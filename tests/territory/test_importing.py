"""A vintage written over what is known: read first, once, all or nothing, and every row stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import User
from socle.territory import actions, candidates
from socle.territory.differences import Difference, Kind, compare
from socle.territory.importing import import_vintage, is_already_imported
from socle.territory.models import Commune, CommuneInVintage, FormerCommune, PostalCode, Vintage
from socle.territory.rules import read_share, why_not_import
from tests.territory.conftest import COMMUNES, NOW

# What the small territory knows (59006, 59474, 62002, 62010), each line changed in its own way:
# 59474 and 62010 change names, 62002 merges, 59070 comes back, 59999 (a part of Prisches) becomes a commune.
NEXT = (
    COMMUNES
    + "59006,Orée de Mormal,59,215900077,,600,59144\n"
    + "59070,Bermeries,59,215900705,200043321,380,59570\n"
    + "59474,Prisches-en-Avesnois,59,215904749,,999,59550\n"
    + "59999,Le Sart,59,,,40,59550\n"
    + "62010,Écuélin,62,216200105,,50,62010\n"
    + "62011,Nouvelle-Ville,62,,,12,62010\n"
)
CHANGES = "insee_code,kind,heir,gone_in\n62002,merged,62010,2027\n"


def candidate(text: str = NEXT, year: int = 2027, changes: str = CHANGES) -> candidates.Candidate:
    found = candidates.read_bytes(text.encode(), name="communes.csv", year=year)
    return candidates.with_changes(found, changes.encode()) if changes else found


@pytest.fixture
def known(write_territory: Callable[..., Path], system: User, settings: Any) -> User:
    """The small territory, loaded; it is so small that any merger is a large share."""
    actions.load_vintages(write_territory(), by=system, at=NOW)
    settings.SOCLE_IMPORT_CEILING = 0.6
    return system


def told(difference: Difference, kind: Kind) -> list[tuple[str, str]]:
    return [(line.insee_code, line.says) for line in difference.of(kind)]


def test_each_change_is_told_in_its_group(known: User, django_assert_num_queries: Callable[[int], Any]) -> None:
    with django_assert_num_queries(3):
        difference = compare(candidate(), thresholds={"59": (1000,)})
    assert {kind: told(difference, kind) for kind in Kind if told(difference, kind)} == {
        Kind.EMPTIED: [("59006", "n’a plus : intercommunalité CC du Pays de Mormal")],
        Kind.MERGED: [("62002", "rejoint Écuélin (62010)")],
        Kind.SPLIT: [
            ("59070", "se sépare d’Orée de Mormal (59006)"),
            ("59999", "se sépare de Prisches (59474)"),
        ],
        Kind.THRESHOLD: [("59474", "passe sous 1\u202f000 habitants : 1\u202f000 → 999")],
        Kind.RENAMED: [("59474", "s’appelait Prisches"), ("62010", "s’appelait Écuélin-le-Rétabli")],
        Kind.SIREN_ALTERED: [("59006", "SIREN 215900069 → 215900077")],
        Kind.SIREN_APPEARED: [("62010", "SIREN 216200105")],
        Kind.ADDED: [("62011", "commune du département 62")],
    }
    assert (difference.known, difference.removed, difference.share, difference.populations) == (4, 2, Decimal(50), 2)


def test_comparing_writes_nothing(known: User) -> None:
    before = list(Commune.objects.values()), list(Vintage.objects.values())
    compare(candidate())
    assert (list(Commune.objects.values()), list(Vintage.objects.values())) == before


def test_rows_stay_and_say_the_new_vintage(known: User) -> None:
    pks = dict(Commune.objects.values_list("insee_code", "pk"))
    import_vintage(candidate(), by=known, at=NOW)
    merged = Commune.objects.get(pk=pks["62002"])
    assert (merged.gone_in, merged.heir.insee_code, merged.population) == (2027, "62010", None)
    back = Commune.objects.get(pk=pks["59070"])
    assert (back.insee_code, back.gone_in, back.merged_into, back.population) == ("59070", None, None, 380)
    prisches = Commune.objects.get(pk=pks["59474"])
    assert (prisches.name, prisches.search_name) == ("Prisches-en-Avesnois", "prisches en avesnois")
    assert Commune.objects.get(insee_code="59006").epci is None
    assert list(PostalCode.objects.filter(commune=pks["59006"]).values_list("code", flat=True)) == ["59144"]
    parts = dict(FormerCommune.objects.values_list("insee_code", "commune__insee_code"))
    assert parts == {"59006": "59006", "62002": "62010"}
    years = CommuneInVintage.objects.filter(commune=pks["59070"]).values_list("vintage__year", "population")
    assert sorted(years) == [(2021, 370), (2027, 380)]
    entry = Entry.objects.get(verb="territory.imported")
    assert entry.facts | {"merged": 1, "split": 2, "added": 1, "year": 2027} == entry.facts


def test_the_second_time_nothing_is_written(known: User) -> None:
    import_vintage(candidate(), by=known, at=NOW)
    assert is_already_imported(compare(candidate()))
    assert import_vintage(candidate(), by=known, at=NOW).was_already_imported
    assert Entry.objects.filter(verb="territory.imported").count() == 1


def test_a_commune_that_keeps_its_name_under_a_code_nobody_had_is_renumbered(known: User) -> None:
    pk = Commune.objects.get(insee_code="59474").pk
    text = NEXT.replace("59474,Prisches-en-Avesnois", "59475,Prisches")
    import_vintage(candidate(text, changes=CHANGES + "59474,renumbered,59475,2027\n"), by=known, at=NOW)
    assert Commune.objects.get(pk=pk).insee_code == "59475"
    assert not Commune.objects.filter(insee_code="59474").exists()


def test_a_chain_of_mergers_leads_to_the_commune_of_today(known: User) -> None:
    import_vintage(candidate(), by=known, at=NOW)
    later = NEXT.replace("62010,Écuélin,62,216200105,,50,62010\n", "")
    changes = "insee_code,kind,heir,gone_in\n62010,merged,62011,2028\n"
    import_vintage(candidate(later, 2028, changes), by=known, at=NOW)
    assert Commune.objects.get(insee_code="62002").heir.insee_code == "62011"


def test_what_a_file_is_silent_about_stays_as_it_was(known: User) -> None:
    before = dict(Commune.objects.current().values_list("insee_code", "population"))
    rows = [
        {"code": code, "nom": name, "departement": code[:2], "type": "commune-actuelle"}
        for code, name in Commune.objects.current().values_list("insee_code", "name")
    ]
    silent = candidates.read_bytes(json.dumps(rows).encode(), name="communes.json", year=2027)
    import_vintage(silent, by=known, at=NOW)
    assert dict(Commune.objects.current().values_list("insee_code", "population")) == before
    assert Commune.objects.get(insee_code="59006").epci is not None
    assert PostalCode.objects.filter(commune__insee_code="59006").count() == 2


def test_an_unknown_department_an_older_year_and_another_list_are_refused(known: User) -> None:
    with pytest.raises(Refused, match="département inconnu, « 80 »"):
        import_vintage(candidate(NEXT + "80001,Abbeville,80,,,1,80100\n"), by=known, at=NOW)
    with pytest.raises(Refused, match="2025 précède celui qui est chargé, 2026"):
        import_vintage(candidate(year=2025), by=known, at=NOW)
    with pytest.raises(Refused, match="Le territoire a changé"):
        import_vintage(candidate(), expected="0" * 64, by=known, at=NOW)
    assert not Vintage.objects.filter(year=2027).exists()


def test_a_share_that_is_too_large_is_refused_until_it_is_spelled_out(known: User, settings: Any) -> None:
    settings.SOCLE_IMPORT_CEILING = 0.01
    difference = compare(candidate())
    assert "2 communes sur 4 (50\u202f%)" in (why_not_import(difference) or "")
    assert "vous n’en avez admis que 49,9\u202f%" in (why_not_import(difference, forced_share=Decimal("49.9")) or "")
    assert why_not_import(difference, forced_share=Decimal(50)) is None
    with pytest.raises(Refused, match="peut-être tronqué"):
        import_vintage(candidate(), by=known, at=NOW)


def test_a_file_cut_at_the_end_of_a_department_is_refused_whatever_the_ceiling(known: User, settings: Any) -> None:
    settings.SOCLE_IMPORT_CEILING = 1
    cut = "".join(line for line in NEXT.splitlines(keepends=True) if not line.startswith("62"))
    with pytest.raises(Refused, match="le département 62 n’aurait plus aucune commune"):
        import_vintage(candidate(cut, changes=""), by=known, at=NOW)


@pytest.mark.parametrize(
    ("text", "share"),
    [("2,9 %", "2.9"), ("2.9", "2.9"), ("100\u202f%", "100"), ("101", None), ("oui", None), ("-3", None), ("", None)],
)
def test_a_share_is_read_as_people_write_it(text: str, share: str | None) -> None:
    assert read_share(text) == (None if share is None else Decimal(share))


def test_reloading_the_files_of_the_platform_never_undoes_a_newer_vintage(
    known: User, write_territory: Callable[..., Path]
) -> None:
    import_vintage(candidate(), by=known, at=NOW)
    again = write_territory(former="insee_code,name,kind,heir\n59070,Bermeries,delegated,59006\n")
    with pytest.raises(Refused, match="Un millésime plus récent, 2027"):
        actions.load_vintages(again, by=known, at=NOW)


def test_a_vintage_shipped_with_the_platform_is_recognised_once_loaded(
    known: User, write_territory: Callable[..., Path], settings: Any, tmp_path: Path
) -> None:
    settings.TERRITORY_DIR = tmp_path / "territory"
    assert candidates.years_at_hand() == [2021, 2026]
    assert is_already_imported(compare(candidates.read_vintage(2026)))
    with pytest.raises(Refused, match="2030 n’est pas livré"):
        candidates.read_vintage(2030)


@pytest.mark.slow
def test_the_real_2026_over_the_real_2021_follows_every_merger(system: User) -> None:
    folder = Path(django_settings.ROOT) / "data" / "territory"
    first = candidates.read_vintage(2021, folder)
    import_vintage(first, by=system, at=NOW)
    pks = dict(Commune.objects.filter(insee_code__in=["59070", "62549", "12076"]).values_list("insee_code", "pk"))
    second = candidates.read_vintage(2026, folder)
    report = import_vintage(second, thresholds={"59": (1000,), "62": (1000,)}, by=system, at=NOW)
    counts = report.difference.counts
    assert (counts[Kind.MERGED], counts[Kind.RENUMBERED], counts[Kind.LOST]) == (97, 5, 0)
    assert Commune.objects.current().count() == len(second.communes) == 34969
    assert Commune.objects.get(pk=pks["59070"]).heir.name == "L'Orée de Mormal"
    assert Commune.objects.get(pk=pks["62549"]).heir.name == "Hesdin-la-Forêt"
    assert Commune.objects.get(pk=pks["12076"]).insee_code == "12218"
    assert report.difference.of(Kind.THRESHOLD)
    assert import_vintage(second, by=system, at=NOW).was_already_imported
    # The same files loaded whole find nothing to change in the communes themselves.
    assert not compare(replace(second, year=2027)).lines
