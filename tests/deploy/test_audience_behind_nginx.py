"""What the real nginx writes of the pages read: nothing of anybody, the same words as Caddy, counted whatever rolls."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from socle.quality.audience import reading
from socle.quality.models.audience import AccessLog
from socle.sites.actions import create_site
from socle.sites.models import WebSite
from socle.sites.publishing.actions import publish_waiting
from tests import factories as f
from tests.conftest import tool
from tests.consistency import house
from tests.deploy.fronts import Front, started
from tests.deploy.test_audience import PERSON, ROBOTS, TELEPHONE, counted, lines_in
from tests.sites.conftest import town_hall

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

CADDY, NGINX = "deploy/one-machine/audience.caddy", "deploy/nginx/audience.conf"


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    place = tmp_path / "audience"
    place.mkdir()
    return place


@pytest.fixture
def front(settings, tmp_path: Path, logs: Path) -> Iterator[Front]:
    settings.PUBLISHED_ROOT, settings.MEDIA_ROOT = tmp_path / "published", tmp_path / "media"
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    settings.SOCLE_ACCESS_LOGS = [str(logs)]
    with started("nginx", tmp_path, settings.PUBLISHED_ROOT, logs=logs) as made:
        yield made


@pytest.fixture
def website(front) -> WebSite:
    place = f.commune("59474", "Prisches")
    town_hall(place)
    made = create_site(f.beneficiary(place), by=f.user(), at=f.NOW)
    publish_waiting()
    return made


def test_a_line_holds_nobody_and_counts_what_people_read(front, website, logs, tmp_path):
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
    for robot in ROBOTS:
        front.get(host, "/", **{"User-Agent": robot})
    front.get(host, "/", **{"User-Agent": "Zibeline/1.0"})
    # Not even written.
    front.get(host, "/", "HEAD", **person)
    front.get(host, f"/couleurs/{website.colour[1:]}.css", **person)
    front.get(host, "/_/contact/?qui=Zibeline", **person)
    front.get(host, "/", "POST", **person)
    front.get(host, "/", **person, **{"Sec-Purpose": "prefetch;prerender"})
    found = lines_in(logs, 4 + len(ROBOTS))
    assert len(found) == 4 + len(ROBOTS), "\n".join(found)
    # Nor does nginx say anything of who asked elsewhere.
    text = "\n".join([*found, (tmp_path / "server.log").read_text()]).lower()
    for word in ("zibeline", "127.0.0.1", "203.0.113", "mozilla", "firefox", "curl", "cookie", "annuaire", "region"):
        assert word not in text, word
    told = [json.loads(one) for one in found]
    assert {tuple(sorted(one)) for one in told} == {("number", "reader", "request", "status", "ts")}
    assert {tuple(sorted(one["request"])) for one in told} == {("host", "method", "uri")}
    assert len({one["number"] for one in told}) == len(told)
    done = reading.read(at=timezone.now())
    assert (done.lines, done.unreadable, done.problems) == (len(found), 0, [])
    assert counted() == {"/": 2, "/contact/": 1}


HOSTILE = (
    '/"}\\,"status":200,"reader":"person"/', "/%22%7d%0a%7b%22ts%22:1/", "/caf%C3%A9/", "/%ff%fe/", "/a%00b/",
    "/$request_id/${host}/", "/" + "x" * 3000 + "/",
)  # fmt: skip


def test_whatever_is_asked_a_line_stays_a_line(front, website, logs):
    asked = 0
    # What is no page is not even written, be there one behind it.
    for path in (*HOSTILE, *(f"{one}../contact/" for one in HOSTILE), "/%63ontact/"):
        for header in ("", 'Referer: https://a.b/"}\\\r\n', "Referer: https://\xff\xfe.fr/\r\n"):
            with socket.create_connection(("127.0.0.1", front.port), timeout=60) as wire:
                request = f'GET {path} HTTP/1.1\r\nHost: {website.host}\r\nUser-Agent: Mozilla/5.0 "}}\\\r\n{header}'
                wire.sendall(request.encode("latin-1") + b"Connection: close\r\n\r\n")
                while wire.recv(65536):
                    pass
            asked += 1
    # Bytes as they come, which are no text at all.
    with socket.create_connection(("127.0.0.1", front.port), timeout=60) as wire:
        wire.sendall(b"GET /\xff\xfe/ HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % website.host.encode())
        while wire.recv(65536):
            pass
    found = lines_in(logs, 3)
    assert (len(found), asked) == (3, 3 + 6 * len(HOSTILE)), "\n".join(found)
    done = reading.read(at=timezone.now())
    assert done.lines == len(found)
    assert done.unreadable == 0
    assert counted() == {"/contact/": 3}


def reopened(front: Front, log: Path) -> None:
    """Wait until each worker of nginx writes in this file: it opens it again when it has the time."""
    master = front.process.pid
    end = time.monotonic() + 60
    while time.monotonic() < end:
        wanted = log.stat()
        workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        try:
            opened = [[one.stat() for one in Path(f"/proc/{worker}/fd").iterdir()] for worker in workers]
        except FileNotFoundError:  # Closed between its name and its look.
            continue
        if all(any((one.st_dev, one.st_ino) == (wanted.st_dev, wanted.st_ino) for one in files) for files in opened):
            return
        time.sleep(0.05)
    raise AssertionError("nginx has not opened its log again")


def test_what_logrotate_puts_aside_is_counted_once(front, website, logs, tmp_path):
    rotate = tool("logrotate")
    shipped = house.read("deploy/nginx/logrotate")
    # The shipped rules, in this folder and without its group; nginx is the one of this test.
    rules = shipped.replace("/var/lib/socle-audience", str(logs)).replace("\tsu root socle-audience\n", "")
    rules = re.sub(r"create 0640 .*", "create 0640", rules).replace("size 20M", "size 1")
    rules = rules.replace("nginx -s reopen", f"kill -USR1 {front.process.pid}")
    wanted = tmp_path / "logrotate.conf"
    asked, headers = 0, {"User-Agent": PERSON}
    for turn in range(3):
        for _ in range(5):
            front.get(website.host, "/contact/", **headers)
            asked += 1
        lines_in(logs, 5)
        if turn == 1:
            reading.read(at=timezone.now())
        wanted.write_text(rules)
        wanted.chmod(0o644)
        # Two in one second would bear one name.
        time.sleep(1.1)
        subprocess.run([rotate, "--force", "--state", str(tmp_path / "state"), str(wanted)], check=True, timeout=30)
        reopened(front, logs / "access.log")
    front.get(website.host, "/contact/", **headers)
    lines_in(logs, 1)
    names = sorted(path.name for path in logs.iterdir())
    assert [name for name in names if name.endswith(".log.gz")], names
    assert all(name.endswith((".log", ".log.gz")) for name in names), names
    for _ in range(2):
        reading.read(at=timezone.now())
    assert sum(counted().values()) == asked + 1
    assert AccessLog.objects.count() == 4


# --- The same words as Caddy -----------------------------------------------------------------------------------------
def test_both_servers_tell_a_person_from_a_robot_by_the_same_words():
    caddy, nginx = house.read(CADDY), house.read(NGINX)
    theirs = re.findall(r'"~\(\?i\)(.+)" (robot|person)', caddy)
    ours = re.findall(r'"~\*(.+)" (robot|person);', nginx)
    assert len(ours) == 2
    assert ours == theirs


def test_both_servers_leave_the_same_addresses_out():
    caddy, nginx = house.read(CADDY), house.read(NGINX)
    patterns = caddy.partition("@audience-no-page path ")[2].splitlines()[0].split()
    folders = {pattern.strip("/*") for pattern in patterns if pattern.startswith("/")}
    endings = {pattern.removeprefix("*.") for pattern in patterns if pattern.startswith("*")}
    assert set(re.search(r'"~\^/\+\(\?:(.+?)\)/" ""', nginx)[1].split("|")) == folders
    assert set(re.search(r"\\\.\(\?:([a-z|]+)\)", nginx)[1].split("|")) == endings


def test_the_example_writes_nobody_down(tmp_path):
    example = house.read("deploy/nginx/example.conf")
    servers = example.split("\nserver {")[1:]
    assert len(servers) == 2
    assert all("access_log off;" in one or "access_log /var/lib/socle-audience/" in one for one in servers)
    assert all("error_log stderr emerg;" in one or "include /etc/nginx/socle/sites.conf" in one for one in servers)
    assert "error_log stderr emerg;" in house.read("deploy/nginx/sites.conf")
