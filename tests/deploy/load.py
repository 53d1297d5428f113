"""Visitors who come without cease: they read, they write, and remember each answer that was not what it should be."""

from __future__ import annotations

import http.client
import itertools
import re
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

from socle.lib import siret

STYLESHEET = re.compile(r'href="(/static/[^"]+\.css)"')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
WRITTEN = "/console/beneficiaires/nouveau/"


def trusting() -> ssl.SSLContext:
    """Not the certificate but the road is on trial."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Through(http.client.HTTPSConnection):
    """A connection to the front server under the name of a site, as a browser whose resolver leads there."""

    def __init__(
        self, front: tuple[str, int], host: str, timeout: float = 60, trust: ssl.SSLContext | None = None
    ) -> None:
        self.trust = trust or trusting()
        super().__init__(host, front[1], timeout=timeout, context=self.trust)
        self.front = front

    def connect(self) -> None:
        plain = socket.create_connection(self.front, self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self.trust.wrap_socket(plain, server_hostname=self.host)


def _siren(number: int) -> str:
    """As the factories make them; without the models, so that whoever breaks machines need not read the settings."""
    stem = f"{21_000_000 + number:08d}"
    return next(f"{stem}{key}" for key in range(10) if siret.why_not_siren(f"{stem}{key}") is None)


def _slowly(body: bytes, seconds: float) -> Iterator[bytes]:
    """The same bytes, over so many seconds: a telephone far from its antenna."""
    parts = 10 if seconds else 1
    size = -(-len(body) // parts)
    for place in range(0, len(body), size):
        yield body[place : place + size]
        time.sleep(seconds / parts)


@dataclass
class Answer:
    status: int
    body: str
    headers: dict[str, str]
    seconds: float


@dataclass
class Visitors:
    """`with Visitors(front, hosts) as visitors:` they come during the block; `failures` says what went wrong."""

    front: tuple[str, int]
    hosts: list[str]
    session: str = ""
    readers: int = 2
    # Beside the one who writes quickly, those whose request arrives slowly: always in somebody's hands.
    slow_writers: int = 0
    slowness: float = 1.5
    # How often a person tries again what did not go through; what still fails then has failed.
    retries: int = 0
    # Where a person's browser goes when the first front server does not answer: the other addresses of the name.
    others: tuple[tuple[str, int], ...] = ()
    pause: float = 0.1
    failures: list[str] = field(default_factory=list)
    retried: list[str] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)
    written: list[str] = field(default_factory=list)
    slowest: float = 0.0
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Visitors:
        for number in range(self.readers):
            self._threads.append(threading.Thread(target=self._read, args=(number,), daemon=True))
        if self.session:
            for number in range(self.slow_writers + 1):
                slowness = self.slowness if number else 0.0
                arguments = (700_000 + 20_000 * number, slowness)
                self._threads.append(threading.Thread(target=self._write, args=arguments, daemon=True))
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(90)

    def ask(
        self,
        host: str,
        path: str,
        form: dict[str, str] | None = None,
        cookie: str = "",
        *,
        attempt: int = 0,
        slowness: float = 0.0,
    ) -> Answer:
        """One request on a connection of its own, as many people would make one each."""
        begun = time.monotonic()
        fronts = (self.front, *self.others)
        connection = Through(fronts[attempt % len(fronts)], host)
        headers = {"Cookie": cookie} if cookie else {}
        try:
            if form is None:
                connection.request("GET", path, headers=headers)
            else:
                port = "" if self.front[1] == 443 else f":{self.front[1]}"
                headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{host}{port}"}
                body = urlencode(form).encode()
                headers["Content-Length"] = str(len(body))
                connection.request("POST", path, body=_slowly(body, slowness), headers=headers)
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
            return Answer(response.status, text, dict(response.getheaders()), time.monotonic() - begun)
        finally:
            connection.close()

    def _try(self, what: str, expected: set[int], host: str, path: str, **more: object) -> Answer | None:
        for attempt in range(self.retries + 1):
            try:
                answer = self.ask(host, path, attempt=attempt, **more)  # type: ignore[arg-type]
                wrong = None if answer.status in expected else f"{what}: {answer.status} {answer.body[:120]!r}"
            except (OSError, http.client.HTTPException) as error:
                wrong = f"{what}: {type(error).__name__} {error}"
            if wrong is None:
                self.answered[what] += 1
                self.slowest = max(self.slowest, answer.seconds)
                return answer
            (self.failures if attempt == self.retries else self.retried).append(wrong)
            if attempt < self.retries:
                self._stopping.wait(0.5)
        return None

    def _read(self, number: int) -> None:
        for turn in itertools.count(number):
            if self._stopping.is_set():
                return
            host = self.hosts[turn % len(self.hosts)]
            page = self._try(f"page {host}", {200}, host, "/")
            if page and (sheet := STYLESHEET.search(page.body)):
                self._try("stylesheet", {200}, host, sheet[1])
            self._stopping.wait(self.pause)

    def _write(self, first: int, slowness: float) -> None:
        """Register one public body after another, as an officer of the programme; each is remembered once answered."""
        host = self.hosts[0]
        cookie, token = f"__Host-session={self.session}", ""
        for number in itertools.count(first):
            if self._stopping.is_set():
                return
            if not token:
                form = self._try("form", {200}, host, WRITTEN, cookie=cookie)
                found = TOKEN.search(form.body) if form else None
                if form is None or found is None:
                    self.failures.append("no form")
                    return
                token = found[1]
                cookie += "; " + form.headers.get("Set-Cookie", "").partition(";")[0]
            identifier = siret.complete(_siren(number))
            content = {
                "csrfmiddlewaretoken": token,
                "name": f"Syndicat fictif {number}",
                "legal_form": "syndicat intercommunal",
                "siret_number": identifier,
                "department": "59",
                "seat": "1 place fictive",
            }
            answer = self._try("write", {302}, host, WRITTEN, form=content, cookie=cookie, slowness=slowness)
            if answer is not None:
                self.written.append(identifier)
            self._stopping.wait(self.pause)
