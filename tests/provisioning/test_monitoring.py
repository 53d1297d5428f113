"""The engines as whoever runs them sees them: tried all the way, weighed, told to each operator of its own only."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from socle.agenda.contract import store
from socle.agenda.monitoring import NOBODY
from socle.files.contents import DiskContents
from socle.lib import dates
from socle.operations import metrics
from socle.people.models import Beneficiary
from socle.provisioning.contract import EngineError
from socle.provisioning.monitoring import actions, board
from socle.provisioning.monitoring.contract import Hour, Watch, watches
from socle.provisioning.monitoring.models import EngineTrial, RoomReading
from tests import factories as f

pytestmark = pytest.mark.django_db


class Broken(Watch):
    code, label, icon = "casse", "Cassé", "alert"

    def why_none(self) -> None:
        return None

    @property
    def is_simulated(self) -> bool:
        return False

    def try_it(self) -> None:
        raise EngineError("Le serveur ne répond pas.")


class Surprised(Broken):
    code = "surpris"

    def try_it(self) -> None:
        raise ZeroDivisionError


@pytest.fixture(autouse=True)
def engines(settings: Any, tmp_path: Path) -> None:
    """The embedded engines, real, and twins for the rest, each in a folder of this test."""
    settings.SOCLE_ENGINES = {
        "messagerie": "socle.engines.simulated.engine.SimulatedMail",
        "agendas": "socle.engines.radicale.engine.Agendas",
        "fichiers": "socle.engines.own_files.engine.OwnFiles",
        "sauvegardes": "socle.engines.simulated.engine.SimulatedBackups",
    }
    settings.SOCLE_ZONES = "socle.engines.simulated.zones.SimulatedZones"
    settings.SOCLE_AGENDA_DIR, settings.FILES_ROOT = tmp_path / "agendas", tmp_path / "files"
    storages._storages.pop("files", None)  # type: ignore[attr-defined]


def problems() -> dict[str, str]:
    return {one.code: one.problem for one in actions.try_engines(at=f.NOW)}


def test_each_engine_is_tried_all_the_way_and_nothing_is_left_behind(settings: Any) -> None:
    found = problems()
    assert found == dict.fromkeys([watch.code for watch in watches()], "")
    assert len(found) == 6
    assert list(store().collections(NOBODY)) == []
    assert [path for path in Path(settings.FILES_ROOT).rglob("*") if path.is_file()] == []
    assert all(one.seconds for one in EngineTrial.objects.all())


def test_what_does_not_go_all_the_way_is_told_and_stops_no_other(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SOCLE_WATCHES = [f"{__name__}.Broken", f"{__name__}.Surprised", *settings.SOCLE_WATCHES]
    settings.SOCLE_AGENDA_DIR = tmp_path / "not-a-folder"
    settings.SOCLE_AGENDA_DIR.write_text("")
    lies = tmp_path / "lies"
    lies.write_bytes(b"something else")
    monkeypatch.setattr(DiskContents, "reader", lambda self, name: lies.open("rb"))
    found = problems()
    assert found["casse"] == "Le serveur ne répond pas."
    assert "s’est interrompu" in found["surpris"]
    assert "n’a pas pu être écrit" in found["agendas"]
    assert "n’est pas celui" in found["fichiers"]
    assert found["messagerie"] == found["plateforme"] == ""


def test_the_trials_are_kept_a_month_and_drawn_span_by_span() -> None:
    EngineTrial.objects.create(code="agendas", tried_at=f.NOW - timedelta(days=31), seconds=1.0)
    actions.try_engines(at=f.NOW)
    assert EngineTrial.objects.filter(code="agendas").count() == 1
    hours = [Hour(f.NOW - timedelta(hours=5), 12, 0, 0.02), Hour(f.NOW, 3, 1, 0.5)]
    slots = board.slots_of(hours, at=f.NOW)
    assert len(slots) == board.DAYS * 24 // board.HOURS
    assert slots[-1].shown == "1 échec sur 3 essais"
    assert slots[-1].tone == "danger"
    assert slots[-2].shown == "12 essais réussis, 20\u00a0ms au plus"
    assert slots[0].shown == "aucun essai"
    # Not by its colour alone: a failure is taller than what went well, itself taller than nothing.
    assert slots[-1].height > slots[-2].height > slots[0].height


def places() -> tuple[Beneficiary, Beneficiary]:
    return f.beneficiary(f.commune("59474", "Prisches", 1000)), f.beneficiary(f.commune("62002", "Ablainzevelle", 208))


def test_the_room_is_read_once_a_day_and_kept_a_month_then_each_first_of_the_month() -> None:
    mine, other = places()
    with scopes_disabled():
        today = date(2026, 11, 25)
        assert actions.note_usage("fichiers", {mine.pk: 100, other.pk: 50}, on=today) == 2
        assert actions.note_usage("fichiers", {mine.pk: 120, other.pk: 50}, on=today) == 1
        assert RoomReading.objects.get(beneficiary=mine).used_bytes == 120
        for on in (date(2026, 10, 1), date(2026, 10, 2), date(2024, 1, 1)):
            actions.note_usage("fichiers", {mine.pk: 10}, on=on)
        actions.read_usage(at=f.NOW)
        assert set(RoomReading.objects.values_list("read_on", flat=True)) == {today, date(2026, 10, 1)}


def test_an_operator_reads_the_room_of_its_own_and_nothing_of_a_neighbour() -> None:
    mine, other = places()
    with scopes_disabled():
        for on, used in ((date(2026, 11, 5), 80), (date(2026, 11, 25), 120)):
            actions.note_usage("fichiers", {mine.pk: used, other.pk: 9_000_000}, on=on)
    with scope(beneficiary=[mine.pk]):
        taken = next(one.taken for one in board.boards(at=f.NOW) if one.watch.code == "fichiers")
        rows = list(board.rows_of(at=f.NOW))
    assert taken is not None
    assert (taken.used, taken.before, [one.pk for one, _ in taken.top]) == (120, 80, [mine.pk])
    assert taken.growth == f"40\u00a0octets de plus que le {dates.in_words(date(2026, 11, 5))}."
    assert [(row.reading.beneficiary_id, row.before) for row in rows] == [(mine.pk, 80)]


def test_a_program_reads_whether_each_engine_went_through(settings: Any) -> None:
    settings.SOCLE_WATCHES = ["socle.agenda.monitoring.AgendaWatch", f"{__name__}.Broken"]
    mine, other = places()
    actions.try_engines(at=f.NOW)
    with scopes_disabled():
        actions.note_usage("agendas", {mine.pk: 100, other.pk: 50}, on=timezone.localdate())
    text = metrics.exposition().decode()
    assert 'socle_engine_up{engine="agendas"} 1.0' in text
    assert 'socle_engine_up{engine="casse"} 0.0' in text
    assert 'socle_engine_used_bytes{engine="agendas"} 150.0' in text
