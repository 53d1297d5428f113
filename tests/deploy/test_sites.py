"""The published sites behind the web server of production: the same answers as the platform's, without the platform."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import urllib3
from django.core.files.base import ContentFile
from django_scopes import scopes_disabled

from socle.websites.actions import create_site, suspend_site
from socle.websites.cards import card_of
from socle.websites.models import CommuneDocument, NewsPage, WebSite
from socle.websites.naming import actions as naming
from socle.websites.publishing.actions import publish_waiting
from tests import factories as f
from tests.conftest import tool
from tests.consistency import house
from tests.websites.conftest import town_hall, visit
from tests.websites.test_publishing import add_news, picture

__all__ = ["visit"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

# What the platform and the web server must both tell a browser, for any answer.
SAME = (
    "Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Permissions-Policy",
    "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "X-Permitted-Cross-Domain-Policies",
)  # fmt: skip
PLATFORM = "the platform was asked"


def parts(header: str | None) -> set[str]:
    """What a header says, whatever the order."""
    return {part.strip() for part in (header or "").split(";")}


@dataclass
class Front:
    """A web server over the published files; behind it, a stand-in that only says that it was asked."""

    port: int
    http: urllib3.PoolManager
    kind: str

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


def caddy_over(tmp_path: Path, published: Path, port: int) -> list[str]:
    """Write the configuration of a Caddy; return its command."""
    (tmp_path / "Caddyfile").write_text(
        f"{{\n\tadmin off\n\tauto_https off\n}}\nimport {house.ROOT}/deploy/one-machine/sites.caddy\n"
        f'http://:{port} {{\n\timport sites\n\thandle {{\n\t\trespond "{PLATFORM}"\n\t}}\n}}\n'
    )
    caddy = tool("caddy", str(Path(sys.executable).parent / "caddy"))
    return [caddy, "run", "--config", str(tmp_path / "Caddyfile")]


def nginx_over(tmp_path: Path, published: Path, port: int) -> list[str]:
    """Write the configuration of an nginx, its platform one of its own servers; return its command."""
    ours, inside = house.ROOT / "deploy/nginx", tmp_path / "platform.sock"
    folders = "".join(
        f"{kind}_temp_path {tmp_path}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/nginx.pid; error_log stderr; {'user root;' if os.getuid() == 0 else ''}\n"
        f"events {{}}\nhttp {{ {folders} access_log off; include {ours}/maps.conf;\n"
        f"upstream socle {{ server unix:{inside}; }}\n"
        f'server {{ listen unix:{inside}; location / {{ return 200 "{PLATFORM}"; }} }}\n'
        f"server {{ listen 127.0.0.1:{port}; set $published {published}; include {ours}/sites.conf; }} }}\n"
    )
    return [tool("nginx", "/usr/sbin/nginx"), "-e", "stderr", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]


FRONTS = {"caddy": caddy_over, "nginx": nginx_over}


@pytest.fixture(params=FRONTS)
def front(settings, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Front]:
    """One web server after the other, each with the configuration we ship."""
    settings.PUBLISHED_ROOT = tmp_path / "published"
    settings.MEDIA_ROOT = tmp_path / "media"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = FRONTS[request.param](tmp_path, settings.PUBLISHED_ROOT, port)
    said = tmp_path / "server.log"
    with said.open("w") as log:
        server = subprocess.Popen(
            command,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "FRONT_PUBLISHED": str(settings.PUBLISHED_ROOT)},
            stdout=log,
            stderr=log,
        )
    made = Front(port, urllib3.PoolManager(), request.param)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                made.get("personne.exemple.invalid")
                break
            except urllib3.exceptions.HTTPError:
                is_starting = time.monotonic() < deadline and server.poll() is None
                assert is_starting, said.read_text()
                time.sleep(0.05)
        yield made
    finally:
        made.http.clear()
        server.terminate()
        server.wait(10)


@pytest.fixture
def website(front):
    place = f.commune("59474", "Prisches")
    town_hall(place)
    made = create_site(f.beneficiary(place), by=f.user(), at=f.NOW)
    document = CommuneDocument.objects.create(
        title="Compte rendu", file=ContentFile(b"%PDF-1.4 essai", name="compte-rendu.pdf"), collection=made.collection
    )
    letter = CommuneDocument.objects.create(
        title="Tarifs", file=ContentFile(b"salle;prix\n", name="tarifs.csv"), collection=made.collection
    )
    add_news(
        made,
        picture=picture(made),
        body=[("file", {"document": document, "title": ""}), ("file", {"document": letter, "title": ""})],
    )
    publish_waiting()
    return made


def test_each_answer_is_the_platforms_own_with_the_same_safety(front, website, visit, settings):
    with_picture = visit(website, "/actualites/brocante/").content.decode()
    image = next(part for part in with_picture.split('"') if part.startswith("/media/") and " " not in part)
    files = [f"/documents/{item.pk}/{item.filename}" for item in CommuneDocument.objects.order_by("pk")]
    paths = ["/", "/contact/", "/nulle-part/", "/robots.txt", "/sitemap.xml", image, *files]
    paths += ["/agenda.ics", "/actualites.atom", "/alertes.atom", "/recherche/", "/recherche.json"]
    paths += [f"/couleurs/{website.colour[1:]}.css", f"/icone/{website.colour[1:]}/P.svg", card_of(website).url]
    for path in paths:
        ours, theirs = visit(website, path), front.get(website.host, path)
        content = ours.getvalue() if ours.streaming else ours.content
        assert theirs.status == ours.status_code, path
        assert theirs.data == content, path
        for name in SAME:
            assert parts(theirs.headers.get(name)) == parts(ours.headers.get(name)), (path, name)
        disposition = theirs.headers.get("Content-Disposition", "").partition(";")[0]
        assert (disposition == "attachment") == ours.headers.get("Content-Disposition", "").startswith("attachment"), (
            path
        )
        assert (
            theirs.headers["Content-Type"].partition(";")[0].rpartition("/")[2]
            == (ours.headers["Content-Type"].partition(";")[0].rpartition("/")[2])
        ), path
        # nginx never keeps its name to itself; of its version it says nothing.
        assert theirs.headers.get("Server") in (None, "nginx")


def test_a_reader_asks_again_for_nothing_and_receives_little(front, website):
    first = front.get(website.host, "/")
    again = front.get(website.host, "/", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.data) == (304, b"")
    small = front.get(website.host, "/", **{"Accept-Encoding": "br, gzip"})
    assert small.headers["Content-Encoding"] == {"caddy": "br", "nginx": "gzip"}[front.kind]
    assert len(small.data) < len(first.data) / 2
    assert "Accept-Encoding" in small.headers["Vary"]
    assert "immutable" in front.get(website.host, f"/couleurs/{website.colour[1:]}.css").headers["Cache-Control"]
    assert "must-revalidate" in first.headers["Cache-Control"]
    assert front.get(website.host, "/contact").headers["Location"] == "/contact/"


@pytest.mark.parametrize(
    ("host", "path", "method"),
    [
        ("inconnue.localhost", "/", "GET"),
        ("..", "/", "GET"),
        ("../../sites/prisches.localhost", "/", "GET"),
        ("prisches.localhost", "/_/contact/", "GET"),
        ("prisches.localhost", "/", "POST"),
    ],
)
def test_what_is_no_file_of_a_site_is_asked_of_the_platform(front, website, host, path, method):
    answer = front.get(host, path, method)
    assert answer.data.decode() == PLATFORM or answer.status == 400


@pytest.mark.parametrize("path", ["/../../../etc/passwd", "/%2e%2e/%2e%2e/", "/..%2f..%2f", "/index.html.br/../../"])
def test_nothing_outside_the_site_is_served(front, website, path):
    answer = front.get(website.host, path)
    assert answer.status in {400, 404, 308} or answer.data == front.get(website.host, "/").data


def test_what_is_said_of_a_file_is_not_said_of_the_page_that_says_it_is_missing(front, website):
    page = front.get(website.host, "/nulle-part/")
    for path in (
        "/media/partie.jpg",
        "/documents/9/parti.csv",
        "/evenements/9.ics",
        "/partie.css",
        "/static/partie.js",
    ):
        answer = front.get(website.host, path)
        assert (answer.status, answer.data) == (404, page.data), path
        for name in (*SAME, "Cache-Control", "Content-Type", "Content-Disposition"):
            assert answer.headers.get(name) == page.headers.get(name), (path, name)


def test_the_sites_stay_up_when_the_platform_has_nothing_left(front, website, settings):
    shutil.rmtree(settings.MEDIA_ROOT)
    NewsPage.objects.all().delete()
    assert b"Brocante" in front.get(website.host, "/actualites/brocante/").data


def test_a_suspended_site_is_explained_by_the_platform(front, website):
    suspend_site(website, by=f.user(), at=f.NOW)
    publish_waiting()
    assert front.get(website.host).data.decode() == PLATFORM


@pytest.mark.parametrize("front", ["caddy"], indirect=True)
def test_the_other_names_of_a_site_lead_to_the_main_one_without_the_platform(front, website, visit, settings, client):
    settings.SOCLE_SITES_ADDRESSES = ["192.0.2.80"]
    settings.SOCLE_LOOKOUT = "socle.engines.simulated.names.SimulatedNames"
    first = website.host
    with scopes_disabled():
        name = naming.ask_name(website, "prisches.fr", by=f.user(), at=f.NOW)
        name = naming.check_name(name, by=f.user(), at=f.NOW)
        publish_waiting()
        assert b"Brocante" in front.get("www.prisches.fr", "/actualites/brocante/").data
        for after, status in ((0, 302), (31, 301)):
            naming.check_name(name, by=f.user(), at=f.NOW + timedelta(days=after))
            publish_waiting()
            ours = client.get("/contact/?a=1", headers={"host": "prisches.fr"})
            theirs = front.get("prisches.fr", "/contact/?a=1")
            assert (theirs.status, ours.status_code) == (status, status)
            for header in ("Location", "Cache-Control"):
                assert theirs.headers[header] == ours.headers[header]
            assert "Server" not in theirs.headers
        assert front.get(first, "/").status == 302
        # Whatever is asked for: what leads elsewhere for now is not kept for ever.
        assert front.get(first, "/media/vue.jpg").headers["Cache-Control"] == "no-store"
        assert front.get("prisches.fr", "/_/contact/").data.decode() == PLATFORM
        assert front.get("prisches.fr", "//ailleurs.invalid/").headers["Location"].startswith("http://www.prisches.fr")
        suspend_site(WebSite.objects.get(), by=f.user(), at=f.NOW)
        publish_waiting()
        assert front.get("prisches.fr").data.decode() == front.get(first).data.decode() == PLATFORM
