"""The antivirus: the same questions to the twin and to Debian's clamd; then all that a false one may answer."""

from __future__ import annotations

import contextlib
import io
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from socle.documents.contract import Scanner, ScannerError, Unreachable, Unread
from socle.engines.clamd.engine import Clamd
from socle.engines.simulated.scanner import PIECE, TRIAL, SimulatedScanner
from tests.conftest import tool


@pytest.fixture(scope="session")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Debian's clamd with one signature, ours: nothing is downloaded. Returns the path where it listens."""
    program = tool("clamd")
    folder = tmp_path_factory.mktemp("clamd")
    (folder / "signatures").mkdir()
    (folder / "signatures" / "essai.ndb").write_text(f"Socle.Essai:0:*:{TRIAL.hex()}\n")
    listens = folder / "clamd.ctl"
    (folder / "clamd.conf").write_text(
        f"LocalSocket {listens}\nDatabaseDirectory {folder / 'signatures'}\nTemporaryDirectory {folder}\n"
        f"LogFile {folder / 'clamd.log'}\nForeground yes\nStreamMaxLength 1M\nMaxThreads 2\n"
    )
    running = subprocess.Popen(
        [program, "--config-file", str(folder / "clamd.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_until(lambda: _answers(listens), running, folder / "clamd.log")
        yield listens
    finally:
        running.terminate()
        running.wait(30)


def _answers(listens: Path) -> bool:
    with contextlib.suppress(ScannerError):
        Clamd(str(listens), timeout=60).check()
        return True
    return False


def _wait_until(is_ready: Callable[[], bool], running: subprocess.Popen[bytes], said: Path) -> None:
    deadline = time.monotonic() + 60
    while not is_ready():
        assert running.poll() is None, said.read_text()
        assert time.monotonic() < deadline, said.read_text()
        time.sleep(0.05)


class ScannerContract:
    """What every antivirus answers."""

    def test_it_says_that_it_answers(self, scanner: Scanner) -> None:
        assert scanner.check().version

    def test_a_clean_file_is_clean_whatever_its_size(self, scanner: Scanner) -> None:
        for content in (b"", b"x", b"%PDF-1.7 " * 50_000):
            assert scanner.scan(io.BytesIO(content)) is None

    def test_what_is_harmful_is_named_wherever_it_is(self, scanner: Scanner) -> None:
        for before in (0, 10, PIECE - 20):
            assert "E" in (scanner.scan(io.BytesIO(b"." * before + TRIAL + b".\n")) or "")

    def test_several_files_are_read_at_once(self, scanner: Scanner) -> None:
        found: list[str | None] = []
        threads = [
            threading.Thread(target=lambda content=content: found.append(scanner.scan(io.BytesIO(content))))
            for content in (TRIAL, b"clean", TRIAL, b"clean")
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert [bool(one) for one in sorted(found, key=str)].count(True) == 2
        assert len(found) == 4


class TestTheTwin(ScannerContract):
    @pytest.fixture
    def scanner(self) -> Scanner:
        return SimulatedScanner()


class TestRealClamd(ScannerContract):
    @pytest.fixture
    def scanner(self, clamd: Path) -> Scanner:
        return Clamd(str(clamd))

    def test_a_file_it_does_not_read_whole_is_not_called_clean(self, scanner: Scanner) -> None:
        for size in (1024 * 1024 + 1, 20 * 1024 * 1024):
            with pytest.raises(ScannerError) as failure:
                scanner.scan(io.BytesIO(bytes(size)))
            # Closed while we were still writing, its answer may be lost on the way: no answer is a refusal too.
            assert isinstance(failure.value, Unread | Unreachable)

    def test_one_signature_of_ours_says_no_date(self, scanner: Scanner) -> None:
        assert scanner.check().signatures_at is None


# --- What is not clamd, or no longer is -------------------------------------------------------------------------------
@contextlib.contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does this with whoever calls; yields where it listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    line, _ = server.accept()
                    with line, contextlib.suppress(OSError):
                        answer(line)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def after_reading(said: bytes) -> Callable[[socket.socket], None]:
    """Read a whole question, as clamd does, then say this."""

    def answer(line: socket.socket) -> None:
        asked = line.makefile("rb")
        command = b""
        while not command.endswith(b"\0"):
            command += asked.read(1)
        if command == b"zINSTREAM\0":
            while size := struct.unpack("!L", asked.read(4))[0]:
                asked.read(size)
        line.sendall(said)
        asked.close()

    return answer


@pytest.mark.parametrize(
    "said",
    [
        b"", b"\0", b"stream: OK", b"stream: OK\n", b"OK\0", b"stream: \0", b"stream: OK\0stream: OK\0", b"x" * 9000,
        b"stream: lstat() failed: No such file. ERROR\0", b"HTTP/1.1 200 OK\r\n\r\n\0", b"\xff\xfe\0",
        b"INSTREAM size limit exceeded. ERROR\0", b"UNKNOWN COMMAND\0",
    ],
)  # fmt: skip
def test_whatever_is_not_the_word_of_clamd_is_never_a_clean_file(said: bytes) -> None:
    with answering(after_reading(said)) as place, pytest.raises(ScannerError) as failure:
        Clamd(place, timeout=60).scan(io.BytesIO(b"clean"))
    assert failure.value.sentence.endswith(".")


def test_what_it_names_is_shown_without_what_could_act() -> None:
    with answering(after_reading(b"stream: Win.<script>\n\x1b[31m" + b"a" * 300 + b" FOUND\0")) as place:
        named = Clamd(place, timeout=60).scan(io.BytesIO(b"x"))
    assert named is not None
    assert named.startswith("Win.?script????31m")
    assert len(named) == 100


@pytest.mark.slow
def test_who_never_answers_or_reads_makes_nobody_wait_for_ever() -> None:
    left, waited_for = threading.Event(), []

    def silent(line: socket.socket) -> None:
        waited_for.append(not left.wait(30))

    def dripping(line: socket.socket) -> None:
        for _ in range(600):
            if left.wait(0.05):
                return
            line.sendall(b"x")
        waited_for.append(True)

    for answer in (silent, dripping):
        with answering(answer) as place:
            with pytest.raises(Unreachable):
                Clamd(place, timeout=0.3).scan(io.BytesIO(bytes(20_000_000)))
            left.set()
        left.clear()
    assert not any(waited_for)


def test_where_nobody_listens_and_what_is_no_place_are_told_apart(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for nobody in (str(tmp_path / "clamd.ctl"), f"127.0.0.1:{port}"):
        with pytest.raises(Unreachable, match="ne répond pas"):
            Clamd(nobody).check()
    for wrong in (
        "clamd",
        "127.0.0.1",
        "127.0.0.1:0",
        "127.0.0.1:99999",
        "http://127.0.0.1:3310",
        " :1",
        "relatif/clamd.ctl",
    ):
        with pytest.raises(ScannerError, match="ni un chemin") as failure:
            Clamd(wrong).check()
        assert not isinstance(failure.value, Unreachable)


@pytest.mark.parametrize(
    ("said", "version", "at"),
    [
        (b"ClamAV 1.4.6/27814/Mon Nov 23 08:24:31 2026\0", "1.4.6", datetime(2026, 11, 23, 7, 24, 31, tzinfo=UTC)),
        (b"ClamAV 1.4.6/27814/Sun Nov  1 08:24:31 2026\0", "1.4.6", datetime(2026, 11, 1, 7, 24, 31, tzinfo=UTC)),
        (b"ClamAV 1.4.6/27814/lun. nov. 23\0", "1.4.6", None),
        (b"ClamAV 1.4.6/27814/Mon Feb 31 08:24:31 2026\0", "1.4.6", None),
        (b"ClamAV 1.4.6\0", "1.4.6", None),
    ],
)
def test_the_age_of_its_signatures_is_read_when_it_tells(said: bytes, version: str, at: datetime | None) -> None:
    with answering(after_reading(said)) as place:
        known = Clamd(place, timeout=60).check()
    assert (known.version, known.signatures_at) == (version, at)


def test_what_answers_without_being_clamd_is_found_out() -> None:
    with answering(after_reading(b"+PONG\0")) as place, pytest.raises(Unreachable, match="n’est pas clamd"):
        Clamd(place, timeout=60).check()
