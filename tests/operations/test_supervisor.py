"""When a child of `socle run` is started again: at once the first time, then later and later."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from socle.lib.refusals import Refused
from socle.operations import processes, supervisor


@pytest.fixture(autouse=True)
def data(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


class Doomed(supervisor.Child):
    """A child that ends when the test says so, without any process."""

    def start(self) -> None:
        self.started_at = self.now  # type: ignore[attr-defined]
        self.process = SimpleNamespace(pid=0, poll=lambda: self.end, returncode=3)  # type: ignore[assignment]
        self.end = None

    def signal_group(self, number: Any) -> None:
        pass


def waits(lives: list[float], *, is_web: bool = False) -> list[float]:
    """How long each death is waited after, a child having lived so many seconds each time."""
    child = Doomed("l’exécuteur de tâches", [], code="worker")
    now, found = 1000.0, []
    for lived in lives:
        child.now = now  # type: ignore[attr-defined]
        child.start()
        now += lived
        supervisor.look_after(child, now=now, is_web=is_web, say=lambda sentence: None)
        child.end = 3  # type: ignore[attr-defined]
        supervisor.look_after(child, now=now, is_web=is_web, say=lambda sentence: None)
        assert child.process is None
        found.append(child.start_again_at - now)
        now = child.start_again_at
    return found


@pytest.mark.parametrize(
    ("lives", "expected"),
    [
        ([1], [0]),
        ([1] * 5, [0, 1, 2, 4, 8]),
        ([1] * 9, [0, 1, 2, 4, 8, 16, 32, 60, 60]),
        # It lived well meanwhile: the next death is a first one.
        ([1, 1, 1, 59], [0, 1, 2, 4]),
        ([1, 1, 1, 61], [0, 1, 2, 0]),
    ],
)
def test_each_death_is_waited_after_longer_until_a_good_life(lives: list[float], expected: list[float]) -> None:
    assert waits(lives) == expected


def test_from_the_fifth_death_on_it_is_told_until_a_good_life() -> None:
    waits([1] * 4)
    assert processes.failing() == []
    waits([1] * 6)
    (one,) = processes.failing()
    assert (one.code, one.times, one.exit_code) == ("worker", 6, 3)
    assert one.says.startswith("L’exécuteur de tâches s’arrête dès qu’il est lancé\u00a0: 6 fois de suite (code 3).")
    waits([1] * 6 + [61])
    assert processes.failing() == []


def test_what_a_killed_supervisor_had_told_is_true_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    waits([1] * 6)
    assert processes.failing()
    (note,) = processes.locks_dir().glob("failing-*")
    note.rename(note.with_name(note.name.replace(str(processes.os.getpid()), "999999999")))
    assert processes.failing() == []


def test_the_web_server_that_keeps_ending_is_worth_nothing_to_keep() -> None:
    with pytest.raises(Refused, match="tout est arrêté"):
        waits([1] * 5, is_web=True)
    waits([20] * 9, is_web=True)
