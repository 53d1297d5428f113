"""How slowly a body may come, and whose yields when too many come at once.

The web server lets nobody stop waiting for a body: whoever reads it waits until its bytes are there. So it is read in
a thread beside (`_Readers`), and whoever needs it waits for that one no longer than `Patience` says: a line that does
not keep the least rate is told so, and its thread answers somebody else. The thread beside ends once the server in
front, told of the refusal, lets the line go.

A body that has not come whole holds a place (`Places`), and there are fewer places than threads: whoever sends nothing
always finds one. When they are all held, the address that holds the most of them yields its slowest; an address that
sends slowly by the dozen makes room for the others, and a whole mairie behind one address has them all meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

# Bytes read at once: few while the line is slow, so that what comes is seen; more of a quick one. The rate is judged a
# piece late: so many bytes at the least rate are the seconds it may add.
FIRST_PIECE, MOST_PIECE = 4096, 64 * 1024
QUICK = 0.25
# Threads beside: more than there are places, for those that wait for a line already refused, when the server in front
# does not let it go. Beyond, nothing more is read until some end.
MOST_READERS = 256
TOO_SLOW = (
    "Cet envoi est arrivé trop lentement\u00a0: rien n’est enregistré. "
    "Recommencez avec un fichier plus léger ou une meilleure connexion."
)
TOO_MANY = "Trop d’envois arrivent en même temps\u00a0: rien n’est enregistré. Recommencez dans une minute."


class TooSlow(ConnectionError):
    """The body did not come at the least rate, or not whole in time."""


class Displaced(ConnectionError):
    """Too many bodies were coming at once, and this one yielded."""


@dataclass(frozen=True)
class Patience:
    """How long a body is waited for."""

    # Bytes a second, over so many seconds: what is sent above it pays no more than that for a silence.
    rate: int = 2000
    over: float = 20.0
    # Seconds in which a small body comes whole; the rate alone holds another.
    whole_in: float = 120.0
    # Seconds given to a body to come whole before another yields its place to it: most take a few thousandths.
    trial: float = 0.25
    # Once it has been coming for so long, a body under so many bytes a second yields to one of its own address.
    settled: float = 2.0
    slow: int = 8000


class Places:
    """The bodies that are coming to one process, and who yields when they are too many.

    `most`: how many may come at once; `trials`: how many more may be given the time to come whole.
    """

    def __init__(self, most: int, trials: int, patience: Patience) -> None:
        self._most, self._trials, self.patience = most, trials, patience
        self._guard = threading.Lock()
        self._held: list[Incoming] = []
        self._trying: list[Incoming] = []
        self.readers = _Readers()

    def enter(self, one: Incoming) -> bool:
        """Give a place to a body that begins to come; False when it is only tried. Raises `Displaced`."""
        with self._guard:
            if len(self._held) >= self._most and len(self._trying) < self._trials:
                self._trying.append(one)
                return False
            self._hold(one)
            return True

    def settle(self, one: Incoming) -> None:
        """Give a place to a body that was tried and did not come whole. Raises `Displaced`."""
        with self._guard:
            self._trying.remove(one)
            self._hold(one)

    def leave(self, one: Incoming) -> None:
        """It has come, or it is no longer waited for."""
        with self._guard:
            for among in (self._held, self._trying):
                if one in among:
                    among.remove(one)

    def _hold(self, newcomer: Incoming) -> None:
        if len(self._held) >= self._most:
            yielding = self._who_yields(newcomer)
            if yielding is None:
                raise Displaced
            self._held.remove(yielding)
            yielding.displace()
        self._held.append(newcomer)

    def _who_yields(self, newcomer: Incoming) -> Incoming | None:
        """The slowest of the address that holds the most places; None when the newcomer is of it, and none is slow."""
        counts = Counter(one.address for one in self._held)
        most = max(counts.values())
        crowd = [one for one in self._held if counts[one.address] == most]
        if counts[newcomer.address] < most:
            return min(crowd, key=lambda one: (one.pace(), -one.age()))
        slowest = min((one for one in crowd if one.address == newcomer.address), key=lambda one: one.pace())
        return slowest if slowest.pace() < self.patience.slow else None


class Incoming:
    """One body that comes: what is read of it is waited for with patience, and it holds a place until it has come.

    `length`: the bytes announced, None when the server alone knows; `whole_in`: the seconds in which it comes whole.
    """

    def __init__(
        self,
        source: Any,
        places: Places,
        *,
        length: int | None,
        whole_in: float | None,
        address: Callable[[], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source, self._places, self._length, self._clock = source, places, length, clock
        self._whole_in, self._address = whole_in, address
        self._patience = places.patience
        self._came = 0
        self._began: float | None = None
        self._is_tried = self._is_displaced = self._is_left = False
        self._woken = threading.Event()
        # Since when something is awaited, how many bytes of it, and the seconds of silence left before it.
        self._awaited = (0.0, 0, self._patience.over)
        self._known_address: str | None = None

    @property
    def address(self) -> str:
        """Who sends it, looked for when somebody has to yield."""
        if self._known_address is None:
            self._known_address = self._address()
        return self._known_address

    def age(self) -> float:
        """The seconds since it began to come."""
        return self._clock() - (self._began or 0.0)

    def pace(self) -> float:
        """Bytes a second since it began; infinite while it is too young to be judged."""
        age = self.age()
        return self._came / age if age >= self._patience.settled else float("inf")

    def displace(self) -> None:
        """Let it know that it yields."""
        self._is_displaced = True
        self._woken.set()

    def read(self, size: int | None) -> bytes:
        """Read so many bytes, or to the end; fewer at the end only. Raises `TooSlow`, `Displaced`."""
        return self._waited_for(lambda: self._gather(size))

    def readline(self, *bounds: int) -> bytes:
        """Read as the web server reads a line. Raises `TooSlow`, `Displaced`."""
        return self._waited_for(lambda: self._one(FIRST_PIECE, lambda: self._source.readline(*bounds)))

    def leave(self) -> None:
        """Nothing more of it is waited for."""
        if not self._is_left and self._began is not None:
            self._is_left = True
            self._places.leave(self)

    def _waited_for(self, ask: Callable[[], bytes]) -> bytes:
        if self._is_displaced:
            raise Displaced
        found: list[bytes | BaseException] = []

        def answered() -> None:
            try:
                found.append(ask())
            except BaseException as failure:  # Told to whoever waits.
                found.append(failure)
            self._woken.set()

        try:
            if self._began is None:
                self._began = self._clock()
                self._is_tried = not self._places.enter(self)
            self._awaited = (self._clock(), FIRST_PIECE, self._awaited[2])
            self._woken.clear()
            self._places.readers.ask(answered)
            while not found:
                self._woken.wait(max(0.0, self._until() - self._clock()))
                self._woken.clear()
                if not found:
                    self._judge()
        except ConnectionError:
            self.leave()
            raise
        if isinstance(found[0], BaseException):
            raise found[0]
        if self._came == self._length:
            self.leave()
        return found[0]

    def _until(self) -> float:
        """When it is to be looked at again, if nothing comes."""
        since, bytes_awaited, silence = self._awaited
        until = since + silence + bytes_awaited / self._patience.rate
        assert self._began is not None
        if self._whole_in is not None:
            until = min(until, self._began + self._whole_in)
        return min(until, self._began + self._patience.trial) if self._is_tried else until

    def _judge(self) -> None:
        if self._is_displaced:
            raise Displaced
        if self._clock() < self._until():
            return
        if self._is_tried:
            self._is_tried = False
            self._places.settle(self)
            return
        raise TooSlow

    # --- In the thread beside ----------------------------------------------------------------------------------------
    def _gather(self, size: int | None) -> bytes:
        pieces: list[bytes] = []
        left, asked = size, FIRST_PIECE
        while left != 0 and not self._is_left:
            wanted = asked if left is None else min(asked, left)
            before = self._clock()
            piece = self._one(wanted, lambda wanted=wanted: self._source.read(wanted))  # type: ignore[misc]
            if not piece:
                break
            pieces.append(piece)
            if self._length is None and len(piece) < wanted:
                break  # The web server gives fewer at the end only.
            left = None if left is None else left - len(piece)
            asked = min(asked * 2, MOST_PIECE) if self._clock() - before < QUICK else FIRST_PIECE
        return b"".join(pieces)

    def _one(self, wanted: int, ask: Callable[[], Any]) -> bytes:
        """Ask the web server once, and count what silence its line may still keep."""
        since, silence = self._clock(), self._awaited[2]
        self._awaited = (since, wanted, silence)
        piece = bytes(ask())
        now = self._clock()
        silence = min(self._patience.over, silence - (now - since) + len(piece) / self._patience.rate)
        self._came += len(piece)
        self._awaited = (now, FIRST_PIECE, silence)
        return piece


class _Readers:
    """Threads beside, that wait for bodies; one that is free serves the next."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._free: list[SimpleQueue[Callable[[], None]]] = []
        self._count = 0

    def ask(self, job: Callable[[], None]) -> None:
        """Have this done beside. Raises `Displaced` when too many wait for lines that nobody lets go."""
        with self._guard:
            if self._free:
                self._free.pop().put(job)
                return
            if self._count >= MOST_READERS:
                raise Displaced
            self._count += 1
        jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        jobs.put(job)
        threading.Thread(target=self._serve, args=(jobs,), daemon=True).start()

    def _serve(self, jobs: SimpleQueue[Callable[[], None]]) -> None:
        while True:
            jobs.get()()
            with self._guard:
                self._free.append(jobs)
