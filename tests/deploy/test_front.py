"""The front server as it is shipped: one reading of where a request ends, and no weak encryption."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from socle.lib.ports import free_ports
from tests.deploy.fronts import NAME, shipped_caddy

pytestmark = pytest.mark.slow

# The application writes what reaches it, as the web server of the platform understood it.
APP = """
def app(environ, start):
    body = environ["wsgi.input"].read()
    with open({seen!r}, "a") as file:
        file.write(environ["REQUEST_METHOD"] + " " + environ["PATH_INFO"] + " " + str(len(body)) + "\\n")
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
"""


class Front(NamedTuple):
    port: int
    authority: Path
    seen: Path
    admin: Path

    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))

    def say(self, raw: bytes, *, patience: float = 30) -> bytes:
        """Send these very bytes, and read until the other side closes, or says nothing for so long."""
        answer = b""
        with (
            socket.create_connection(("127.0.0.1", self.port), timeout=20) as plain,
            self.context().wrap_socket(plain, server_hostname=NAME) as link,
        ):
            link.sendall(raw)
            link.settimeout(patience)
            with suppress(TimeoutError, OSError):
                while more := link.recv(65536):
                    answer += more
        return answer

    def failures(self) -> int:
        """How many failures the front holds against whoever serves behind it."""
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(self.admin))
            link.sendall(b"GET /reverse_proxy/upstreams HTTP/1.0\r\nHost: \r\n\r\n")
            answer = b"".join(iter(lambda: link.recv(65536), b""))
        found = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert found, answer
        return sum(one["fails"] for one in found)

    def arrived(self) -> list[str]:
        lines = self.seen.read_text().splitlines() if self.seen.exists() else []
        return [line for line in lines if "/-/in-service" not in line]


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("front")
    (place,) = free_ports(1)
    seen = folder / "seen"
    (folder / "where.py").write_text(APP.format(seen=str(seen)))
    with (folder / "web.log").open("w") as log:
        web = subprocess.Popen(
            [str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--port", str(place), "where:app"],
            cwd=folder, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        with shipped_caddy(folder, place) as (https, authority):
            one = Front(https, authority, seen, folder / "admin.sock")
            deadline = time.monotonic() + 120
            while True:
                assert web.poll() is None, (folder / "web.log").read_text()
                assert time.monotonic() < deadline, (folder / "web.log").read_text()
                with suppress(OSError):
                    asked = f"GET /ready HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n"
                    if b" 200 " in one.say(asked.encode()):
                        break
                time.sleep(0.1)
            yield one
    finally:
        web.terminate()
        web.wait(60)


# What the front never lets through: whoever reaches it has slipped it inside another request.
HIDDEN = f"GET /-/smuggled HTTP/1.1\r\nHost: {NAME}\r\n\r\n"
CHUNKS = f"0\r\n\r\n{HIDDEN}"
SIZE = f"Content-Length: {len(CHUNKS)}"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([SIZE, "Transfer-Encoding: chunked"], CHUNKS),
        (["Transfer-Encoding: chunked", SIZE], CHUNKS),
        (["Content-Length: 4", "Transfer-Encoding: chunked"], f"{len(HIDDEN):x}\r\n{HIDDEN}\r\n0\r\n\r\n"),
        ([SIZE, "Transfer-Encoding : chunked"], CHUNKS),
        ([SIZE, "Transfer-Encoding: xchunked"], CHUNKS),
        ([SIZE, "Transfer-Encoding:\tchunked"], CHUNKS),
        ([SIZE, "Transfer-Encoding: identity", "Transfer-Encoding: chunked"], CHUNKS),
        ([SIZE, "Transfer-Encoding: chunked, identity"], CHUNKS),
        ([SIZE, "X: y\nTransfer-Encoding: chunked"], CHUNKS),
        ([SIZE, "X: y", " Transfer-Encoding: chunked"], CHUNKS),
        (["Content-Length: 0", SIZE], CHUNKS),
        ([SIZE, "Content-Length: 0"], CHUNKS),
        ([f"Content-Length: 0, {len(CHUNKS)}"], CHUNKS),
        ([f"Content-Length: +{len(CHUNKS)}"], CHUNKS),
        (["Content-Length: -1"], CHUNKS),
        (["Transfer-Encoding: chunked"], f"0;{'x' * 20}\nX\r\n\r\n{HIDDEN}"),
        (["Transfer-Encoding: chunked"], f"10000000000000000\r\n{HIDDEN}"),
        (["Transfer-Encoding: chunked"], f"0x0\r\n\r\n{HIDDEN}"),
    ],
)  # fmt: skip
def test_no_request_is_smuggled_inside_another(front: Front, headers: list[str], body: str) -> None:
    before = len(front.arrived())
    front.say("\r\n".join(["POST /outer HTTP/1.1", f"Host: {NAME}", *headers, "", body]).encode(), patience=0.5)
    # Whoever comes next has an answer of its own.
    after = front.say(f"GET /next HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode())
    assert b" 200 " in after.partition(b"\r\n")[0]
    # What another test said may come late, behind a busy machine: it is not this one's.
    arrived = [line for line in front.arrived()[before:] if " /x " not in line]
    assert arrived[-1] == "GET /next 0"
    assert not [line for line in arrived if "smuggled" in line]
    assert len(arrived) <= 2


def test_a_visitor_who_talks_nonsense_makes_nobody_else_wait(front: Front) -> None:
    """Its request fails: whoever serves is not to blame, and still serves the others."""
    for nonsense in ("zz\r\n", "10000000000000000\r\nx", "5\r\nab"):
        raw = f"POST /x HTTP/1.1\r\nHost: {NAME}\r\nTransfer-Encoding: chunked\r\n\r\n{nonsense}"
        front.say(raw.encode(), patience=0.5)
        assert front.failures() == 0, nonsense


def test_what_is_well_said_arrives_whole(front: Front) -> None:
    raw = (
        f"POST /whole HTTP/1.1\r\nHost: {NAME}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n3\r\nfgh\r\n0\r\n\r\n"
    )
    front.say(raw.encode(), patience=2)
    assert front.arrived()[-1] == "POST /whole 8"
    assert b" 404 " in front.say(f"{HIDDEN[:-2]}Connection: close\r\n\r\n".encode()).partition(b"\r\n")[0]


def spoken(front: Front, version: ssl.TLSVersion, ciphers: str) -> str | None:
    """The cipher agreed upon when these are all that is offered; None when the front refuses."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    try:
        with (
            socket.create_connection(("127.0.0.1", front.port), timeout=20) as plain,
            context.wrap_socket(plain, server_hostname=NAME) as link,
        ):
            agreed = link.cipher()
            return agreed[0] if agreed else None
    except (ssl.SSLError, OSError):
        return None


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_only_encryption_with_secrecy_of_the_past_and_a_seal_is_spoken(front: Front) -> None:
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        assert spoken(front, version, "ALL") is None, version
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    offered = [one["name"] for one in context.get_ciphers() if one["protocol"] != "TLSv1.3"]
    assert len(offered) > 50
    agreed = {one for one in offered if spoken(front, ssl.TLSVersion.TLSv1_2, one)}
    assert agreed
    wrong = {one for one in agreed if not (one.startswith("ECDHE-") and ("GCM" in one or "CHACHA20" in one))}
    assert wrong == set()
    assert (spoken(front, ssl.TLSVersion.TLSv1_3, "ALL") or "").startswith("TLS_")


def test_the_page_of_a_stopped_platform_promises_encryption_too(tmp_path: Path) -> None:
    (nobody,) = free_ports(1)
    with shipped_caddy(tmp_path, nobody, FRONT_PATIENCE="200ms") as (port, authority):
        one = Front(port, authority, tmp_path / "seen", tmp_path / "admin.sock")
        asked, answer = f"GET /compte/ HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n", ""
        deadline = time.monotonic() + 60
        while not answer and time.monotonic() < deadline:
            with suppress(OSError):
                answer = one.say(asked.encode()).decode()
    head = answer.partition("\r\n\r\n")[0]
    assert head.startswith("HTTP/1.1 503 ")
    for word in (
        "Strict-Transport-Security: max-age=31536000", "Content-Security-Policy: default-src 'none'",
        "X-Content-Type-Options: nosniff", "Referrer-Policy: same-origin", "Cache-Control: no-store",
    ):  # fmt: skip
        assert head.count(word) == 1, word
