"""Roundcube behind the web servers of production: one page is run, what is shown is read, and nothing else answers."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3

from socle.lib.ports import free_port
from tests.deploy.webmail_fronts import FRONTS

pytestmark = [pytest.mark.slow]

# What Roundcube's tree holds, and whether a browser may read it.
HELD = {
    "index.php": False,
    "config/config.inc.php": False,
    "SQL/sqlite.initial.sql": False,
    "plugins/socle/socle.php": False,
    "program/include/iniset.php": False,
    "program/localization/fr_FR/labels.inc": False,
    "vendor/composer/installed.json": False,
    "skins/elastic/styles/styles.min.css": True,
    "plugins/archive/archive.js": True,
    "program/js/app.min.js": True,
    "program/resources/blank.gif": True,
}


@pytest.fixture(params=FRONTS)
def ask(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], urllib3.BaseHTTPResponse]]:
    """`ask(path)`: what the web server answers, PHP being stopped."""
    for name in HELD:
        path = tmp_path / "public" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("held")
    port = free_port()
    said = tmp_path / "server.log"
    with said.open("w") as log:
        running = subprocess.Popen(
            FRONTS[request.param](tmp_path, port, tmp_path, tmp_path / "nobody.sock"),
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            stdout=log,
            stderr=log,
        )
    pool = urllib3.PoolManager()

    def answer(path: str) -> urllib3.BaseHTTPResponse:
        return pool.request("GET", f"http://127.0.0.1:{port}{path}", retries=False, redirect=False)

    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                answer("/rien")
                break
            except urllib3.exceptions.HTTPError:
                assert time.monotonic() < deadline, said.read_text()
                assert running.poll() is None, said.read_text()
                time.sleep(0.05)
        yield answer
    finally:
        pool.clear()
        running.terminate()
        running.wait(60)


def test_one_page_is_run_and_only_what_is_shown_is_read(ask: Callable[[str], urllib3.BaseHTTPResponse]) -> None:
    # Handed to PHP, which is stopped: 502. Everything else of the tree is nobody's business.
    for page in ("/", "/index.php", "/index.php?_task=mail", "/index.php/login/oauth?code=x&state=y"):
        assert ask(page).status == 502, page
    for name, is_read in HELD.items():
        if name != "index.php":
            assert ask(f"/{name}").status == (200 if is_read else 404), name
    for path in (
        "/installer/",
        "/index.php/../config/config.inc.php",
        "/program/js/../include/iniset.php",
        "/bin/x.sh",
    ):
        assert ask(path).status in (400, 404), path
    told = ask("/program/js/app.min.js").headers
    policy = dict(part.strip().partition(" ")[::2] for part in told["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["object-src"] == "'none'"
    assert policy["script-src"].split()[0] == policy["form-action"] == policy["frame-ancestors"] == "'self'"
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["X-Frame-Options"] == "SAMEORIGIN"
    assert told["Strict-Transport-Security"] == "max-age=31536000"
