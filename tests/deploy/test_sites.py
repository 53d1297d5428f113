"""The published sites behind the web server of production: the same answers as the platform's, without the platform."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django_scopes import scopes_disabled

from socle.domains.actions import check_name
from socle.domains.models import DomainName
from socle.sites.actions import suspend_site
from socle.sites.models import CommuneDocument, NewsPage, StandardPage, WebSite
from socle.sites.names.actions import ask_name
from socle.sites.opening import open_section
from socle.sites.publishing.actions import publish_waiting
from socle.sites.registry import sections
from socle.sites.themes import address_of
from tests import factories as f
from tests.deploy.fronts import FRONTS, PLATFORM, front, standing, started, website
from tests.sites.conftest import equipped, visit
from tests.sites.released import add_news, picture
from tests.worlds import is_served

__all__ = ["front", "standing", "visit", "website"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

# What the platform and the web server must both tell a browser, for any answer.
SAME = (
    "Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Permissions-Policy",
    "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "X-Permitted-Cross-Domain-Policies",
)  # fmt: skip


def parts(header: str | None) -> set[str]:
    """What a header says, whatever the order."""
    return {part.strip() for part in (header or "").split(";")}


def published() -> WebSite:
    """The site of Prisches, a news with a picture and two files."""
    made = equipped("59474", "Prisches")
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


@pytest.fixture(autouse=True)
def _nothing_around_a_served_test(request, standing):
    if is_served(request.node):
        standing.let_go()


def test_each_answer_is_the_platforms_own_with_the_same_safety(front, website, visit, settings):
    open_section(website, sections()["annonces"], by=f.user(), at=f.NOW)
    publish_waiting()
    with_picture = visit(website, "/actualites/brocante/").content.decode()
    image = next(part for part in with_picture.split('"') if part.startswith("/media/") and " " not in part)
    files = [f"/documents/{item.pk}/{item.filename}" for item in CommuneDocument.objects.order_by("pk")]
    paths = ["/", "/contact/", "/nulle-part/", "/robots.txt", "/sitemap.xml", image, *files]
    paths += ["/agenda.ics", "/actualites.atom", "/alertes.atom", "/actes.atom", "/annonces/fil.atom"]
    paths += ["/recherche/", "/recherche.json"]
    paths += [address_of(website), f"/icone/{website.colour[1:]}/P.svg"]
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
    assert "immutable" in front.get(website.host, address_of(website)).headers["Cache-Control"]
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


@pytest.mark.parametrize("kind", FRONTS)
def test_the_platform_answers_where_merged_sections_were_and_the_site_has_no_page(
    kind, settings, tmp_path, live_server
):
    settings.PUBLISHED_ROOT, settings.MEDIA_ROOT = tmp_path / "published", tmp_path / "media"
    site = equipped("59474", "Prisches")
    index = site.root_page.add_child(instance=StandardPage(title="Annonces", slug="annonces"))
    index.add_child(instance=StandardPage(title="Rue haute", slug="rue-haute"))
    own = site.root_page.add_child(instance=StandardPage(title="Marchés publics", slug="marches-publics"))
    own.add_child(instance=StandardPage(title="Rue haute", slug="rue-haute"))
    publish_waiting()
    with started(kind, tmp_path, settings.PUBLISHED_ROOT, platform=live_server.url.partition("//")[2]) as front:
        for path in ("/travaux/rue-haute/", "/travaux/rue-haute", "/travaux/rue-haute/?a=1"):
            for method in ("GET", "HEAD"):
                answer = front.get(site.host, path, method)
                assert (answer.status, answer.headers.get("Location")) == (301, "/annonces/rue-haute/"), path
                for name in SAME:
                    assert len(answer.headers.getlist(name)) <= 1, name
        assert front.get(site.host, "/annonces/rue-haute/").status == 200
        missing = front.get(site.host, "/travaux/rue-basse/")
        assert (missing.status, "Cette page n’existe pas" in missing.data.decode()) == (404, True)
        assert front.get(site.host, "/menus-collectifs.csv").status == 410
        assert front.get(site.host, "/travaux/rue-haute/", "POST").status == 405
        assert front.get(site.host, "/marches-publics/rue-haute/").status == 200
        assert front.get(site.host, "/marches-publics/rue-haute").headers["Location"].endswith("rue-haute/")
        own.delete()
        publish_waiting()
        assert front.get(site.host, "/marches-publics/rue-haute/").headers["Location"] == "/annonces/rue-haute/"


def test_a_suspended_site_is_explained_by_the_platform(front, website):
    suspend_site(website, by=f.user(), at=f.NOW)
    publish_waiting()
    assert front.get(website.host).data.decode() == PLATFORM


@pytest.mark.parametrize("front", ["caddy"], indirect=True)
def test_the_other_names_of_a_site_lead_to_the_main_one_without_the_platform(front, website, visit, settings, client):
    settings.SOCLE_SITES_ADDRESSES = ["192.0.2.80"]
    settings.SOCLE_DNS = "socle.engines.simulated.names.SimulatedDns"
    first = website.host
    with scopes_disabled():
        ask_name(website, "prisches.fr", by=f.user(), at=f.NOW)
        name = DomainName.objects.get(name="prisches.fr")
        check_name(name, by=f.user(), at=f.NOW)
        publish_waiting()
        assert b"Brocante" in front.get("www.prisches.fr", "/actualites/brocante/").data
        for after, status in ((0, 302), (31, 301)):
            check_name(name, by=f.user(), at=f.NOW + timedelta(days=after))
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
