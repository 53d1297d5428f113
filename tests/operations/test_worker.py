"""The worker outlives its database."""

from __future__ import annotations

import contextlib

import pytest
from django.db import InterfaceError, OperationalError

from socle.operations import worker


class Lives:
    """Ends each life as told: an exception to raise, or None for a life that ends by itself."""

    def __init__(self, *ends: Exception | None) -> None:
        self.ends = list(ends)
        self.pauses: list[float] = []
        self.now = 0.0

    def live(self) -> None:
        self.now += self.lasting
        if (end := self.ends.pop(0)) is not None:
            raise end

    lasting = 1.0

    def run(self) -> list[float]:
        worker.keep_working(self.live, sleep=self.pauses.append, clock=lambda: self.now)
        return self.pauses


@pytest.fixture(autouse=True)
def kept_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection of the tests is not the worker's to close."""
    monkeypatch.setattr(worker.connections, "close_all", lambda: None)


def test_a_lost_database_is_waited_for_longer_and_longer() -> None:
    lost = [OperationalError("the connection is lost"), InterfaceError("connection already closed")] * 4
    lives = Lives(*lost, None)
    assert lives.run() == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0]
    assert not lives.ends


def test_a_failure_after_a_long_life_is_a_new_one() -> None:
    lives = Lives(OperationalError(), OperationalError(), None)
    lives.lasting = worker.GOOD_LIFE + 1
    assert lives.run() == [0.5, 0.5]


def test_a_defect_is_not_mistaken_for_a_lost_database() -> None:
    lives = Lives(ValueError("a defect"))
    with pytest.raises(ValueError, match="a defect"):
        lives.run()
    assert lives.pauses == []


def test_what_the_database_said_is_not_written_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    Lives(OperationalError("row (claude@exemple.fr)"), None).run()
    assert "does not answer (OperationalError)" in caplog.text
    assert "claude" not in caplog.text


@pytest.mark.parametrize("is_told_to_stop", [True, False])
def test_whoever_is_told_to_stop_does_not_come_back_after_a_lost_database(
    is_told_to_stop: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives = []

    def run(self: worker.Watched) -> None:
        lives.append(self)
        self.running = not is_told_to_stop and len(lives) < 3
        if len(lives) < 3:
            raise OperationalError("the connection is lost")

    monkeypatch.setattr(worker.Watched, "run", run)
    monkeypatch.setattr(worker.Watched, "configure_signals", lambda self: None)
    monkeypatch.setattr(worker.processes, "sweep", lambda: None)
    monkeypatch.setattr(worker.processes, "living", lambda name: contextlib.nullcontext(lambda: True))
    monkeypatch.setattr(worker.wakeups, "listening", lambda: contextlib.nullcontext(lambda seconds: True))
    worker.keep_working(worker._live, sleep=lambda seconds: None)
    assert len(lives) == (1 if is_told_to_stop else 3)
