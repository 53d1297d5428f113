"""Loading the territory: whole, once, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import User
from socle.territory import actions
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
from tests.territory.conftest import COMMUNES, FILES, NOW
from tools.derive_territory.files import pack

Write = Callable[..., Path]
TABLES = (
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
    Entry,
)


def nothing_is_written() -> bool:
    return not any(table.objects.exists() for table in TABLES)


def load(folder: Path, system: User) -> actions.LoadReport:
    return actions.load_vintages(folder, by=system, at=NOW)


def test_a_commune_that_merged_is_kept_and_points_to_its_heir(write_territory: Write, system: User) -> None:
    report = load(write_territory(), system)
    gone = Commune.objects.get(insee_code="59070")
    assert (gone.heir.insee_code, gone.gone_in, gone.population) == ("59006", 2025, None)
    # Who looks for it by the code of its letters still finds it.
    assert list(gone.postal_codes.values_list("code", flat=True)) == ["59570"]
    assert report.merged == ("59070",)
    assert list(Commune.objects.current().values_list("insee_code", flat=True).order_by("insee_code")) == [
        "59006",
        "59474",
        "62002",
        "62010",
    ]


def test_a_commune_whose_code_changed_is_the_same_commune_in_both_vintages(
    write_territory: Write, system: User
) -> None:
    report = load(write_territory(), system)
    commune = Commune.objects.get(insee_code="62002")
    assert report.renumbered == ("62001",)
    assert list(commune.vintages.order_by("vintage").values_list("insee_code", "population")) == [
        ("62001", 90),
        ("62002", 95),
    ]


def test_a_commune_absent_from_the_first_vintage_is_reported_as_restored(write_territory: Write, system: User) -> None:
    assert load(write_territory(), system).restored == ("62010",)


def test_a_commune_nobody_can_follow_is_kept_gone_and_reported(write_territory: Write, system: User) -> None:
    changes = "insee_code,kind,heir,gone_in\n59070,lost,,2024\n62001,renumbered,62002,2024\n"
    former = "insee_code,name,kind,heir\n"
    report = load(write_territory(changes=changes, former=former), system)
    assert (report.lost, report.merged) == (("59070",), ())
    assert not Commune.objects.current().filter(insee_code="59070").exists()


def test_the_same_files_are_loaded_once_and_write_one_journal_line(
    write_territory: Write, system: User, django_assert_max_num_queries: Callable[..., object]
) -> None:
    folder = write_territory()
    load(folder, system)
    with django_assert_max_num_queries(3):  # type: ignore[attr-defined]
        report = load(folder, system)
    assert report.was_already_loaded
    (entry,) = Entry.objects.filter(verb="territory.loaded")
    assert (entry.facts["years"], entry.facts["communes"]) == ([2021, 2026], 4)
    assert entry.by_ref == f"people.user:{system.pk}"


def test_new_files_update_rows_in_place(write_territory: Write, system: User) -> None:
    load(write_territory(), system)
    before = dict(Commune.objects.values_list("insee_code", "pk"))
    hall = TownHall.objects.get(commune__insee_code="59474").pk
    renamed = FILES["communes-2026.csv.gz"].replace("59474,Prisches,59,215904749,,1000", "59474,Prisches,59,,,999")
    # Hours of a mairie that is not among them are left out.
    hours = FILES["opening-hours.csv.gz"] + "62002,1,1,09:00,12:00\n"
    report = load(write_territory(communes_2026=renamed, opening_hours=hours), system)
    assert set(OpeningHours.objects.values_list("town_hall", flat=True)) == {hall}
    assert not report.was_already_loaded
    assert dict(Commune.objects.values_list("insee_code", "pk")) == before
    assert Commune.objects.get(insee_code="59474").population == 999
    assert TownHall.objects.get(commune__insee_code="59474").pk == hall
    assert CommuneInVintage.objects.count() == 8


def test_a_commune_already_known_keeps_its_row_when_its_code_changes(write_territory: Write, system: User) -> None:
    both = COMMUNES + "59006,Orée,59,,,6,\n59474,Prisches,59,,,1000,\n62001,Abbeville-lès-Ancien,62,,,9,\n"
    nothing = "insee_code,kind,heir,gone_in\n"
    former = "insee_code,name,kind,heir\n"
    load(write_territory(communes_2021=both, communes_2026=both, changes=nothing, former=former), system)
    row = Commune.objects.get(insee_code="62001").pk
    load(write_territory(), system)
    assert Commune.objects.get(insee_code="62002").pk == row


def test_a_commune_restored_after_a_merger_is_current_again(write_territory: Write, system: User) -> None:
    load(write_territory(), system)
    back = FILES["communes-2026.csv.gz"] + "59070,Bermeries,59,215900705,200043321,360,59570\n"
    changes = "insee_code,kind,heir,gone_in\n62001,renumbered,62002,2024\n"
    load(write_territory(communes_2026=back, changes=changes), system)
    commune = Commune.objects.get(insee_code="59070")
    assert (commune.gone_in, commune.merged_into, commune.population) == (None, None, 360)


def test_town_hall_hours_and_outline_are_tied_to_their_commune(write_territory: Write, system: User) -> None:
    load(write_territory(), system)
    hall = TownHall.objects.get(commune__insee_code="59474")
    assert [str(hours) for hours in hall.opening_hours.all()] == ["1-5 09:00-12:00", "6-6 10:00-11:30"]
    assert hall.as_of is None
    assert TownHall.objects.get(commune__insee_code="59006").email_withheld
    assert len(Outline.objects.get(commune__insee_code="59474").rings[0]) == 4


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
@pytest.mark.parametrize("damage", ["truncated", "altered", "missing"])
def test_a_damaged_file_is_refused_in_french_and_nothing_is_written(
    write_territory: Write, name: str, damage: str, db: None
) -> None:
    folder = write_territory()
    path = folder / name
    content = path.read_bytes()
    if damage == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "altered":
        path.write_bytes(content[:30].replace(b'"', b"'") + bytes([content[30] ^ 1]) + content[31:])
    else:
        path.unlink()
    with pytest.raises(Refused) as refusal:
        actions.load_vintages(folder, by=User(pk=1), at=NOW)
    assert name in refusal.value.sentence or "manifeste" in refusal.value.sentence
    assert "Rien n’a été chargé" in refusal.value.sentence
    assert nothing_is_written()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("communes_2026", "insee_code,name\n59006,Orée\n"),
        ("communes_2026", COMMUNES + "59006,Orée,59,,,beaucoup,\n"),
        ("communes_2026", COMMUNES + "59006,Orée,59,,,-4,\n"),
        ("communes_2026", COMMUNES + "5900,Orée,59,,,4,\n"),
        ("communes_2026", COMMUNES + "59006,,59,,,4,\n"),
        ("communes_2026", COMMUNES + "59006,Orée,99,,,4,\n"),
        ("communes_2026", COMMUNES + "59006,Orée,59,12,,4,\n"),
        ("communes_2026", COMMUNES + "59006,Orée,59,,,4,abcde\n"),
        ("communes_2026", COMMUNES + "59006,Orée,59,,,4,\n59006,Orée,59,,,4,\n"),
        ("communes_2026", COMMUNES + '59006,"Orée,59,,,4,\n'),
        ("communes_2026", COMMUNES + "59006,Orée,59,,,4,,,,\n"),
        ("changes", "insee_code,kind,heir,gone_in\n59070,merged,99999,2025\n"),
        ("former", "insee_code,name,kind,heir\n59070,Bermeries,chimera,59006\n"),
        ("opening_hours", "insee_code,first_day,last_day,opens,closes\n59474,0,5,09:00,12:00\n"),
        ("opening_hours", "insee_code,first_day,last_day,opens,closes\n59474,1,5,12:00,09:00\n"),
        ("opening_hours", "insee_code,first_day,last_day,opens,closes\n59474,1,5,midi,18:00\n"),
        ("opening_hours", "insee_code,first_day,last_day,opens,closes\n00000,1,5,09:00,18:00\n"),
        ("outlines", '{"insee_code":"59474","rings":[]}\n'),
        ("outlines", '{"insee_code":"59474","rings":[[[3,50],[3,51],[4,50],[3,51]]]}\n'),
        ("outlines", '{"insee_code":"59474","rings":[[[3,500],[3,51],[4,50],[3,500]]]}\n'),
        ("outlines", "[" * 100_000 + "\n"),
        ("outlines", "null\n"),
    ],
)
def test_sealed_files_that_do_not_hold_together_are_refused_with_nothing_written(
    write_territory: Write, file: str, text: str, db: None
) -> None:
    folder = write_territory(**{file: text})
    with pytest.raises(Refused, match="Rien n’a été chargé"):
        actions.load_vintages(folder, by=User(pk=1), at=NOW)
    assert nothing_is_written()


def test_a_failure_while_writing_leaves_nothing_behind(
    write_territory: Write, system: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(actions, "_load_town_halls", broken)
    with pytest.raises(RuntimeError):
        load(write_territory(), system)
    assert nothing_is_written()


def test_the_manifest_cannot_name_a_file_elsewhere(write_territory: Write, db: None) -> None:
    folder = write_territory()
    (folder.parent / "secret").write_bytes(pack("x"))
    text = (folder / "manifest.json").read_text().replace('"files": {', '"files": {"../secret": {"sha256": ""}, ')
    (folder / "manifest.json").write_text(text)
    with pytest.raises(Refused, match="inattendu"):
        actions.load_vintages(folder, by=User(pk=1), at=NOW)


def test_the_command_says_what_it_did_and_refuses_in_french(
    write_territory: Write, system: User, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_territory()
    call_command("load_territory", folder=folder)
    assert "4 communes chargées (millésimes 2021 et 2026)" in capsys.readouterr().out
    call_command("load_territory", folder=folder)
    assert "Déjà chargés" in capsys.readouterr().out
    (folder / "epci.csv.gz").write_bytes(b"")
    with pytest.raises(CommandError, match="tronqué ou altéré"):
        call_command("load_territory", folder=folder)
