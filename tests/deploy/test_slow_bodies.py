"""More slow senders than the platform has threads, alone and behind each front as it is shipped: nobody else waits."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from socle.lib.ports import free_port
from socle.operations import supervisor
from socle.serving.turns import RESERVED, SMALL, THREADS
from tests.consistency import house
from tests.deploy.fronts import NAME, shipped_caddy, started
from tests.operations.test_run import wait_for
from tools.drills.attack import Target, slow_bodies

pytestmark = pytest.mark.slow

# The patience of the platform, ten times quicker; but a small body, which has less.
PATIENCE = {"rate": 20_000, "over": 2, "whole_in": 3}
# A line of 1 Mbit/s, ten times quicker.
LINE = 1_250_000


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """One process of the web server of the platform, which answers how much it read."""
    port, said = free_port(), tmp_path_factory.mktemp("web") / "said"
    command = supervisor.web_server("127.0.0.1", port, 1, grace=1)
    command[command.index("socle.config.wsgi:application")] = "tests.serving.turning:application"
    with said.open("wb") as log:
        running = subprocess.Popen(
            command, cwd=house.ROOT, stdout=log, stderr=subprocess.STDOUT,
            env={**os.environ, "TURNING_PATIENCE": json.dumps(PATIENCE)},
        )  # fmt: skip
    try:
        wait_for(lambda: supervisor.answers("127.0.0.1", port), seconds=180)
        yield port
    finally:
        running.terminate()
        running.wait(60)


@pytest.fixture(params=["alone", "caddy", "nginx"])
def target(request: pytest.FixtureRequest, place: int, tmp_path: Path) -> Iterator[Target]:
    """Where the same platform answers: by itself, or behind a front."""
    if request.param == "alone":
        yield Target(f"http://127.0.0.1:{place}")
    elif request.param == "caddy":
        with shipped_caddy(tmp_path, place, FRONT_BODY_TIMEOUT="12s") as (port, _):
            one = Target(f"https://127.0.0.1:{port}", host=NAME)
            wait_for(lambda: answers(one), seconds=60)
            yield one
    else:
        (tmp_path / "published").mkdir()
        with started("nginx", tmp_path, tmp_path / "published", platform=f"127.0.0.1:{place}") as front:
            yield Target(f"http://127.0.0.1:{front.port}", host=NAME, read="/_/")


def answers(target: Target) -> bool:
    with contextlib.suppress(OSError):
        return target.ask("GET", target.read)[0] == 200
    return False


def send(target: Target, length: int, rate: int) -> tuple[str, bytes]:
    """Send so many bytes at this pace; the status and the answer."""
    begun = time.monotonic()
    with target.connect() as line:
        line.sendall(f"POST /_/ HTTP/1.1\r\nHost: {target.name}\r\nContent-Length: {length}\r\n\r\n".encode())
        for sent in range(0, length, rate // 50):
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                line.sendall(bytes(min(rate // 50, length - sent)))
            if (early := begun + sent / rate - time.monotonic()) > 0:
                time.sleep(early)
        line.settimeout(30)
        head, _, body = line.recv(65536).partition(b"\r\n\r\n")
        return head[9:12].decode(), body or line.recv(65536)


def test_more_slow_senders_than_threads_make_nobody_wait(target: Target, place: int) -> None:
    platform = Target(f"http://127.0.0.1:{place}")
    with concurrent.futures.ThreadPoolExecutor() as others:
        figures = others.submit(slow_bodies, target, count=THREADS + 10, seconds=14, every=0.2, path="/_/")
        # Once the first have come, and while the visitor of the attack reads.
        time.sleep(4)
        before = time.monotonic()
        assert target.ask("POST", "/_/", bytes(100_000)) == (200, b"100000")
        assert time.monotonic() - before < 2
        # Those that were refused keep nobody of the platform, though they go on behind the front.
        if target.host:
            wait_for(lambda: platform.ask("GET", "/waiting")[1] == b"0 0", seconds=3)
            assert not figures.done()
        found = figures.result(60)
    assert found.failed == 0
    assert found.p95 < 1
    assert found.asked > 20
    # nginx keeps to itself what has not come. The two others tell each of them, Caddy once it lets its line go.
    told = sum(count for status, count in found.answers.items() if status in ("408", "503"))
    assert told == (0 if target.read == "/_/" else THREADS + 10), found.answers
    wait_for(lambda: platform.ask("GET", "/waiting")[1] == b"0 0", seconds=10)


def test_a_heavy_file_over_a_slow_line_arrives(target: Target) -> None:
    """Longer than a small body may take: 100 MB at 1 Mbit/s takes a quarter of an hour."""
    assert send(target, SMALL + 1_000_000, LINE) == ("200", str(SMALL + 1_000_000).encode())


def test_a_small_body_comes_in_time_or_is_told_so(place: int) -> None:
    target = Target(f"http://127.0.0.1:{place}")
    assert send(target, LINE, LINE) == ("200", str(LINE).encode())
    status, said = send(target, LINE * 5, LINE)
    assert (status, "trop lentement" in said.decode()) == ("408", True)


def test_a_whole_mairie_behind_one_address_sends_at_once(place: int) -> None:
    target = Target(f"http://127.0.0.1:{place}")
    at_once = THREADS - RESERVED
    ready = threading.Barrier(at_once)

    def sent() -> tuple[str, bytes]:
        ready.wait(30)
        return send(target, 200_000, 100_000)

    with concurrent.futures.ThreadPoolExecutor(at_once) as everybody:
        found = [one.result(60) for one in [everybody.submit(sent) for _ in range(at_once)]]
    assert found == [("200", b"200000")] * at_once
