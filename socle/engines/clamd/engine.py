"""Speaks with clamd: one connection by question, a deadline for the whole of it, and a short answer or none."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import time
from datetime import datetime
from typing import BinaryIO

from django.conf import settings
from django.utils import timezone

from socle.documents.contract import Knowledge, ScannerError, TooLarge, Unreachable, Unread

# Seconds for the whole exchange. A clamd that reloads its signatures makes one wait; nobody waits longer than this.
TIMEOUT, QUICK = 30.0, 5.0
PIECE = 64 * 1024
LONGEST_ANSWER = 4096
# What the answer may hold of the name of what it found: it is shown and kept.
HARMLESS = re.compile(r"[^A-Za-z0-9._:/-]")
PLACE = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):(?P<port>[0-9]{1,5})", re.ASCII)
# The date that clamd writes is C's own, in English whatever the machine's language.
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
VERSION = re.compile(r"ClamAV (?P<version>[^/\s]{1,40})(?:/(?P<number>[0-9]+)(?:/(?P<date>.+))?)?", re.ASCII)
DATE = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +([0-9]{1,2}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([0-9]{4})", re.ASCII)


class Clamd:
    """ClamAV's daemon, where `SOCLE_CLAMD` says it listens."""

    is_simulated = False

    def __init__(self, place: str | None = None, *, timeout: float = TIMEOUT) -> None:
        self.place = settings.SOCLE_CLAMD if place is None else place
        self.timeout = timeout

    def check(self) -> Knowledge:
        answer = self._ask(b"zVERSION\0", timeout=min(self.timeout, QUICK))
        said = VERSION.fullmatch(answer)
        if said is None:
            raise Unreachable(f"Ce qui répond à «\u00a0{self.place}\u00a0» n’est pas clamd.")
        return Knowledge(said["version"], _instant(said["date"] or ""))

    def scan(self, file: BinaryIO) -> str | None:
        answer = self._ask(b"zINSTREAM\0", file=file, timeout=self.timeout)
        if answer == "stream: OK":
            return None
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            return HARMLESS.sub("?", answer[len("stream: ") : -len(" FOUND")])[:100] or "?"
        if answer.startswith("INSTREAM size limit exceeded"):
            raise TooLarge("clamd refuse un fichier de cette taille\u00a0: relevez StreamMaxLength dans clamd.conf.")
        # Whatever else it says, it did not say that the file is clean.
        raise Unread(f"clamd n’a pas pu lire le fichier («\u00a0{HARMLESS.sub(' ', answer)[:100].strip()}\u00a0»).")

    def _ask(self, command: bytes, *, timeout: float, file: BinaryIO | None = None) -> str:
        deadline = time.monotonic() + timeout
        try:
            with self._connected(timeout) as line:
                # When it has had enough it answers and closes: what it said is read all the same.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    _send(line, command, deadline)
                    if file is not None:
                        while piece := file.read(PIECE):
                            _send(line, struct.pack("!L", len(piece)) + piece, deadline)
                        _send(line, struct.pack("!L", 0), deadline)
                return _answer(line, deadline)
        except TimeoutError as error:
            raise Unreachable(f"clamd n’a pas répondu en {timeout:.0f} secondes.") from error
        except OSError as error:
            raise Unreachable(f"clamd ne répond pas à «\u00a0{self.place}\u00a0».") from error

    def _connected(self, timeout: float) -> socket.socket:
        if self.place.startswith("/"):
            line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                line.settimeout(timeout)
                line.connect(self.place)
            except BaseException:
                line.close()
                raise
            return line
        place = PLACE.fullmatch(self.place)
        if place is None or not 0 < int(place["port"]) < 65536:
            raise ScannerError(
                f"SOCLE_CLAMD («\u00a0{self.place}\u00a0») n’est ni un chemin (/run/clamav/clamd.ctl) "
                "ni «\u00a0nom:port\u00a0»."
            )
        return socket.create_connection((place["host"].strip("[]"), int(place["port"])), timeout=timeout)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _send(line: socket.socket, content: bytes, deadline: float) -> None:
    line.settimeout(_left(deadline))
    line.sendall(content)  # Its limit of time is of the whole piece.


def _answer(line: socket.socket, deadline: float) -> str:
    """Read up to the zero that ends it; an answer cut short, or without end, is no answer."""
    received = bytearray()
    while not received.endswith(b"\0"):
        line.settimeout(_left(deadline))
        piece = line.recv(LONGEST_ANSWER)
        received += piece
        if not piece or len(received) > LONGEST_ANSWER or b"\0" in received[:-1]:
            raise Unreachable("clamd a coupé la conversation, ou ce n’est pas clamd qui répond.")
    return received[:-1].decode("utf-8", "replace").strip()


def _instant(text: str) -> datetime | None:
    """Read « Mon Nov 23 08:24:31 2026 », the local time of the machine of clamd."""
    said = DATE.fullmatch(text.strip())
    if said is None or said[1] not in MONTHS:
        return None
    day, hour, minute, second, year = (int(part) for part in said.groups()[1:])
    try:
        return timezone.make_aware(datetime(year, MONTHS.index(said[1]) + 1, day, hour, minute, second))  # noqa: DTZ001
    except ValueError:
        return None
