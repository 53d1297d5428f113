"""What every test shares: no network beyond loopback, demanding readers, a browser. Its ground: `tests.ground`."""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page
    from pytest_django.live_server_helper import LiveServer

    from tests.client import DemandingClient
    from tests.validator import Validator


# A skip that says so hides no fault of the machine: what it wants is not free to be in the project. It is told, loudly.
NOT_OURS = "not ours to commit"
# Set by `make test`, which installs every tool: then a missing tool is a failure, not a skip.
EVERYTHING = "SOCLE_TEST_EVERYTHING"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--first-case",
        action="store_true",
        help="of a test with many cases, run the first only: see docs/dev/proof.md",
    )
    parser.addoption(
        "--one-in", type=int, default=1, help="with --first-case, of so many functions run one, always the same"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put those of a room together; with `--first-case`, leave out the other cases of each function, run elsewhere."""
    from tests import worlds

    worlds.together(items)
    if not config.getoption("first_case"):
        return
    one_in = config.getoption("one_in")
    seen: set[str] = set()
    kept, left = [], []
    for item in items:
        function = item.nodeid.partition("[")[0]
        is_left = function in seen or zlib.crc32(function.encode()) % one_in
        (left if is_left else kept).append(item)
        seen.add(function)
    config.hook.pytest_deselected(items=left)
    items[:] = kept


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings
    from django.core.servers.basehttp import WSGIRequestHandler
    from hypothesis import HealthCheck
    from hypothesis import settings as drawn

    from tests import alone, as_postgresql, written

    # A machine that other work keeps busy is no fault of what is drawn.
    drawn.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    drawn.load_profile("unhurried")
    written.watch()
    alone.watch()
    # Argon2 is slow on purpose; what it protects is not under test.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # What a server of the tests answers leaves at once: over a kept connection, its second half would wait 40 ms.
    WSGIRequestHandler.disable_nagle_algorithm = True
    # The twin of a seal refuses to sign wherever a test has not said that it is in a demonstration.
    settings.SOCLE_SIGNING = "socle.engines.simulated.authority.SimulatedTrust"
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        # In a file, as the platform's own: in memory, writers would not wait for one another.
        database.setdefault("TEST", {})["NAME"] = str(settings.DATA_DIR / "tests.sqlite3")
        as_postgresql.hold()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """What was imported and collected stays to the end: garbage is looked for in what the tests make, and no more."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A skip is loud: say each reason once more, at the very end."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section(f"{len(skipped)} TEST(S) SKIPPED", red=True, bold=True)
        for report in skipped:
            terminalreporter.line(f"{report.nodeid}: {report.longrepr[-1]}")
        # What is not ours to commit fails nothing, and `make test` says it all the same.
        for name, is_ours in (("SOCLE_TEST_SKIPS", True), ("SOCLE_TEST_UNTRIED", False)):
            if record := os.environ.get(name):
                with open(record, "a", encoding="utf-8") as file:
                    file.writelines(
                        f"{report.nodeid}: {report.longrepr[-1]}\n"
                        for report in skipped
                        if (NOT_OURS not in report.longrepr[-1]) is is_ours
                    )


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any, request: pytest.FixtureRequest
) -> Iterator[ExitStack]:
    """What comes before the test database is made: see `tests.migrated`."""
    from tests.migrated import filled

    with ExitStack() as until_made:
        with django_db_blocker.unblock():
            until_made.enter_context(filled(anew=request.config.getvalue("create_db")))
        yield until_made


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_modify_db_settings: ExitStack, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        django_db_modify_db_settings.close()


@pytest.fixture(autouse=True, scope="session")
def compressed_in_haste() -> Iterator[None]:
    """Brotli at its best takes a third of a publication; how small a page becomes is not under test."""
    import brotli

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(brotli, "compress", partial(brotli.compress, quality=1))
        yield


@pytest.fixture(autouse=True, scope="session")
def pictures_in_haste() -> Iterator[None]:
    """A photograph takes seconds to be written as AVIF: the quickest way makes it a little heavier, and no other."""
    from PIL import AvifImagePlugin, Image

    def save(image: Image.Image, *others: Any, **asked: Any) -> None:
        image.encoderinfo.setdefault("speed", 10)
        AvifImagePlugin._save(image, *others, **asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(Image.SAVE, "AVIF", save)
        yield


# Tests that sign with the twin of a true seal.
SEALS = ("seals", "journey", "drill")
seals_are_true = False
# Tests that read the signed files of others in a process of its own, as the platform does.
APART = ("apart", "journey", "drill")
is_read_apart = False


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    from tests import worlds

    global seals_are_true, is_read_apart
    worlds.before(item)
    is_read_apart = any(item.get_closest_marker(name) for name in APART)
    seals_are_true = any(item.get_closest_marker(name) for name in SEALS)


@pytest.fixture(autouse=True, scope="session")
def sealed_in_haste() -> Iterator[None]:
    """A seal takes a third of a second: a stand-in where no test looks at it. Those marked `seals` do."""
    from socle.signing import pades

    true = pades.seal

    def seal(content: bytes, *, statement: pades.Statement, **others: Any) -> tuple[bytes, bytes]:
        if seals_are_true:
            return true(content, statement=statement, **others)
        return content + f"\n% {statement.field} {statement.evidence}\n".encode(), b"no certificate"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pades, "seal", seal)
        yield


@pytest.fixture(autouse=True, scope="session")
def signatures_read_in_place() -> Iterator[None]:
    """A process of its own takes most of a second to start: tests marked `apart` read the files of others in one."""
    from socle.lib import pdf_checks
    from socle.signing import apart, examination, validation
    from socle.signing.contexts import Known

    true_read, true_examine, true_check = apart.read, apart.examine, pdf_checks.check

    def check(pdf: bytes, *, may_repair: bool) -> pdf_checks.Check:
        return (true_check if is_read_apart else pdf_checks.examine)(pdf, may_repair=may_repair)

    def read(content: bytes, known: Known, **others: Any) -> Any:
        return (true_read if is_read_apart else validation.read)(content, known, **others)

    def examine(content: bytes, *, trust: Any, **others: Any) -> Any:
        if is_read_apart:
            return true_examine(content, trust=trust, **others)
        return examination.examine(content, known=Known.of(trust), **others)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apart, "read", read)
        patch.setattr(apart, "examine", examine)
        patch.setattr(pdf_checks, "check", check)
        yield


@pytest.fixture(autouse=True, scope="session")
def drawn_in_haste() -> Iterator[None]:
    """A pair of keys takes a tenth of a second to draw: a domain of mail has one of three, never its neighbour's."""
    from socle.mail import domains

    draw, drawn = domains.rsa.generate_private_key, deque[Any](maxlen=3)

    def one(**asked: Any) -> Any:
        if len(drawn) < 3:
            drawn.append(draw(**asked))
        else:
            drawn.rotate()
        return drawn[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(domains, "rsa", SimpleNamespace(generate_private_key=one))
        yield


@pytest.fixture(autouse=True)
def no_attempt_counted_yet() -> None:
    """Attempts to sign in are counted in the cache, by address: each test starts with none."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture(autouse=True, scope="session")
def no_network_beyond_loopback() -> Iterator[None]:
    """A test that would call the outside fails: nothing it proves may depend on the weather."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            raise AssertionError(f"a test tried to connect to {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def tool(*names: str) -> str:
    """The path of the first of these programs that is installed; else skip the test, or fail it under `make test`."""
    from tools.installation import executable

    for name in names:
        if path := executable(name):
            return path
    return needed(f"{names[0]} is not installed")


def needed(reason: str) -> NoReturn:
    """Skip the test, which says why it cannot be run here, or fail it under `make test`."""
    if os.environ.get(EVERYTHING):
        pytest.fail(reason)
    pytest.skip(reason)


# --- Tenancy ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def all_beneficiaries() -> Iterator[None]:
    """Open every beneficiary's rows to the test, as the console does; else use `scope(beneficiary=…)` around a part."""
    from django_scopes import scopes_disabled

    with scopes_disabled():
        yield


# --- Readers ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def client() -> DemandingClient:
    """Django's test client, which refuses any page a person could not use (tests/client.py)."""
    from tests.client import DemandingClient

    return DemandingClient()


@pytest.fixture(scope="session")
def html_validator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Validator]:
    """The Nu HTML checker, started once for all processes: it takes five seconds of processor to be ready."""
    from tests import shared
    from tests.validator import Validator, started

    java = tool("java")
    with shared.started_once(shared.folder_of("validator", tmp_path_factory), lambda: started(java)) as url:
        yield Validator(url)


@pytest.fixture
def valid_html(html_validator: Validator) -> Callable[[str | bytes], list[str]]:
    """`valid_html(page)` lists what the Nu HTML checker reproaches to a page: `assert valid_html(page) == []`."""
    return html_validator.errors


# --- A real browser --------------------------------------------------------------------------------------------------
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    # One process draws the pages of all sites: making one for each took a third of the browser's processor, and half of
    # the wait. What a page may ask of another origin is refused all the same.
    "--renderer-process-limit=1",
    "--disable-site-isolation-trials",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    from playwright.sync_api import sync_playwright

    from tools.lighthouse import BROWSERS

    chromium = tool(*BROWSERS)
    # Playwright's loop runs in this thread: Django would take our queries for asynchronous ones.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with sync_playwright() as playwright:
            running = playwright.chromium.launch(executable_path=chromium, args=BROWSER_FLAGS)
            yield running
            running.close()


@pytest.fixture
def browser_context(browser: Browser) -> Iterator[BrowserContext]:
    """A person's browser: French, Paris, no memory. A call to a third party or a console error fails the test."""
    from tests.browser import watched_context

    with watched_context(browser) as context:
        yield context


@pytest.fixture
def page(browser_context: BrowserContext) -> Page:
    """An empty tab."""
    return browser_context.new_page()


@pytest.fixture
def axe() -> Callable[..., list[str]]:
    """`axe(page)` lists the accessibility violations of the page shown: `assert axe(page) == []`."""
    from tests.browser import violations

    return violations


@pytest.fixture
def address(live_server: LiveServer) -> Callable[..., str]:
    """`address("/console/")`, `address("/", host="prisches")`: where the live server answers, by host name."""
    port = live_server.url.rpartition(":")[2]

    def of(path: str = "/", *, host: str = "") -> str:
        return f"http://{host + '.' if host else ''}localhost:{port}{path}"

    return of
