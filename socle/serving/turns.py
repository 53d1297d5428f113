"""One request at a time in each process, and as many as need be that wait for the network.

Python answers best, and most steadily, one request at a time. But whoever sends or fetches a heavy file over a slow
line would keep the process for minutes, and a few of them the whole platform. So each process has several threads and
one turn: a request takes it once its body has come, in the order of arrival, and gives it up for good as soon as it
waits for the network, when it reads a body too heavy to be kept, or once its answer is made and has only to leave.
How slowly a body may come, and how many may be coming at once, is said in `bodies`.

A body that ends before the length it announced was cut on its way, and half of a form or of a file is nobody's: a small
one is refused before anything reads it, and another raises `ConnectionError` where it is read, which Django knows. So
does one that came too slowly; whatever the application made of it, who sent it is told why.

The turn is never asked for twice: no thread that holds something else waits for it. The connections to the databases go
with it, from thread to thread: a process keeps one, as if it had one thread. Who goes on without the turn has its own,
until it ends.
"""

from __future__ import annotations

import io
import threading
from collections import deque
from collections.abc import Callable, Iterable
from tempfile import SpooledTemporaryFile
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from socle.lib.waits import giving_up
from socle.serving.bodies import TOO_MANY, TOO_SLOW, Displaced, Incoming, Patience, Places, TooSlow

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

# How many requests one process holds at once, all but one of them waiting for the network; how many of those no body
# may take that has not come whole, and how many of these, when all others are taken, are lent for a moment to see
# whether one comes.
THREADS, RESERVED, TRIALS = 24, 4, 2
# Bytes: what a form, a document or a photograph weighs. It is waited for before the turn and answered within it: a
# photograph takes more memory once it is opened, and one is opened at a time.
SMALL = 10 * 2**20
# Bytes of it that are held in memory; the rest is on the disk meanwhile.
IN_MEMORY = 2**20
PIECE = 256 * 1024
CUT = "Cet envoi n’est pas arrivé en entier\u00a0: recommencez."
CUT_SHORT = "the body ended before its announced length"
NO_SPACE = (
    "Le disque de la plateforme est plein\u00a0: rien n’est enregistré. Prévenez l’opérateur, réessayez plus tard."
)


def peer(environ: Environ) -> str:
    """Return the address at the other end of the line."""
    return str(environ.get("REMOTE_ADDR", ""))


class Turns:
    """A WSGI application whose requests take turns. `sender`: the address of who sends, by what it says."""

    def __init__(
        self,
        application: Application,
        patience: Patience | None = None,
        *,
        sender: Callable[[Environ], str] = peer,
    ) -> None:
        self._application, self._sender = application, sender
        self._queue = _Queue()
        self._places = Places(THREADS - RESERVED, TRIALS, patience or Patience())

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        said = environ.get("CONTENT_LENGTH") or ""
        length = int(said) if said.isascii() and said.isdigit() and len(said) < 18 else None
        is_small = length is not None and length <= SMALL
        turn = _Turn(self._queue)
        incoming = Incoming(
            environ["wsgi.input"],
            self._places,
            length=length,
            whole_in=self._places.patience.whole_in if is_small else None,
            address=lambda: self._sender(environ),
        )
        body = _Body(incoming, turn, length)
        try:
            with SpooledTemporaryFile(IN_MEMORY) as kept:
                if is_small:
                    try:
                        while piece := body.read(PIECE):
                            kept.write(piece)
                    except OSError as failure:
                        return _refused(failure, start_response)
                    kept.seek(0)
                    environ["wsgi.input"] = kept
                else:
                    environ["wsgi.input"] = body
                with turn:
                    return self._answered(environ, start_response, body)
        finally:
            incoming.leave()

    def _answered(self, environ: Environ, start_response: Callable[..., Any], body: _Body) -> Iterable[bytes]:
        try:
            answer = _whole(self._application(environ, start_response))
        except ConnectionError:
            if body.refused is None:
                raise
            return _refused(body.refused, start_response)
        if body.refused is None:
            return answer
        # It was told of a body that was cut, and knows no better.
        if hasattr(answer, "close"):
            answer.close()
        return _refused(body.refused, start_response)


class _Queue:
    """A lock given in the order in which it was asked for, with what goes with it."""

    def __init__(self) -> None:
        # Read after the settings, which say where each process writes what it counts.
        from socle.lib.counters import TURN_SECONDS

        self._waited = TURN_SECONDS
        self._guard = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Lock] = deque()
        self.links: list[BaseDatabaseWrapper] = []

    def take(self) -> None:
        with self._waited.time():
            self._take()

    def _take(self) -> None:
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()

    def give(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False


class _Turn:
    """The turn of one request: taken on entering, given up on leaving at the latest."""

    def __init__(self, queue: _Queue) -> None:
        self._queue = queue
        self._is_held = False

    def __enter__(self) -> _Turn:
        # What an answer that left piece by piece had asked of a database.
        _close_all()
        self._queue.take()
        self._is_held = True
        for link in self._queue.links:
            connections[link.alias] = link
        giving_up(self.give_up)
        return self

    def __exit__(self, *error: object) -> None:
        giving_up(None)
        self.give_up()
        # What it opened after its turn, or kept because a transaction was open.
        _close_all()

    def give_up(self) -> None:
        """Let the next request in. Only its first call counts."""
        if not self._is_held:
            return
        self._is_held = False
        try:
            self._queue.links = [link for link in _links() if not link.in_atomic_block]
            for link in self._queue.links:
                if not link.allow_thread_sharing:
                    link.inc_thread_sharing()
                del connections[link.alias]
        finally:
            self._queue.give()


class _Body(io.IOBase):
    """A body as the web server gives it, for which the turn is given up before it is waited for.

    `length`: how many bytes were announced; None when the server alone knows where it ends.
    """

    def __init__(self, incoming: Incoming, turn: _Turn, length: int | None) -> None:
        self._incoming, self._turn, self._left = incoming, turn, length
        # Why no more of it is waited for.
        self.refused: TooSlow | Displaced | None = None

    def read(self, size: int | None = -1) -> bytes:
        """Read so many bytes, or all; fewer at the end only. Raises `ConnectionError` when the body was cut."""
        self._turn.give_up()
        wanted = None if size is None or size < 0 else size
        if self._left is not None:
            wanted = self._left if wanted is None else min(self._left, wanted)
        if wanted == 0:
            return b""
        piece = self._waited_for(lambda: self._incoming.read(wanted))
        if self._left is not None:
            self._left -= len(piece)
            if len(piece) != wanted:
                raise ConnectionError(CUT_SHORT)
        return piece

    def readline(self, size: int | None = -1) -> bytes:
        """Read to the end of a line, or so many bytes of it. Raises `ConnectionError` when the body was cut."""
        self._turn.give_up()
        line = self._waited_for(lambda: self._incoming.readline(*_bounds(size)))
        if self._left and size != 0:
            if not line:
                raise ConnectionError(CUT_SHORT)
            self._left -= len(line)
        return line

    def _waited_for(self, ask: Callable[[], bytes]) -> bytes:
        if self.refused is not None:
            raise self.refused
        try:
            return ask()
        except (TooSlow, Displaced) as refused:
            self.refused = refused
            raise


def _bounds(size: int | None) -> tuple[int, ...]:
    """Return a size as the web server takes it: it knows no negative one."""
    return () if size is None or size < 0 else (size,)


def _refused(failure: OSError, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer whoever sent a body that did not come whole, if they are still there, or is too big for the disk."""
    status, sentence, headers = "507 Insufficient Storage", NO_SPACE, []
    if isinstance(failure, TooSlow):
        status, sentence, headers = "408 Request Timeout", TOO_SLOW, [("Connection", "close")]
    elif isinstance(failure, Displaced):
        status, sentence = "503 Service Unavailable", TOO_MANY
        headers = [("Connection", "close"), ("Retry-After", "60")]
    elif isinstance(failure, ConnectionError):
        status, sentence = "400 Bad Request", CUT
    body = sentence.encode()
    start_response(
        status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body))), *headers]
    )
    return [body]


def _whole(answer: Iterable[bytes]) -> Iterable[bytes]:
    """Take an answer of Django’s that does not leave piece by piece, so that nothing is left to do after the turn."""
    if getattr(answer, "streaming", True):
        return answer
    try:
        return [b"".join(answer)]
    finally:
        answer.close()  # type: ignore[attr-defined]


def _links() -> list[BaseDatabaseWrapper]:
    """The connections this thread has."""
    return list(connections.all(initialized_only=True))


def _close_all() -> None:
    for link in _links():
        link.close()
        del connections[link.alias]
