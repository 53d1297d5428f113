"""The platform itself, as a newcomer starts it: the two commands, real processes, its own data directory."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from socle.lib.ports import free_port
from socle.operations import supervisor
from tests import shared

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# Small, one per department; the first has exactly the population of the threshold.
EQUIPPED = ("59474", "62056")
# One of the communes of the fictitious secretary.
EDITED = "59062"
# A window of 1,280 pixels zoomed at 200 % shows 640 of them; small phones show 390 and 320.
WIDTHS = (640, 390, 320, 1280)


@dataclass(frozen=True)
class Platform:
    """A demonstration being served: where, and the folder that those who walk on it share."""

    port: int
    folder: Path

    def url(self, path: str = "/", *, host: str = "") -> str:
        return f"http://{host + '.' if host else ''}localhost:{self.port}{path}"

    def is_first(self, page: str) -> bool:
        """Whether nobody said this of a page before, in any process."""
        with contextlib.suppress(FileExistsError):
            (self.folder / f"read-{hashlib.sha256(page.encode()).hexdigest()}").touch(exist_ok=False)
            return True
        return False


def socle_of(platform: Platform, *arguments: str) -> str:
    """What a command says, run on the data of this platform."""
    return _socle(_environment(platform.folder / "data"), *arguments)


def _environment(data: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("SOCLE_")}
    return own | {"SOCLE_DATA_DIR": str(data)}


def _socle(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "socle", *arguments]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900)
    assert ended.returncode == 0, f"socle {' '.join(arguments)}:\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """`socle demo`, two communes equipped, `socle run`; stopped as Ctrl-C stops it. One for all who walk there."""
    folder = shared.folder_of("platform", tmp_path_factory)
    with shared.started_once(folder, lambda: _served(folder / "data")) as port:
        yield Platform(int(port), folder)


@contextlib.contextmanager
def _served(data: Path) -> Iterator[str]:
    """Whatever was done there, nothing broke behind the pages."""
    running, port = _started(data)
    yield str(port)
    running.terminate()
    log = data / "run.log"
    assert running.wait(20) == 0, log.read_text()
    assert " ERROR " not in log.read_text(), log.read_text()


def _started(data: Path) -> tuple[subprocess.Popen[bytes], int]:
    port = free_port()
    environment = _environment(data) | {"SOCLE_PORT": str(port)}
    _socle(environment, "demo")
    # In one process: each would take seconds to start.
    equip = f"for code in {(*EQUIPPED, EDITED)}: management.call_command('equip', code)"
    _socle(environment, "shell", "--command", f"from django.core import management\n{equip}")
    with (data / "run.log").open("w") as output:
        running = subprocess.Popen(
            [sys.executable, "-m", "socle", "run", "--port", str(port)],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + 60
    while not supervisor.answers("127.0.0.1", port):
        if time.monotonic() > deadline:
            running.kill()
            pytest.fail((data / "run.log").read_text())
        time.sleep(0.2)
    return running, port


# --- What every walk on the live server shares ------------------------------------------------------------------------
@pytest.fixture
def look(axe: Callable[..., list[str]], valid_html: Callable[[str], list[str]]) -> Callable[[Page], None]:
    """`look(page)`: what is shown is accessible, valid, and fits every window."""

    def at(page: Page) -> None:
        # A page that is still being read has links whose words have not come yet.
        page.wait_for_load_state()
        assert axe(page) == [], page.url
        assert valid_html(page.content()) == [], page.url
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} at {width} pixels"

    return at


@pytest.fixture
def as_person(
    browser: Browser, address: Callable[..., str]
) -> Callable[[str], contextlib.AbstractContextManager[Page]]:
    """`as_person("Claude Exemple")`: a window of their own, of someone of the demonstration, signed in by one click."""
    from tests.browser import watched_context

    @contextlib.contextmanager
    def enter(name: str) -> Iterator[Page]:
        with watched_context(browser) as context:
            page = context.new_page()
            page.goto(address("/demonstration/"))
            page.locator(".player", has_text=name).first.get_by_role("button").click()
            yield page

    return enter


def path_in(body: str, containing: str = "") -> str:
    """The path of the first link of a letter that contains this."""
    found = re.search(rf"https?://[^/\s]+(?=/)(\S*{re.escape(containing)}\S*)", body)
    assert found is not None, body
    return found[1]
