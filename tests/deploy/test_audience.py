"""What the real front server writes of the pages read: nothing of anybody, what the platform counts, whatever rolls."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.lib.ports import free_port
from socle.quality.audience import reading
from socle.quality.models.audience import AccessLog, PageViews
from socle.sites.actions import create_site
from socle.sites.models import WebSite
from socle.sites.publishing.actions import publish_waiting
from tests import factories as f
from tests.conftest import tool
from tests.consistency import house
from tests.deploy.fronts import PLATFORM, Front
from tests.sites.conftest import town_hall

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
TELEPHONE = "Mozilla/5.0 (Linux; Android 13; CUBOT P80) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36"
ROBOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "curl/8.1", "", "python-requests/2",
    "Mozilla/5.0 (compatible; bingbot/2.0)", "Socle/1.0", "Mozilla/5.0 HeadlessChrome/130",
)  # fmt: skip


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    place = tmp_path / "audience"
    place.mkdir()
    return place


@pytest.fixture
def front(settings, tmp_path: Path, logs: Path) -> Iterator[Front]:
    """Caddy with the files of the installation, and what rolls at its smallest; the group may read what it writes."""
    settings.PUBLISHED_ROOT, settings.MEDIA_ROOT = tmp_path / "published", tmp_path / "media"
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    settings.SOCLE_ACCESS_LOGS = [str(logs)]
    shipped = house.read("deploy/one-machine/audience.caddy")
    assert "roll_size 20MiB" in shipped
    (tmp_path / "audience.caddy").write_text(shipped.replace("roll_size 20MiB", "roll_size 1MiB"))
    port = free_port()
    (tmp_path / "Caddyfile").write_text(
        f"{{\n\tadmin off\n\tauto_https off\n}}\nimport {house.ROOT}/deploy/one-machine/sites.caddy\n"
        f"import audience.caddy\nhttp://plateforme.exemple.fr:{port} {{\n\tlog_skip\n\trespond 200\n}}\n"
        f"http://:{port} {{\n\timport audience-{{$FRONT_AUDIENCE:on}}\n\timport sites\n"
        f'\troute {{\n\t\trespond "{PLATFORM}"\n\t}}\n}}\n'
    )
    said = (tmp_path / "caddy.log").open("w")
    caddy = subprocess.Popen(
        [tool("caddy"), "run", "--config", str(tmp_path / "Caddyfile")],
        env={
            "PATH": os.environ["PATH"], "HOME": str(tmp_path), "FRONT_PUBLISHED": str(settings.PUBLISHED_ROOT),
            "FRONT_AUDIENCE_DIR": str(logs),
        },
        stdout=said,
        stderr=said,
        # As in socle-front.service.
        umask=0o027,
    )  # fmt: skip
    made = Front(port, urllib3.PoolManager(), "caddy", tmp_path / "caddy.log")
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                made.get("plateforme.exemple.fr")
                break
            except urllib3.exceptions.HTTPError:
                is_starting = time.monotonic() < deadline and caddy.poll() is None
                assert is_starting, (tmp_path / "caddy.log").read_text()
                time.sleep(0.05)
        yield made
    finally:
        made.http.clear()
        caddy.terminate()
        caddy.wait(60)
        said.close()


@pytest.fixture
def website(front) -> WebSite:
    place = f.commune("59474", "Prisches")
    town_hall(place)
    made = create_site(f.beneficiary(place), by=f.user(), at=f.NOW)
    publish_waiting()
    return made


def counted() -> dict[str, int]:
    with scopes_disabled():
        return dict(PageViews.objects.values_list("path", "views"))


def lines_in(logs: Path, count: int) -> list[str]:
    """The lines of the log, once there are as many."""
    deadline = time.monotonic() + 60
    while True:
        path = logs / "access.log"
        found = path.read_text().splitlines() if path.exists() else []
        if len(found) >= count or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def test_a_line_holds_nobody_and_counts_what_people_read(front, website, logs):
    person = {
        "User-Agent": PERSON, "Cookie": "qui=Zibeline", "Authorization": "Basic Zibeline",
        "X-Forwarded-For": "203.0.113.77", "Accept-Language": "fr-Zibeline",
        "Referer": "https://www.Region.exemple/annuaire?qui=Zibeline",
    }  # fmt: skip
    host = website.host
    assert front.get(host, "/contact/?nom=Zibeline", **person).status == 200
    tag = front.get(host, "/", **{"User-Agent": TELEPHONE}).headers["ETag"]
    assert front.get(host, "/", **{"User-Agent": PERSON, "If-None-Match": tag}).status == 304
    # What is no page of the site may name somebody, wherever it is said.
    for missing in ("/ancien/page.php?id=Zibeline", "/Zibeline/", "/a/b/Zibeline.html", "/%5Aibeline"):
        assert front.get(host, missing, **{"User-Agent": PERSON}).status == 404
    for odd in ("/Zibeline/../contact/", "/Zibeline/%2e%2e/contact/", "//Zibeline/../contact/"):
        with socket.create_connection(("127.0.0.1", front.port), timeout=60) as wire:
            wire.sendall(f"GET {odd} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {PERSON}\r\n\r\n".encode())
            assert wire.recv(9) == b"HTTP/1.1 "
    for robot in ROBOTS:
        front.get(host, "/", **{"User-Agent": robot})
    # Not even written.
    front.get(host, "/", "HEAD", **person)
    front.get(host, f"/couleurs/{website.colour[1:]}.css", **person)
    front.get(host, "/_/contact/?qui=Zibeline", **person)
    front.get(host, "/", "POST", **person)
    front.get(host, "/", **person, **{"Sec-Purpose": "prefetch;prerender"})
    # The platform's own names are nobody's reading.
    for name in ("plateforme.exemple.fr", "Plateforme.exemple.fr", f"plateforme.exemple.fr:{front.port}"):
        front.get(name, "/mairie/Zibeline/", **person)
    front.get("inconnue.exemple.fr", "/", **person)
    found = lines_in(logs, 4 + len(ROBOTS))
    assert len(found) == 4 + len(ROBOTS), "\n".join(found)
    text = "\n".join(found)
    for word in (
        "Zibeline",
        "127.0.0.1",
        "203.0.113",
        "Mozilla",
        "Firefox",
        "curl",
        "Cookie",
        "plateforme",
        "annuaire",
        "region",
    ):
        assert word.lower() not in text.lower(), word
    assert set().union(*(json.loads(one)["request"] for one in found)) == {"method", "host", "uri"}
    done = reading.read(at=timezone.now())
    assert (done.lines, done.unreadable, done.problems) == (len(found), 0, [])
    assert counted() == {"/": 2, "/contact/": 1}
    assert stat.S_IMODE((logs / "access.log").stat().st_mode) == 0o640


def test_what_rolls_is_counted_once_and_stays_readable_by_the_group(front, website, logs):
    asked = 400
    headers = {"User-Agent": PERSON}
    for rank in range(asked):
        front.get(website.host, "/contact/", **headers)
        # Nobody's page, whose long line makes the file roll sooner.
        front.get("inconnue.exemple.fr", "/" + "x/" * 1500, **headers)
        if rank % 100 == 0:
            reading.read(at=timezone.now())
    deadline = time.monotonic() + 60
    while not list(logs.glob("*.log.gz")) and time.monotonic() < deadline:
        reading.read(at=timezone.now())
        time.sleep(0.2)
    files = sorted(logs.iterdir())
    assert [path for path in files if path.suffix == ".gz"], files
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o640}
    for _ in range(3):
        reading.read(at=timezone.now())
    assert sum(counted().values()) == asked
    assert AccessLog.objects.count() >= 2
    # Read from nothing, the same files count the same.
    with scopes_disabled():
        PageViews.objects.all().delete()
    AccessLog.objects.all().delete()
    reading.read(at=timezone.now())
    assert sum(counted().values()) == asked


@pytest.mark.parametrize("shape", ["one-machine", "several-machines"])
@pytest.mark.parametrize("mode", ["on", "off"])
def test_the_sites_are_written_down_and_the_platform_is_not(tmp_path: Path, shape: str, mode: str) -> None:
    for name in ("Caddyfile", "sites.caddy", "audience.caddy"):
        source = house.ROOT / "deploy" / shape / name
        if source.exists():
            shutil.copy(source, tmp_path / name)
    adapted = subprocess.run(
        [tool("caddy"), "adapt", "--config", str(tmp_path / "Caddyfile")],
        capture_output=True,
        text=True,
        env={
            "FRONT_SITES": "https://socle.exemple.fr", "FRONT_PLACES": "127.0.0.1:8101", "FRONT_AUDIENCE": mode,
            "FRONT_EMAIL": "technique@exemple.fr", "HOME": str(tmp_path), "PATH": "/usr/bin:/bin",
        },
    )  # fmt: skip
    assert adapted.returncode == 0, adapted.stderr
    told = json.loads(adapted.stdout)
    servers = told["apps"]["http"]["servers"].values()
    written = [server["logs"] for server in servers if "logs" in server]
    if mode == "off":
        assert written == []
        assert list(told["logging"]["logs"]) == ["default"]
        return
    assert written == [{"default_logger_name": "audience", "skip_hosts": ["socle.exemple.fr"]}]
    (server,) = (server for server in servers if "logs" in server)
    (ours,) = (route for route in server["routes"] if {"host": ["socle.exemple.fr"]} in route.get("match", []))
    assert {"handler": "vars", "log_skip": True} in ours["handle"][0]["routes"][0]["handle"]
    assert told["logging"]["logs"]["audience"]["writer"]["filename"] == "/var/lib/socle-audience/access.log"
