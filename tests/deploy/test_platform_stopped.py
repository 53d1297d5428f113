"""The platform stopped, the sites behind the real web servers: read as ever; what cannot be done says whom to call."""

from __future__ import annotations

import re
import shutil

import pytest

from socle.sites.models import StandardPage, WebSite
from socle.sites.publishing import folders
from socle.sites.publishing.actions import publish_waiting
from tests.deploy.fronts import front, standing, website
from tests.sites.conftest import equipped

__all__ = ["front", "standing", "website"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

IS_STOPPED = True
GENERIC = "Le service est momentanément interrompu"
OURS = "Ce service est interrompu pour le moment"
PHONE = "03 27 77 59 00"


def published() -> WebSite:
    made = equipped("59474", "Prisches")
    publish_waiting()
    return made


def test_every_page_and_what_it_loads_is_served(front, website):
    top = folders.root() / "hosts" / website.host
    files = [path.relative_to(top) for path in top.rglob("*") if path.is_file() and path.suffix not in (".br", ".gz")]
    paths = [f"/{path}".removesuffix("index.html") for path in files if path.parts[0] != "_"]
    assert len(paths) > 20
    for path in paths:
        answer = front.get(website.host, path)
        assert answer.status == 200, path
        assert answer.data == (top / f"{path[1:]}index.html" if path.endswith("/") else top / path[1:]).read_bytes(), (
            path
        )


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/_/contact/", "GET"),
        ("/_/contact/", "POST"),
        ("/_/alertes/fin/x/", "POST"),
        ("/", "POST"),
        # Where it leads now, the platform alone knows: nothing says yet that it is missing.
        ("/travaux/rue-haute/", "GET"),
    ],
)
def test_what_asks_for_the_platform_says_whom_to_call(front, website, path, method):
    answer = front.get(website.host, path, method)
    text = answer.data.decode()
    assert answer.status == 503
    assert OURS in text
    assert re.search(rf'href="tel:[+0-9]+">{PHONE}</a>', text)
    assert "Prisches" in text
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Retry-After"] == "30"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    small = front.get(website.host, path, method, **{"Accept-Encoding": "br, gzip"})
    assert small.status == 503
    assert len(small.data) < len(answer.data) / 2


def test_a_page_that_is_missing_says_so_as_ever(front, website):
    answer = front.get(website.host, "/nulle-part/")
    assert (answer.status, "Cette page n’existe pas" in answer.data.decode()) == (404, True)


def test_a_page_that_the_mairie_has_where_a_merged_section_was_is_served(front, website):
    page = website.root_page.add_child(instance=StandardPage(title="Travaux", slug="travaux"))
    page.save_revision().publish()
    publish_waiting()
    answer = front.get(website.host, "/travaux/")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    home = front.get(website.host, "/")
    assert answer.headers["Content-Security-Policy"] == home.headers["Content-Security-Policy"]
    assert front.get(website.host, "/travaux").headers["Location"] == "/travaux/"


def test_the_page_itself_is_found_at_no_address(front, website):
    assert front.get(website.host, "/_/503.html").status == 503
    assert front.get(website.host, "/503.html").status == 404


def test_where_no_site_has_such_a_page_the_server_says_it(front, website):
    for host in ("inconnue.localhost", "..", "../sites"):
        answer = front.get(host, "/_/contact/")
        assert answer.status in (503, 400), host
        assert answer.status == 400 or GENERIC in answer.data.decode()
    shutil.rmtree(folders.root() / "hosts" / website.host / "_")
    answer = front.get(website.host, "/_/contact/")
    assert (answer.status, GENERIC in answer.data.decode()) == (503, True)
    assert front.get(website.host, "/contact/").status == 200


def test_what_opens_a_door_is_not_written_when_nobody_answers(front, website):
    assert front.get(website.host, "/_/alertes/confirmer/SecretDuLien/").status >= 500
    assert "SecretDuLien" not in front.said.read_text()


def test_the_page_of_the_server_itself_loads_nothing_and_is_framed_nowhere(front, website):
    answer = front.get("inconnue.localhost", "/_/contact/", "POST")
    assert (answer.status, GENERIC in answer.data.decode()) == (503, True)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cache-Control"):
        assert len(answer.headers.getlist(name)) == 1, name
    # In clear, nothing is promised of what is encrypted.
    assert "Strict-Transport-Security" not in answer.headers


def test_every_answer_of_a_site_says_what_is_never_done_with_it(front, website):
    for path, status in (("/", 200), ("/robots.txt", 200), ("/nulle-part/", 404), ("/contact", (301, 302, 308))):
        answer = front.get(website.host, path)
        assert answer.status == status or answer.status in (status if isinstance(status, tuple) else ()), path
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], path
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert answer.headers["Referrer-Policy"] == "same-origin", path
