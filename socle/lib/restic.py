"""Runs restic, the program of the backups: its process, its environment, its end, and what its failures mean.

Neither a passphrase nor the keys of a storage are ever on a command line, which every person of the machine reads: the
first is in a file or in the environment of the process, the second in that environment. Whoever runs it says what a
failure is in sentences of its own, for its own people (`Failed.kind`).
"""

from __future__ import annotations

import contextlib
import enum
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from socle.lib.children import die_with_parent

# What restic answers (its manual, « Exit codes »).
INCOMPLETE = 3
NOT_HERE = "restic n’est pas sur cette machine. Sous Debian\u00a0: apt-get install restic"
# Nothing of ours is given to it, and nothing that would name another repository.
KEPT_FROM_IT = ("RESTIC_", "AWS_", "SOCLE_")
# How much is kept of its complaints, and of the end of what it said.
MOST_ERRORS, TAIL = 1 << 20, 4096


class Kind(enum.Enum):
    """Why a run failed."""

    ABSENT = enum.auto()
    WRONG_KEY = enum.auto()
    NO_REPOSITORY = enum.auto()
    LOCKED = enum.auto()
    FULL = enum.auto()
    NO_ACCESS = enum.auto()  # The storage refuses our keys.
    NO_ANSWER = enum.auto()
    NO_RIGHT = enum.auto()
    MISSING = enum.auto()  # A save without a file that it announces.
    DAMAGED = enum.auto()  # What is there is not what was written.
    LATE = enum.auto()
    ENDLESS = enum.auto()
    OTHER = enum.auto()


CODES = {10: Kind.NO_REPOSITORY, 11: Kind.LOCKED, 12: Kind.WRONG_KEY}
# What it says, in the order in which it is read.
WORDS = (
    (Kind.WRONG_KEY, r"wrong password"),
    (Kind.LOCKED, r"already locked"),
    (Kind.FULL, r"no space left|disk quota|file too large|storagefull"),
    (Kind.NO_ACCESS, r"access ?denied|invalidaccesskey|signaturedoesnotmatch|access key|forbidden"),
    (Kind.NO_ANSWER, r"connection refused|no such host|i/o timeout|network is unreachable"),
    (Kind.NO_RIGHT, r"permission denied|read-only file system"),
    (Kind.MISSING, r"path .*: not found|cannot dump(?!.*cannot load)|not a directory"),
    (
        Kind.DAMAGED,
        r"invalid data returned|ciphertext verification|does not match|not found in|unable to load|unexpected eof|"
        r"damaged|corrupt|repository contains errors|pack .* (?:missing|contains)|no such file|load\(<|truncated|"
        r"is not a valid|invalid character|panic: |goroutine |unable to open (?:config|repository)|wrong hash|checksum|"
        r"is there a repository|blob .* not found|(?:failed to|cannot) load|unexpected end",
    ),
)
# A storage that will not have us is asked again for a quarter of an hour, unless restic is stopped there.
KNOCKS = (
    (Kind.NO_REPOSITORY, re.compile(r"retrying after.*bucket does not exist", re.IGNORECASE)),
    (Kind.NO_ACCESS, re.compile(r"retrying after .*(?:signature|access ?(?:key|denied)|forbidden)", re.IGNORECASE)),
)


class Failed(Exception):
    """A run of restic failed: `kind` says why, `code` is its exit code, `lines` what it said, which quotes anything."""

    def __init__(self, code: int = 0, lines: Sequence[str] = (), *, kind: Kind | None = None) -> None:
        self.code, self.lines = code, tuple(lines)
        self.kind = kind or CODES.get(code) or _kind_of("\n".join(lines).lower())
        super().__init__(f"restic: {self.kind.name.lower()} (code {code})")

    @property
    def last(self) -> str:
        """The last thing that it said."""
        told = [line.strip() for line in "\n".join(self.lines).splitlines() if line.strip()]
        return (told[-1] if told else "sans explication")[:300]


def _kind_of(said: str) -> Kind:
    return next((kind for kind, words in WORDS if re.search(words, said)), Kind.OTHER)


def is_here() -> bool:
    """Whether restic is on this machine."""
    return shutil.which("restic") is not None


class Restic:
    """One repository, as restic names it, opened by a passphrase or by the file that holds it. Raises Failed."""

    def __init__(
        self,
        repository: str,
        *,
        key: str = "",
        password_file: Path | None = None,
        cache_dir: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        found = shutil.which("restic")
        if found is None:
            raise Failed(kind=Kind.ABSENT)
        self._line = [found, "--repo", repository]
        self._line += ["--password-file", str(password_file)] if password_file else []
        self._line += ["--cache-dir", str(cache_dir)] if cache_dir else ["--no-cache"]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(KEPT_FROM_IT)}
        # One message of progress a second is plenty.
        self._environment = {**kept, "LC_ALL": "C.UTF-8", "RESTIC_PROGRESS_FPS": "1", **(environment or {})}
        if key:
            self._environment["RESTIC_PASSWORD"] = key
        # What the last run complained of, whether it failed or not.
        self.errors: list[dict[str, Any]] = []

    def run(
        self,
        arguments: Sequence[str],
        *,
        timeout: float | None = None,
        most_bytes: int | None = None,
        gives_up: bool = False,
    ) -> bytes:
        """Run to its end, and return what it said; `most_bytes` bounds it, for the rest see `stream`."""
        said, total = [], 0
        for chunk in self.stream(arguments, timeout=timeout, gives_up=gives_up):
            total += len(chunk)
            if most_bytes is not None and total > most_bytes:
                raise Failed(kind=Kind.ENDLESS)
            said.append(chunk)
        return b"".join(said)

    def lines(
        self,
        arguments: Sequence[str],
        *,
        timeout: float | None = None,
        most_line: int | None = None,
        cwd: Path | None = None,
    ) -> Iterator[bytes]:
        """Yield the body line by line; `most_line` bounds the bytes of one."""
        rest = b""
        for chunk in self.stream(arguments, timeout=timeout, cwd=cwd):
            *whole, rest = (rest + chunk).split(b"\n")
            yield from whole
            if most_line is not None and len(rest) > most_line:
                raise Failed(kind=Kind.ENDLESS)
        if rest:
            yield rest

    def stream(
        self,
        arguments: Sequence[str],
        *,
        timeout: float | None = None,
        cwd: Path | None = None,
        gives_up: bool = False,
    ) -> Iterator[bytes]:
        """Yield the output as it comes; raise Failed once it has ended badly, or after so many seconds.

        `gives_up`: stop as soon as the storage refuses our keys, or has no such bucket, instead of asking it again.
        """
        process = subprocess.Popen(  # noqa: S603 (a program of the machine, with our own arguments)
            [*self._line, *arguments],
            env=self._environment,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=die_with_parent,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        errors, source, stopped = bytearray(), process.stderr, list[Kind]()

        def listen() -> None:
            for line in iter(lambda: source.readline(1 << 16), b""):
                if len(errors) < MOST_ERRORS:
                    errors.extend(line)
                if gives_up and (
                    found := [kind for kind, words in KNOCKS if words.search(line.decode("utf-8", "replace"))]
                ):
                    stop(found[0])

        def stop(kind: Kind) -> None:
            stopped.append(kind)
            process.kill()

        ears = threading.Thread(target=listen, daemon=True)
        clock = threading.Timer(timeout, stop, [Kind.LATE]) if timeout is not None else None
        ears.start()
        if clock is not None:
            clock.start()
        tail = b""
        try:
            while chunk := process.stdout.read1(1 << 18):  # type: ignore[attr-defined]
                tail = (tail + chunk)[-TAIL:]
                yield chunk
            code = process.wait()
        finally:
            if clock is not None:
                clock.cancel()
            _end(process)
            process.stdout.close()
            ears.join(5)
            process.stderr.close()
            self.errors = [parsed(line) for line in bytes(errors).splitlines() if line.strip()]
        if stopped:
            raise Failed(code, kind=stopped[0])
        if code:
            # `check` tells its verdict on its output.
            raise Failed(code, [*_complaints(tail), *(text_of(message) for message in self.errors)])


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nobody reads it any more: let it take its lock away, then insist."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def parsed(line: bytes) -> dict[str, Any]:
    """One message of `--json`; a line that is none is a message of kind « text »."""
    with contextlib.suppress(ValueError, RecursionError):
        said = json.loads(line)
        if isinstance(said, dict):
            return said
    return {"message_type": "text", "text": line.decode(errors="replace")}


def text_of(message: Mapping[str, Any]) -> str:
    """Return the text of a message of restic."""
    error = message.get("error")
    if isinstance(error, dict):
        error = error.get("message")
    return str(message.get("message") or error or message.get("text") or message)


def _complaints(tail: bytes) -> list[str]:
    """The end of an output, without its progress, which names files, nor the line that was cut."""
    lines = tail.splitlines()[1 if len(tail) == TAIL else 0 :]
    return [
        text_of(message)
        for message in map(parsed, filter(None, lines))
        if message.get("message_type") in ("error", "exit_error", "text")
    ]


def instant(value: str) -> datetime:
    """An instant as restic writes it; raise ValueError when it is none."""
    # Python before 3.11 read no more than six digits of a second; restic writes nine.
    found = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
