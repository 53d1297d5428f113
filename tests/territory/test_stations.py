"""Mairies that issue identity papers: a list is read whole or not at all, and each site names the nearest."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from socle.journal.models import Entry
from socle.lib.dates import day_of
from socle.lib.refusals import Refused
from socle.territory import stations
from socle.territory.models import IdentityStation, TownHall
from tests import factories as f

pytestmark = pytest.mark.django_db
PLACES = {"59474": (50.08, 3.77), "59036": (50.12, 3.81), "59392": (50.28, 3.97), "62001": (50.39, 2.70)}


def town(code: str, name: str, at: tuple[float | None, float | None] | None = None):
    """A commune whose mairie is there."""
    made = f.commune(code, name)
    latitude, longitude = at or PLACES[code]
    TownHall.objects.create(commune=made, latitude=latitude, longitude=longitude)
    return made


@pytest.fixture
def towns():
    names = {"59474": "Prisches", "59036": "Avesnes", "59392": "Maubeuge", "62001": "Ablain"}
    return {code: town(code, name) for code, name in names.items()}


def load(content: str | bytes, *, is_kept: bool = True, as_of=f.TODAY, source: str = "liste d’essai"):
    file = BytesIO(content.encode() if isinstance(content, str) else content)
    return stations.load(file, source=source, as_of=as_of, is_kept=is_kept, by=f.user(), at=f.NOW)


def test_the_nearest_are_named_from_the_nearest_and_a_far_one_is_not(towns):
    load("code_insee;nom;telephone\n59036;Mairie d’Avesnes;03 00 00 00 01\n59392;;\n62001;;\n")
    found = stations.nearest(towns["59474"])
    # The distances, computed apart: a degree of latitude is 111.2 km, of longitude there 71.3.
    assert [(one.station.commune.name, one.km) for one in found] == [("Avesnes", 5), ("Maubeuge", 26), ("Ablain", 84)]
    assert (found[0].station.name, found[0].station.phone) == ("Mairie d’Avesnes", "03 00 00 00 01")
    assert stations.nearest(towns["59036"])[0].km == 0


def test_without_a_list_or_a_place_nothing_is_named(towns):
    assert stations.nearest(towns["59474"]) == []
    load("code_insee\n59036\n")
    assert stations.nearest(f.commune("59001", "Abancourt")) == []
    assert stations.nearest(town("59002", "Abscon", (None, None))) == []


def test_a_list_replaces_the_one_before_and_says_what_comes_and_goes(towns):
    load("code_insee\n59036\n59392\n")
    report = load("code_insee\n59036\n62001\n99999\n")
    assert (report.added, report.removed, report.unknown) == (("62001",), ("59392",), ("99999",))
    assert set(IdentityStation.objects.values_list("commune__insee_code", flat=True)) == {"59036", "62001"}
    assert Entry.objects.filter(verb="territory.stations_loaded").count() == 2


def test_what_is_only_read_keeps_nothing(towns):
    assert load("code_insee\n59036\n", is_kept=False).added == ("59036",)
    assert not IdentityStation.objects.exists()


def test_a_first_zero_that_a_spreadsheet_dropped_is_read(towns):
    town("01004", "Ambérieu", (45.95, 5.35))
    assert load("code_insee\n1004\n").added == ("01004",)


@pytest.mark.parametrize(
    "content",
    [
        "", "nom\nx\n", "code_insee\n", "code_insee\n=1+1\n", "code_insee\nzzzzz\n", "PK\x03\x04abc",
        "code_insee;code_insee\n59036;59392\n", "\0" * 1000, "code_insee\n" + "x" * 2_000_000,
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_read_takes_nothing(towns, content):
    load("code_insee\n59036\n")
    with pytest.raises(Refused):
        load(content)
    assert IdentityStation.objects.get().commune.insee_code == "59036"


@pytest.mark.parametrize(
    ("days", "source", "said"), [(0, "liste", None), (1, "liste", "à venir"), (0, " ", "d’où vient")]
)
def test_a_list_has_a_source_and_a_day_that_came(days, source, said):
    reason = stations.why_not_load(source, as_of=f.TODAY + timedelta(days=days), on=f.TODAY)
    assert (said in reason) if said else reason is None


def test_the_command_is_dry_unless_told(towns, tmp_path):
    path = tmp_path / "liste.csv"
    path.write_text("code_insee;nom\n59036;Avesnes\n")
    day = day_of(timezone.now()).isoformat()

    def run(*options: str) -> str:
        said = StringIO()
        call_command("load_identity_stations", path, "--as-of", day, "--source", "essai", *options, stdout=said)
        return said.getvalue()

    assert "Rien n’est gardé" in run()
    assert not IdentityStation.objects.exists()
    assert json.loads(run("--yes", "--json")) == {
        "named": 1, "added": ["59036"], "removed": [], "unknown": [], "kept": True
    }  # fmt: skip
    assert IdentityStation.objects.count() == 1
    with pytest.raises(CommandError, match="ne se lit pas"):
        call_command("load_identity_stations", tmp_path / "rien.csv", "--as-of", day, "--source", "essai")
