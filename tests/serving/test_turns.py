"""Whoever has a slow line makes nobody wait: one process of the real web server, and requests that take turns."""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.db import ConnectionHandler, transaction
from django.http import UnreadablePostError

from socle.lib.ports import free_port
from socle.lib.waits import wait_aside
from socle.operations import supervisor
from socle.serving import turns
from socle.serving.turns import RESERVED, SMALL, THREADS, Turns
from tests.disks import filled, small_disk
from tests.operations.test_health import counted
from tests.operations.test_run import wait_for


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where the application of `turning` is served, by one process, with the command of the platform."""
    port, said = free_port(), tmp_path_factory.mktemp("web") / "said"
    command = supervisor.web_server("127.0.0.1", port, 1, grace=1)
    command[command.index("socle.config.wsgi:application")] = "tests.serving.turning:application"
    with said.open("wb") as log:
        running = subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_for(lambda: supervisor.answers("127.0.0.1", port), seconds=180)
        yield port
        # A newcomer reads what it says while it serves: nothing, when all is well. When it is stopped, it may have more
        # to say of lines still held.
        assert said.read_text() == ""
    finally:
        running.terminate()
        running.wait(60)


def ask(port: int, path: str, body: bytes | None = None) -> bytes:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(link):
        link.request("POST" if body is not None else "GET", path, body)
        return link.getresponse().read()


@contextlib.contextmanager
def slow(port: int, said: bytes) -> Iterator[socket.socket]:
    """Someone whose line is slow: so much is said, and nothing more is sent or read."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.settimeout(60)
    line.connect(("127.0.0.1", port))
    with contextlib.closing(line):
        line.sendall(said)
        yield line


@pytest.mark.slow
def test_who_fetches_slowly_makes_nobody_wait(port: int) -> None:
    with contextlib.ExitStack() as lines:
        for _ in range(THREADS - 1):
            line = lines.enter_context(slow(port, b"GET /heavy HTTP/1.1\r\nHost: socle.test\r\n\r\n"))
            assert line.recv(15) == b"HTTP/1.1 200 OK"
        assert ask(port, "/") == b"0"


@pytest.mark.slow
@pytest.mark.parametrize("length", [SMALL, SMALL + 1])
def test_who_sends_slowly_makes_nobody_wait_and_is_heard_to_the_end(port: int, length: int) -> None:
    said = f"POST / HTTP/1.1\r\nHost: socle.test\r\nContent-Length: {length}\r\n\r\n".encode() + bytes(100)
    with contextlib.ExitStack() as lines:
        held = [lines.enter_context(slow(port, said)) for _ in range(THREADS - RESERVED)]
        assert ask(port, "/", bytes(1_000_000)) == b"1000000"
        held[0].sendall(bytes(length - 100))
        answer = http.client.HTTPResponse(held[0])
        answer.begin()
        assert answer.read() == str(length).encode()


@pytest.mark.slow
def test_what_is_computed_is_computed_for_one_at_a_time(port: int) -> None:
    answers: list[bytes] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(port, "/computed"))) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert answers == [b"1"] * 8


# --- Without a server -------------------------------------------------------------------------------------------------
@pytest.fixture(autouse=True)
def links(monkeypatch: pytest.MonkeyPatch) -> Iterator[ConnectionHandler]:
    """Databases of its own: those of the other tests are not carried anywhere."""
    made = ConnectionHandler({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
    monkeypatch.setattr(turns, "connections", made)
    yield made
    made.close_all()


class Pieces:
    """What a web server gives of a body that comes in pieces."""

    def __init__(self, *pieces: bytes, met: Callable[[], Any] = lambda: None) -> None:
        self.pieces, self.met = list(pieces), met

    def read(self, size: int = -1) -> bytes:
        self.met()
        if not self.pieces or size == 0:
            return b""
        piece, rest = self.pieces[0][: size if size >= 0 else None], self.pieces[0][size if size >= 0 else None :]
        self.pieces[:1] = [rest] if rest and size >= 0 else []
        return piece

    def readline(self, size: int = -1) -> bytes:
        return self.read(size)


def run(application: Callable[[dict[str, Any]], Any], **environ: Any) -> Any:
    return Turns(lambda environ, _: application(environ))({"wsgi.input": io.BytesIO(), **environ}, lambda *_: None)


def is_free(held: Turns) -> bool:
    return not held._queue._is_taken


@pytest.mark.parametrize("length", ["9", str(SMALL)])
def test_a_small_body_that_was_cut_is_read_by_nobody(length: str) -> None:
    said: list[str] = []
    held = Turns(lambda *_: pytest.fail("it is read"))
    cut = {"wsgi.input": Pieces(b"a", b"b"), "CONTENT_LENGTH": length}
    assert b"".join(held(cut, lambda status, headers: said.append(status))).decode() == turns.CUT
    assert said == ["400 Bad Request"]
    assert is_free(held)


def test_a_disk_that_takes_nothing_more_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    held = Turns(lambda *_: pytest.fail("it is read"))
    with small_disk(1) as disk, filled(disk):
        monkeypatch.setattr(tempfile, "tempdir", str(disk))
        sent = {"wsgi.input": Pieces(b"x" * 2_000_000), "CONTENT_LENGTH": "2000000"}
        assert "plein" in b"".join(held(sent, lambda status, headers: said.append(status))).decode()
    assert said == ["507 Insufficient Storage"]
    assert is_free(held)


def test_a_photograph_is_read_again_and_again_within_its_turn() -> None:
    sent = {"wsgi.input": Pieces(*[b"x" * 500_000] * 6), "CONTENT_LENGTH": "3000000"}

    def application(environ: dict[str, Any]) -> Any:
        lengths = [len(environ["wsgi.input"].read(2_000_000)) for _ in range(3)]
        environ["wsgi.input"].seek(0)
        return [*lengths, len(environ["wsgi.input"].read())]

    assert run(application, **sent) == [2_000_000, 1_000_000, 0, 3_000_000]


@pytest.mark.parametrize("read", ["read()", "read(4)", "read(SMALL * 2)", "readline()"])
def test_another_that_was_cut_raises_where_it_is_read(read: str) -> None:
    cut = {"wsgi.input": Pieces(b"ab", b"cd"), "CONTENT_LENGTH": str(SMALL + 1)}

    def application(environ: dict[str, Any]) -> Any:
        while eval(f"body.{read}", {"body": environ["wsgi.input"], "SMALL": SMALL}):
            wait_aside()

    with pytest.raises(ConnectionError, match="ended before"):
        run(application, **cut)


def test_what_came_whole_is_read_to_its_length_and_not_beyond() -> None:
    whole = {"wsgi.input": Pieces(b"ab", b"c" * SMALL), "CONTENT_LENGTH": str(SMALL + 2)}
    parts = run(lambda environ: [environ["wsgi.input"].read(size) for size in (3, 0, -1, -1, 5)], **whole)
    assert [len(part) for part in parts] == [3, 0, SMALL - 1, 0, 0]


def test_django_knows_a_file_that_was_cut(rf: Any, settings: Any) -> None:
    # The other leaves its file open, to be collected.
    settings.FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
    begun = b'--B\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\n' + b"x" * 100_000
    kind = {"CONTENT_TYPE": "multipart/form-data; boundary=B", "REQUEST_METHOD": "POST"}
    cut = {"wsgi.input": Pieces(begun), "CONTENT_LENGTH": str(SMALL + 1)}
    with pytest.raises(UnreadablePostError):
        run(lambda environ: WSGIRequest({**rf._base_environ(), **environ, **kind}).FILES, **cut)


@pytest.mark.parametrize("announced", ["", "-5", "douze", "٣", "9" * 5000, None])
def test_a_length_that_says_nothing_is_left_to_the_application(announced: str | None) -> None:
    body = Pieces(b"abc")
    read = lambda environ: (body.pieces[:], environ["wsgi.input"].read(2))  # noqa: E731
    assert run(read, **{"wsgi.input": body, "CONTENT_LENGTH": announced}) == ([b"abc"], b"ab")


@pytest.mark.parametrize("way", ["read", "readline"])
def test_the_turn_is_given_up_before_a_body_is_waited_for_and_never_twice(way: str) -> None:
    seen: list[bool] = []

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        seen.append(is_free(held))
        getattr(environ["wsgi.input"], way)()
        # Another has it meanwhile: it stays theirs when this request ends.
        held._queue.take()
        return []

    held = Turns(application)
    held({"wsgi.input": Pieces(b"x", met=lambda: seen.append(is_free(held)))}, lambda *_: None)
    assert seen == [False, True]
    assert not is_free(held)


def test_the_turn_passes_on_after_an_answer_and_after_a_failure() -> None:
    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/fails":
            raise OSError("no")
        return leaving()

    def leaving() -> Iterator[bytes]:
        yield str(is_free(held)).encode()

    held = Turns(application)
    with pytest.raises(OSError, match="no"):
        held({"wsgi.input": io.BytesIO(), "PATH_INFO": "/fails"}, lambda *_: None)
    # What leaves piece by piece leaves without it.
    assert list(held({"wsgi.input": io.BytesIO(), "PATH_INFO": "/"}, lambda *_: None)) == [b"True"]


def test_how_long_a_request_waits_for_its_turn_is_counted() -> None:
    held = Turns(lambda *_: [])
    counts = [counted("socle_turn_seconds_count"), counted("socle_turn_seconds_bucket", le="0.001")]
    held._queue.take()
    waiting = threading.Thread(target=held, args=({"wsgi.input": io.BytesIO()}, lambda *_: None))
    waiting.start()
    waiting.join(0.05)
    held._queue.give()
    waiting.join(60)
    # The first one waited for nobody, the other one did.
    assert counted("socle_turn_seconds_count") == counts[0] + 2
    assert counted("socle_turn_seconds_bucket", le="0.001") == counts[1] + 1


def in_turn(application: Callable[[dict[str, Any]], Any], count: int, **environ: Any) -> None:
    """Serve so many requests, each in a thread of its own, one after the other."""
    held = Turns(lambda environ, _: application(environ))
    for _ in range(count):
        one = threading.Thread(target=held, args=({"wsgi.input": io.BytesIO(), **environ}, lambda *_: None))
        one.start()
        one.join(60)


@pytest.mark.django_db
def test_a_process_keeps_one_connection_whatever_the_thread(links: ConnectionHandler) -> None:
    seen: list[Any] = []

    def application(environ: dict[str, Any]) -> Iterable[bytes]:
        with links["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
        seen.append(links["default"])
        return []

    in_turn(application, 3)
    assert len(seen) == 3
    assert seen[0] is seen[1] is seen[2]


@pytest.mark.django_db
@pytest.mark.parametrize("is_amid_a_transaction", [False, True])
def test_who_goes_on_without_the_turn_has_a_connection_of_its_own_and_closes_it(
    links: ConnectionHandler, is_amid_a_transaction: bool
) -> None:
    closed: list[Any] = []
    used: list[tuple[Any, Any]] = []

    def application(environ: dict[str, Any]) -> Iterable[bytes]:
        before = links["default"]
        before.close = lambda: closed.append(before)
        with transaction.atomic() if is_amid_a_transaction else contextlib.nullcontext():
            environ["wsgi.input"].read()
            after = links["default"]
        after.close = lambda: closed.append(after)
        used.append((before, after))
        return []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transaction, "connections", links)
        in_turn(application, 2, **{"wsgi.input": Pieces()})
    (first, own), (second, other) = used
    # A transaction keeps its connection to its end; else it went to the next.
    assert (own is first) == is_amid_a_transaction
    assert (second is first) == (not is_amid_a_transaction)
    assert closed == [own, other]


@pytest.mark.usefixtures("db")
def test_who_waits_for_another_process_lets_the_next_one_be_answered() -> None:
    """A file of anybody's is read by a process of its own: nobody else waits meanwhile."""
    second_answered = threading.Event()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/reads":
            wait_aside()
            assert second_answered.wait(20)
        start_response("200 OK", [])
        return [b""]

    taken = Turns(application)

    def request(path: str) -> None:
        taken({"PATH_INFO": path, "CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO()}, lambda *_: None)

    first = threading.Thread(target=request, args=("/reads",))
    first.start()
    other = threading.Thread(target=lambda: (request("/"), second_answered.set()))
    other.start()
    for thread in (other, first):
        thread.join(30)
    assert second_answered.is_set()
    # Out of a request, there is no turn to give up.
    wait_aside()
