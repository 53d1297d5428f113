"""How slowly a body may come, and whose yields: with lines that are slow by their own clock, and no server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from socle.serving.bodies import Displaced, Incoming, Patience, Places
from socle.serving.turns import SMALL, Turns
from tests.serving.test_turns import links

__all__ = ["links"]

# A hundred kilobytes a second, over three tenths of a second.
QUICK = Patience(rate=100_000, over=0.3, whole_in=5)


class Scripted:
    """A line whose bytes come at moments: (seconds awaited, bytes), one after the other; then it says nothing more."""

    def __init__(self, *script: tuple[float, int], ends: bool = False) -> None:
        self._script, self._ends = list(script), ends
        self.let_go = threading.Event()
        self._held = b""

    def read(self, size: int) -> bytes:
        while len(self._held) < size:
            if not self._script:
                if not self._ends:
                    self.let_go.wait(30)
                break
            seconds, count = self._script.pop(0)
            time.sleep(seconds)
            self._held += bytes(count)
        piece, self._held = self._held[:size], self._held[size:]
        return piece


def incoming(
    line: Scripted, length: int | None, *, patience: Patience = QUICK, whole_in: float | None = None, **more: Any
) -> Incoming:
    places = more.pop("places", None) or Places(4, 1, patience)
    return Incoming(line, places, length=length, whole_in=whole_in, address=lambda: more.get("address", "192.0.2.1"))


def outcome(one: Incoming, length: int) -> str:
    try:
        return str(len(one.read(length)))
    except ConnectionError as failure:
        return type(failure).__name__


@pytest.mark.parametrize(
    ("script", "length", "ends_as"),
    [
        # At once, in two pieces, in many that keep the rate for longer than its seconds.
        ([(0, 5000)], 5000, "5000"),
        ([(0, 5000), (0.1, 5000)], 10_000, "10000"),
        ([(0.05, 10_000)] * 12, 120_000, "120000"),
        # A silence that the rate allows, and none that it does not: at the beginning, in the middle, at the end.
        ([(0.25, 100)], 100, "100"),
        ([], 100, "TooSlow"),
        ([(0, 1000)], 2000, "TooSlow"),
        ([(0, 9_999)], 10_000, "TooSlow"),
        # A quarter of the rate, for ever.
        ([(0.02, 500)] * 400, 200_000, "TooSlow"),
        # What was sent quickly pays for no more than the seconds of the rate.
        ([(0, 1_000_000)], 1_000_100, "TooSlow"),
    ],
)
def test_a_line_keeps_the_least_rate_or_is_no_longer_waited_for(
    script: list[tuple[float, int]], length: int, ends_as: str
) -> None:
    # A second of silence, so that a machine with much to do does not make a line slower than it says.
    line, patience = Scripted(*script), replace(QUICK, over=1)
    begun = time.monotonic()
    assert outcome(incoming(line, length, patience=patience), length) == ends_as
    # Long before the line would have ended by itself.
    assert time.monotonic() - begun < 8
    line.let_go.set()


@pytest.mark.parametrize(("seconds", "ends_as"), [(0.3, "TooSlow"), (5, "60000"), (None, "60000")])
def test_a_small_body_comes_whole_in_time_and_the_rate_alone_holds_another(seconds: float | None, ends_as: str) -> None:
    line = Scripted(*[(0.05, 5000)] * 12)
    assert outcome(incoming(line, 60_000, whole_in=seconds), 60_000) == ends_as


def test_what_the_application_takes_its_time_to_read_is_not_the_lines_slowness() -> None:
    one = incoming(Scripted((0, 8192)), 8192)
    assert len(one.read(4096)) == 4096
    time.sleep(0.5)
    assert len(one.read(4096)) == 4096


class Coming:
    """A body that comes, as the rule looks at one."""

    def __init__(self, address: str, pace: float, age: float = 10) -> None:
        self.address, self._pace, self._age = address, pace, age
        self.yielded = False

    def pace(self) -> float:
        return self._pace if self._age >= QUICK.settled else float("inf")

    def age(self) -> float:
        return self._age

    def displace(self) -> None:
        self.yielded = True


@pytest.mark.parametrize(
    ("held", "newcomer", "who"),
    [
        # The slowest of whoever holds the most; of others, never, slow as they may be.
        ([("a", 900), ("a", 500), ("b", 1), ("c", 2)], "d", 1),
        ([("a", 900), ("a", 500), ("b", 1), ("c", 2)], "b", 1),
        # All alike: the slowest; of those that began just now, the oldest.
        ([("a", 900), ("b", 500), ("c", 7_000_000), ("d", 800)], "e", 1),
        ([("a", 1, 0.1), ("b", 1, 0.3), ("c", 1, 0.2), ("d", 1, 0)], "e", 1),
        # One's own address yields what is slow, and nothing that comes well: the newcomer is told to come back.
        ([("a", 9000), ("a", 7999), ("a", 20_000), ("b", 1)], "a", 1),
        ([("a", 9000), ("a", 8000), ("a", 20_000), ("b", 1)], "a", None),
        ([("a", 1, 0.1), ("a", 1, 0.3), ("a", 1, 0.2), ("b", 1)], "a", None),
        ([("a", 900), ("b", 500), ("c", 700), ("d", 800)], "a", 0),
    ],
)
def test_the_address_that_holds_the_most_places_yields(
    held: list[tuple[Any, ...]], newcomer: str, who: int | None
) -> None:
    places, coming = Places(4, 0, QUICK), [Coming(*one) for one in held]
    for one in coming:
        assert places.enter(one)  # type: ignore[arg-type]
    try:
        assert places.enter(Coming(newcomer, 0, 0))  # type: ignore[arg-type]
        assert who is not None
    except Displaced:
        assert who is None
    assert [one.yielded for one in coming] == [rank == who for rank in range(4)]


def test_what_comes_at_once_takes_nobodys_place_when_they_are_all_held() -> None:
    places = Places(1, 1, Patience(rate=100_000, over=3, trial=0.2))
    slow = Scripted()
    first = incoming(slow, 100, places=places, address="192.0.2.2")
    told: list[str] = []
    waiting = threading.Thread(target=lambda: told.append(outcome(first, 100)))
    waiting.start()
    wait_until(lambda: places._held == [first])
    assert outcome(incoming(Scripted((0.05, 50)), 50, places=places), 50) == "50"
    assert told == []
    # Another that does not come at once takes it.
    assert outcome(incoming(Scripted((0.4, 50)), 50, places=places, address="192.0.2.3"), 50) == "50"
    slow.let_go.set()
    waiting.join(30)
    assert told == ["Displaced"]
    assert places._held == []
    assert places._trying == []


def wait_until(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.01)


# --- As it is told ----------------------------------------------------------------------------------------------------
def asked(held: Turns, line: Scripted, length: int) -> tuple[str, dict[str, str], str]:
    said: list[Any] = []
    environ = {"wsgi.input": line, "CONTENT_LENGTH": str(length), "REMOTE_ADDR": "192.0.2.1"}
    answer = b"".join(held(environ, lambda status, headers: said.append((status, dict(headers)))))
    return *said[-1], answer.decode()


@pytest.mark.parametrize("length", [100, SMALL + 1])
@pytest.mark.parametrize("does", ["raises", "knows no better"])
def test_who_sent_too_slowly_is_told_whatever_the_application_made_of_it(length: int, does: str) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            environ["wsgi.input"].read()
        except ConnectionError:
            if does == "raises":
                raise
        start_response("403 Forbidden", [])
        return [b"no token"]

    line = Scripted((0, 10))
    status, headers, text = asked(Turns(application, QUICK), line, length)
    line.let_go.set()
    assert status == "408 Request Timeout"
    assert headers["Connection"] == "close"
    assert "trop lentement" in text


def test_who_finds_no_place_is_told_when_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Turns(lambda *_: pytest.fail("it is read"), QUICK)
    monkeypatch.setattr(held, "_places", Places(0, 0, QUICK))
    monkeypatch.setattr(Places, "_who_yields", lambda *_: None)
    status, headers, text = asked(held, Scripted(), 100)
    assert (status, headers["Retry-After"]) == ("503 Service Unavailable", "60")
    assert "en même temps" in text


def test_no_more_threads_wait_than_are_meant_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socle.serving.bodies.MOST_READERS", 1)
    places, line = Places(4, 0, QUICK), Scripted()
    assert outcome(incoming(line, 100, places=places), 100) == "TooSlow"
    # Its thread waits still, as the line was not let go.
    assert outcome(incoming(Scripted((0, 10)), 10, places=places), 10) == "Displaced"
    line.let_go.set()
    wait_until(lambda: len(places.readers._free) == 1)
    assert outcome(incoming(Scripted((0, 10)), 10, places=places), 10) == "10"


def test_a_body_of_nothing_asks_for_no_thread() -> None:
    held = Turns(lambda environ, _: [environ["wsgi.input"].read()])
    environ = {"wsgi.input": Scripted(), "CONTENT_LENGTH": "0"}
    assert list(held(environ, lambda *_: None)) == [b""]
    assert held._places.readers._count == 0
