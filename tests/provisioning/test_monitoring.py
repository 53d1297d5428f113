"""The engines as whoever runs them sees them: tried all the way, weighed, told to each operator of its own only."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from django_tasks_db.models import DBTaskResult

from socle.agenda.contract import store
from socle.agenda.monitoring import NOBODY
from socle.files.contents import DiskContents
from socle.lib import dates
from socle.operations import metrics
from socle.people.models import Beneficiary
from socle.provisioning.contract import EngineError
from socle.provisioning.monitoring import actions, board, demo_data
from socle.provisioning.monitoring.contract import Hour, Seen, Trouble, Watch, watches
from socle.provisioning.monitoring.models import EngineTrial, UsageReading
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
    settings.DEMO = True
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


def test_the_space_is_read_once_a_day_and_kept_a_month_then_each_first_of_the_month() -> None:
    mine, other = places()
    with scopes_disabled():
        today = date(2026, 11, 25)
        assert actions.note_usage("fichiers", {mine.pk: 100, other.pk: 50}, on=today) == 2
        assert actions.note_usage("fichiers", {mine.pk: 120, other.pk: 50}, on=today) == 1
        assert UsageReading.objects.get(beneficiary=mine).used_bytes == 120
        for on in (date(2026, 10, 1), date(2026, 10, 2), date(2024, 1, 1)):
            actions.note_usage("fichiers", {mine.pk: 10}, on=on)
        actions.read_usage(at=f.NOW)
        assert set(UsageReading.objects.values_list("read_on", flat=True)) == {today, date(2026, 10, 1)}


def test_an_operator_reads_the_space_of_its_own_and_nothing_of_a_neighbour() -> None:
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


class Watched(Watch):
    """An engine of which nothing is said but what is given."""

    code, label, icon = "lu", "Lu", "alert"

    def __init__(self, *troubles: Trouble, absent: str | None = None, own: list[Hour] | None = None) -> None:
        self.seen, self.absent, self.own = Seen(troubles=troubles), absent, own

    def why_none(self) -> str | None:
        return self.absent

    def see(self, *, at: Any) -> Seen:
        return self.seen

    def hours(self, *, since: Any) -> list[Hour] | None:
        return self.own

    @property
    def is_simulated(self) -> bool:
        return True


def tried(ago: timedelta = timedelta(), problem: str = "") -> EngineTrial:
    return EngineTrial(code="lu", tried_at=f.NOW - ago, problem=problem, seconds=1.0)


SAID, STALE = Trouble("Un disque est plein."), board.STALE


@pytest.mark.parametrize(
    ("watch", "last", "failures", "label", "tone", "troubles"),
    [
        (Watched(absent="Aucun."), tried(), (1, 1), "Absent", "neutral", []),
        (Watched(), None, (0, 0), "Pas encore essayé", "wait", []),
        (Watched(), tried(), (0, 0), "Répond", "ok", []),
        (Watched(), tried(STALE), (0, 0), "Répond", "ok", []),
        (Watched(), tried(STALE + timedelta(seconds=1)), (0, 0), "Essai ancien", "alert", []),
        (Watched(), tried(problem="Il se tait."), (0, 0), "Ne répond pas", "danger", []),
        (Watched(SAID), tried(), (0, 0), "À surveiller", "alert", ["Un disque est plein."]),
        (Watched(SAID), None, (0, 0), "Pas encore essayé", "wait", ["Un disque est plein."]),
        (Watched(), tried(), (1, 0), "À surveiller", "alert", ["Une tâche de fond a échoué depuis un jour."]),
        (Watched(), tried(), (2, 0), "À surveiller", "alert", ["2 tâches de fond ont échoué depuis un jour."]),
        (Watched(), tried(), (0, 1), "À surveiller", "alert", ["Une installation est en échec."]),
        (Watched(), tried(), (0, 2), "À surveiller", "alert", ["2 installations sont en échec."]),
    ],
)
def test_a_board_says_how_an_engine_goes(
    watch: Watched, last: EngineTrial | None, failures: tuple[int, int], label: str, tone: str, troubles: list[str]
) -> None:
    found = board._board(watch, last, [], *failures, {}, at=f.NOW)
    assert (found.label, found.tone) == (label, tone)
    assert [one.says for one in found.troubles] == troubles
    assert all("service=lu" in one.url for one in found.troubles if "installation" in one.says)
    assert (found.slots, found.taken) == ([], None)
    is_there = watch.absent is None
    assert found.is_simulated is is_there
    assert found.tried_at == (last.tried_at if last and is_there else None)
    words = {"Absent": "Aucun.", "Ne répond pas": "Il se tait.", "Répond": "", "À surveiller": ""}
    assert found.says == words.get(label, found.says)
    assert (found.says == "") is (label in ("Répond", "À surveiller"))


@pytest.mark.parametrize(
    ("own", "shown"), [(None, "2 essais réussis"), ([], ""), ([Hour(f.NOW, 1, 0, None)], "1 essai réussi")]
)
def test_what_an_engine_counts_itself_is_shown_rather_than_the_trials(own: list[Hour] | None, shown: str) -> None:
    slots = board._board(Watched(own=own), tried(), [Hour(f.NOW, 2, 0, None)], 0, 0, {}, at=f.NOW).slots
    assert [one.shown for one in slots][-1:] == ([shown] if shown else [])


@pytest.mark.parametrize(
    ("hours", "tone", "shown"),
    [
        ([], "neutral", "aucun essai"),
        ([Hour(f.NOW, 0, 0, None)], "neutral", "aucun essai"),
        ([Hour(f.NOW, 1, 0, 0.0001)], "ok", "1 essai réussi, 1\u00a0ms au plus"),
        ([Hour(f.NOW, 2, 0, 0.0999), Hour(f.NOW, 1, 0, None)], "ok", "3 essais réussis, 100\u00a0ms au plus"),
        ([Hour(f.NOW, 2, 0, 0.1)], "ok", "2 essais réussis, 0,1\u00a0s au plus"),
        ([Hour(f.NOW, 1, 0, 2.5), Hour(f.NOW, 1, 0, 60.0)], "ok", "2 essais réussis, 60,0\u00a0s au plus"),
        ([Hour(f.NOW, 1, 0, 60.1)], "alert", "1 essai réussi, 60,1\u00a0s au plus"),
        ([Hour(f.NOW, 1, 0, None)], "ok", "1 essai réussi"),
        ([Hour(f.NOW, 1, 1, 90.0)], "danger", "1 échec sur 1 essai"),
        ([Hour(f.NOW, 3, 1, 0.1), Hour(f.NOW, 2, 1, None)], "danger", "2 échecs sur 5 essais"),
    ],
)
def test_a_span_says_how_many_trials_and_the_longest(hours: list[Hour], tone: str, shown: str) -> None:
    *before, last = board.slots_of(hours, at=f.NOW)
    assert (last.tone, last.shown) == (tone, shown)
    assert last.height == {"neutral": 0.06, "ok": 0.55, "alert": 0.8, "danger": 1.0}[tone]
    assert {one.tone for one in before} == {"neutral"}
    # The last span ends with the hour that runs.
    local = f.NOW.astimezone(dates.PARIS) - timedelta(hours=board.HOURS - 1)
    assert last.label.endswith(f"dès {local.hour}\u00a0h")
    assert str(local.year) not in last.label


@pytest.mark.parametrize(
    ("days", "used", "before", "growth", "heights"),
    [
        ({0: 100}, 100, 100, "Premier relevé", [1.0]),
        ({2: 100, 0: 100}, 100, 100, "Inchangée depuis", [1.0, 1.0]),
        ({2: 100, 1: 200, 0: 150}, 150, 100, "50\u00a0octets de plus que", [0.5, 1.0, 0.75]),
        ({2: 100, 0: 1}, 1, 100, "99\u00a0octets de moins que", [1.0, 0.02]),
        ({0: 0}, 0, 0, "Premier relevé", [0.02]),
    ],
)
def test_the_space_of_an_engine_is_drawn_day_by_day_beside_its_largest(
    days: dict[int, int], used: int, before: int, growth: str, heights: list[float]
) -> None:
    with scopes_disabled():
        found = board._taken("lu", {f.TODAY - timedelta(days=ago): size for ago, size in days.items()})
    assert (found.on, found.used, found.before) == (f.TODAY, used, before)
    assert found.growth.startswith(growth)
    assert [slot.height for slot in found.slots] == heights


def test_the_largest_are_named_the_largest_first_and_who_has_nothing_is_not() -> None:
    bodies = [f.beneficiary(f.commune(f"5900{rank}", f"Lieu {rank}", 100)) for rank in range(1, 8)]
    with scopes_disabled():
        actions.note_usage("lu", {one.pk: 10 * rank for rank, one in enumerate(bodies)}, on=f.TODAY)
        actions.note_usage("autre", {bodies[0].pk: 900}, on=f.TODAY)
        actions.note_usage("lu", {bodies[0].pk: 900}, on=f.TODAY - timedelta(days=1))
        found = board._taken("lu", {f.TODAY: 210})
        assert found.top == [(bodies[rank], 10 * rank) for rank in (6, 5, 4, 3, 2)]
        assert board._taken("lu", {f.TODAY - timedelta(days=1): 900}).top == [(bodies[0], 900)]


def test_a_demonstration_has_a_month_that_grows_and_makes_it_once(settings: Any, monkeypatch: Any) -> None:
    mine, _ = places()

    class Full(Watched):
        def taken(self) -> dict[int, int]:
            return {mine.pk: 1_000}

    class Empty(Watched):
        code = "vide"

        def taken(self) -> dict[int, int]:
            return {mine.pk: 0}

    monkeypatch.setattr(demo_data, "watches", lambda: [Full(absent="Aucun."), Empty(), Full()])
    settings.DEMO = True
    assert demo_data.ensure_readings(at=f.NOW) == 31
    assert demo_data.ensure_readings(at=f.NOW) == 0
    with scopes_disabled():
        found = dict(UsageReading.objects.order_by("read_on").values_list("read_on", "used_bytes"))
    assert found[f.TODAY] == 1_000
    assert found[f.TODAY - timedelta(days=1)] == 988
    assert min(found) == f.TODAY - timedelta(days=30)
    assert list(found.values()) == sorted(found.values())


def test_a_failed_task_is_told_for_a_day_by_the_engine_that_names_it_best() -> None:
    class Larger(Watched):
        code, tasks = "large", ("socle.essai.",)

    class Nearer(Watched):
        code, tasks = "proche", ("socle.essai.precis.",)

    for path, ago, status in (
        ("socle.essai.tasks.un", timedelta(hours=1), "FAILED"),
        ("socle.essai.precis.deux", board.LATELY, "FAILED"),
        ("socle.essai.precis.trois", timedelta(0), "FAILED"),
        ("socle.essai.precis.trois", timedelta(0), "FAILED"),
        ("socle.essai.tasks.un", timedelta(0), "SUCCESSFUL"),
        ("socle.essai.tasks.un", board.LATELY + timedelta(seconds=1), "FAILED"),
        ("socle.ailleurs.tasks.un", timedelta(0), "FAILED"),
    ):
        DBTaskResult.objects.create(
            task_path=path, status=status, finished_at=f.NOW - ago, args_kwargs={"args": [], "kwargs": {}},
            queue_name="default", backend_name="default", run_after=f.NOW, exception_class_path="", traceback="",
        )  # fmt: skip
    assert board._failed_tasks([Larger(), Nearer()], at=f.NOW) == {"large": 1, "proche": 3}
