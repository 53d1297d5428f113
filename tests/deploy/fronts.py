"""The web servers of production over the published files, on a free port, with the configuration we ship."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import urllib3

from socle.lib.ports import free_ports
from socle.sites.models import WebSite
from tests.conftest import tool
from tests.consistency import house
from tests.worlds import Once

PLATFORM = "the platform was asked"
# The platform's own name, in front of it.
NAME = "socle.localhost"


@dataclass
class Front:
    """A web server over the published files; behind it, a stand-in that only says that it was asked, or nobody."""

    port: int
    http: urllib3.PoolManager
    kind: str
    said: Path
    process: subprocess.Popen[bytes] | None = None

    def get(self, host: str, path: str = "/", method: str = "GET", **headers: str) -> urllib3.BaseHTTPResponse:
        return self.http.request(
            method,
            f"http://127.0.0.1:{self.port}{path}",
            headers={"Host": host, **headers},
            redirect=False,
            retries=False,
            preload_content=True,
            decode_content=False,
        )


def snippet(text: str, name: str) -> str:
    """Return one named part of a Caddyfile, as it is written there."""
    start = text.index(f"({name}) {{\n")
    return text[start : text.index("\n}\n", start) + 3]


def caddy_over(
    tmp_path: Path, published: Path, port: int, *, logs: Path | None, is_stopped: bool, platform: str
) -> list[str]:
    """Write the configuration of a Caddy; return its command."""
    shipped = house.read("deploy/one-machine/Caddyfile")
    answer = f"reverse_proxy {platform}" if platform else f'respond "{PLATFORM}"'
    behind = "import platform" if is_stopped else f"route {{\n\t\t{answer}\n\t}}"
    parts = "".join(snippet(shipped, name) for name in ("places", "stopped-headers", "platform")) if is_stopped else ""
    assert logs is None  # tests/deploy/test_audience.py writes its own
    start = shipped.index("\tlog default {\n")
    technical = shipped[start : shipped.index("\n\t}\n", start) + 4]
    (tmp_path / "Caddyfile").write_text(
        f"{{\n\tadmin off\n\tauto_https off\n{technical}}}\nimport {house.ROOT}/deploy/one-machine/sites.caddy\n{parts}"
        f"http://:{port} {{\n\timport sites\n\t{behind}\n}}\n"
    )
    caddy = tool("caddy")
    return [caddy, "run", "--config", str(tmp_path / "Caddyfile")]


def nginx_over(
    tmp_path: Path, published: Path, port: int, *, logs: Path | None, is_stopped: bool, platform: str
) -> list[str]:
    """Write the configuration of an nginx, the stand-in one of its own servers; return its command."""
    ours, inside = house.ROOT / "deploy/nginx", tmp_path / "platform.sock"
    folders = "".join(
        f"{kind}_temp_path {tmp_path}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    answer = f'location / {{ return 200 "{PLATFORM}"; }}'
    stand_in = "" if is_stopped or platform else f"server {{ listen unix:{inside}; {answer} }}\n"
    written = f"access_log {logs}/access.log audience if=$audience_written;" if logs else ""
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/nginx.pid; error_log stderr; {'user root;' if os.getuid() == 0 else ''}\n"
        f"events {{}}\nhttp {{ {folders} access_log off; include {ours}/maps.conf; include {ours}/audience.conf;\n"
        f"upstream socle {{ server {platform or f'unix:{inside}'}; }}\n{stand_in}"
        f"server {{ listen 127.0.0.1:{port}; {written} set $published {published}; include {ours}/sites.conf; }} }}\n"
    )
    return [tool("nginx"), "-e", "stderr", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]


FRONTS = {"caddy": caddy_over, "nginx": nginx_over}


@contextmanager
def started(
    kind: str,
    tmp_path: Path,
    published: Path,
    *,
    logs: Path | None = None,
    is_stopped: bool = False,
    platform: str = "",
) -> Iterator[Front]:
    """Start one of FRONTS. `logs`: the folder where it writes the pages read; `is_stopped`: nobody is behind it.

    `platform`: the host and port of the one behind it, in place of the stand-in.
    """
    (port, nobody) = free_ports(2)
    command = FRONTS[kind](tmp_path, published, port, logs=logs, is_stopped=is_stopped, platform=platform)
    said = tmp_path / "server.log"
    with said.open("w") as log:
        server = subprocess.Popen(
            command,
            env={
                "PATH": os.environ["PATH"], "HOME": str(tmp_path), "FRONT_PUBLISHED": str(published),
                "FRONT_PLACES": f"127.0.0.1:{nobody}", "FRONT_PATIENCE": "200ms",
            },
            stdout=log,
            stderr=log,
        )  # fmt: skip
    made = Front(port, urllib3.PoolManager(), kind, said, server)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                # Nobody's reading: not written down.
                made.get("personne.exemple.invalid", "/_/")
                break
            except urllib3.exceptions.HTTPError:
                is_starting = time.monotonic() < deadline and server.poll() is None
                assert is_starting, said.read_text()
                time.sleep(0.05)
        yield made
    finally:
        made.http.clear()
        server.terminate()
        server.wait(60)


@contextmanager
def shipped_caddy(folder: Path, place: int, **more: str) -> Iterator[tuple[int, Path]]:
    """Start Caddy with the whole of its Caddyfile before a platform; give its port and the authority to believe.

    `more`: other variables of it.
    """
    http, https, inside = free_ports(3)
    with (folder / "caddy.log").open("w") as log:
        caddy = subprocess.Popen(
            [tool("caddy"), "run", "--config", str(house.ROOT / "deploy/one-machine/Caddyfile")],
            env={
                "PATH": os.environ["PATH"], "HOME": str(folder), "RUNTIME_DIRECTORY": str(folder),
                "STATE_DIRECTORY": str(folder / "state"), "FRONT_EMAIL": "x@exemple.invalid",
                "FRONT_ISSUER": "internal", "FRONT_HTTP_PORT": str(http), "FRONT_HTTPS_PORT": str(https),
                "FRONT_INSIDE_PORT": str(inside), "FRONT_PLACES": f"127.0.0.1:{place}",
                "FRONT_SITES": f"https://{NAME}", "FRONT_AUDIENCE": "off", "FRONT_PUBLISHED": str(folder / "published"),
                **more,
            },
            stdout=log, stderr=log,
        )  # fmt: skip
    authority = folder / "state" / "pki" / "authorities" / "local" / "root.crt"
    try:
        deadline = time.monotonic() + 120
        while not authority.exists():
            is_starting = time.monotonic() < deadline and caddy.poll() is None
            assert is_starting, (folder / "caddy.log").read_text()
            time.sleep(0.05)
        yield https, authority
    finally:
        caddy.terminate()
        caddy.wait(60)


class Standing:
    """A published site and web servers over its files, made once a file of tests; each test finds them as made."""

    def __init__(self, folder: Path, blocker: Any, make: Callable[[], WebSite], *, is_stopped: bool) -> None:
        self._folder, self._is_stopped = folder, is_stopped
        self._files, self._kept = folder / "files", folder / "kept"
        self.settings = {"PUBLISHED_ROOT": self._files / "published", "MEDIA_ROOT": self._files / "media"}
        self._once = Once(blocker, make, **self.settings)
        self._fronts: dict[str, Front] = {}
        self._running = ExitStack()

    def __enter__(self) -> Standing:
        self._once.make()
        if self._once.stands:
            self._files.rename(self._kept)
        return self

    def __exit__(self, *error: object) -> None:
        self.let_go()
        self._running.close()

    def let_go(self) -> None:
        """Before a test whose server's threads use the database: from here on, each test makes its own site."""
        self._once.let_go()
        shutil.rmtree(self._kept, ignore_errors=True)

    def front(self, kind: str) -> Front:
        """One of FRONTS, over the files as they were first published."""
        shutil.rmtree(self._files, ignore_errors=True)
        if self._kept.exists():
            shutil.copytree(self._kept, self._files, symlinks=True)
        if kind not in self._fronts:
            (place := self._folder / kind).mkdir()
            serving = started(kind, place, self.settings["PUBLISHED_ROOT"], is_stopped=self._is_stopped)
            self._fronts[kind] = self._running.enter_context(serving)
        return self._fronts[kind]

    def site(self) -> WebSite:
        return self._once.get()


@pytest.fixture(scope="module")
def standing(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: Any,
) -> Iterator[Standing]:
    """What the file's own `published()` publishes; nobody is behind the web servers where it says `IS_STOPPED`."""
    folder, is_stopped = tmp_path_factory.mktemp("standing"), hasattr(request.module, "IS_STOPPED")
    with Standing(folder, django_db_blocker, request.module.published, is_stopped=is_stopped) as made:
        yield made


@pytest.fixture(params=FRONTS)
def front(settings: Any, standing: Standing, request: pytest.FixtureRequest) -> Front:
    """One web server after the other, each with the configuration we ship."""
    for name, value in standing.settings.items():
        setattr(settings, name, value)
    return standing.front(request.param)


@pytest.fixture
def website(standing: Standing, front: Front, db: None) -> WebSite:
    return standing.site()
