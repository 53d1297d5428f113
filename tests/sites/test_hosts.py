"""Each host leads to its own place; a commune's host knows nothing of the platform."""

import pytest
from bs4 import BeautifulSoup
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import get_urlconf, reverse

from socle.documents import actions as documents
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.sites import actions
from socle.sites.hosts import HostMiddleware
from socle.sites.procedures.catalogue import codes
from tests import factories as f

PAGES = (
    "/",
    "/actualites/",
    "/actualites/ce-que-l-on-trouve-sur-ce-site/",
    "/demarches/",
    "/actes/",
    "/contact/",
    "/mentions-legales/",
    "/donnees-personnelles/",
    "/accessibilite/",
    "/plan-du-site/",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_of_a_site_is_live_sober_and_says_its_accessibility(prisches, visit, path):
    answer = visit(prisches, path)
    assert answer.status_code == 200
    assert not answer.cookies
    assert "Set-Cookie" not in answer.headers
    page = answer.content.decode()
    assert "Accessibilité\u00a0: non conforme" in page.replace("&nbsp;", "\u00a0")
    # Data for machines; and nothing that runs, but what says whether the mairie is open at this hour.
    assert page.count('<script type="application/ld+json">') == (path in {"/", "/contact/"})
    assert page.count("<script") - page.count('<script type="application/ld+json">') == (path == "/")


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_loaded_from_a_third_party(prisches, visit, path):
    soup = BeautifulSoup(visit(prisches, path).content, "html5lib")
    loaded = [tag.get("src") for tag in soup.select("[src]")] + [
        tag["href"] for tag in soup.select("link[rel~=stylesheet], link[rel~=icon]")
    ]
    assert all(address.startswith("/") and not address.startswith("//") for address in loaded)


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_site_leads_somewhere(prisches, visit, path):
    soup = BeautifulSoup(visit(prisches, path).content, "html5lib")
    for link in soup.select("a[href^='/']"):
        assert visit(prisches, link["href"].partition("#")[0]).status_code == 200, link["href"]
    for link in soup.select("a[href^='#']"):
        assert soup.find(id=link["href"][1:]), link["href"]


@pytest.mark.parametrize("path", ["/", "/actualites/", "/robots.txt", "/nulle-part/"])
@pytest.mark.parametrize("host", ["inconnue.localhost", "prisches.localhost.ailleurs", "", "[::2]", "é", "<b>", "a/b"])
def test_an_unknown_host_gets_help_and_never_a_site(prisches, path, host):
    # Not the demanding client, which reads the host as Django does: half of these are not readable.
    answer = Client().get(path, headers={"host": host})
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "Aucun site ne répond" in page
    assert "13 rue de la Mairie" not in page
    assert "<b>»" not in page
    assert not answer.cookies


@pytest.mark.parametrize(
    "host", ["prisches.localhost", "PRISCHES.localhost", "prisches.localhost:80", "prisches.localhost."]
)
def test_a_host_is_read_as_browsers_write_it(prisches, client, host):
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/compte/connexion/", "/mairie/", "/console/", "/mairie/site/", "/ui/", "/entrer/"])
def test_the_platform_does_not_exist_on_a_commune_s_host(prisches, visit, path):
    answer = visit(prisches, path)
    assert answer.status_code == 404
    assert "Prisches" in answer.content.decode()
    assert not answer.cookies


def test_a_site_does_not_exist_on_the_platform_s_host(prisches, client):
    assert client.get("/actualites/").status_code == 404


@pytest.mark.slow
def test_a_visitor_s_cookie_changes_nothing(prisches, visit, client):
    client.force_login(f.user())
    assert visit(prisches).content == visit(prisches).content
    assert not visit(prisches).cookies


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_a_site_is_only_read(prisches, client, method):
    assert getattr(client, method)("/", headers={"host": prisches.host}).status_code == 405


def test_a_missing_final_slash_is_mended(prisches, visit):
    answer = visit(prisches, "/actualites")
    assert answer.status_code == 301
    assert answer["Location"] == "/actualites/"


def test_a_missing_page_keeps_the_look_of_the_commune(prisches, visit):
    answer = visit(prisches, "/nulle-part/")
    assert answer.status_code == 404
    assert "Cette page n’existe pas" in answer.content.decode()
    assert "Commune de" in answer.content.decode()


def test_a_failing_page_says_so_without_the_database(prisches, client, monkeypatch, settings):
    settings.DEBUG = False
    client.raise_request_exception = False

    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("socle.sites.frame._frame", fail)
    answer = client.get("/", headers={"host": prisches.host})
    assert answer.status_code == 500
    assert "Le site a rencontré une difficulté" in answer.content.decode()
    assert not answer.cookies


@pytest.mark.parametrize("path", ["/", "/nulle-part/", "/actes/"])
def test_a_page_that_fails_leaves_the_thread_the_addresses_it_had(prisches, monkeypatch, path):
    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("socle.sites.frame._frame", fail)
    before = get_urlconf()
    request = RequestFactory(HTTP_HOST=prisches.host).get(path)
    answer = HostMiddleware(lambda asked: HttpResponse())(request)
    assert answer.status_code == 500
    # The page of the site, not that of the platform.
    assert "Le site a rencontré une difficulté" in answer.content.decode()
    assert get_urlconf() == before
    assert reverse("drive", args=["papiers"])


@pytest.mark.slow
def test_a_site_that_its_mairie_has_not_opened_answers_and_is_left_out_of_searches(prisches, visit):
    def seen():
        noindex = '<meta name="robots" content="noindex">' in visit(prisches).content.decode()
        robots, addresses = (visit(prisches, path).content.decode() for path in ("/robots.txt", "/sitemap.xml"))
        return noindex, "Sitemap" in robots, "<loc>" in addresses

    assert seen() == (True, False, False)
    # Robots must be let in, or they would never read that the pages are left out.
    assert "Disallow" not in visit(prisches, "/robots.txt").content.decode()
    f.open_site(prisches)
    assert seen() == (False, True, True)
    with pytest.raises(Refused, match="déjà ouvert"):
        f.open_site(prisches)
    actions.close_site(prisches, by=f.user(), at=f.NOW)
    assert seen() == (True, False, False)


def test_robots_find_the_site_map_and_nothing_of_another(prisches, ablain, visit):
    f.open_site(prisches)
    assert "Sitemap: http://prisches.localhost:8000/sitemap.xml" in visit(prisches, "/robots.txt").content.decode()
    addresses = visit(prisches, "/sitemap.xml").content.decode()
    assert addresses.count("<loc>") == len(PAGES) + len(codes())
    assert "<loc>http://prisches.localhost:8000/demarches/pacs/</loc>" in addresses
    assert "ablain" not in addresses


def test_a_demonstration_is_not_found_by_a_search(prisches, visit, settings):
    settings.DEMO = True
    assert "Disallow: /" in visit(prisches, "/robots.txt", REMOTE_ADDR="127.0.0.1").content.decode()
    assert "Démonstration" in visit(prisches, REMOTE_ADDR="127.0.0.1").content.decode()


@pytest.mark.parametrize(
    # The first page draws the neighbours.
    ("path", "most"), [("/", 22), ("/actes/", 18), ("/contact/", 17), ("/demarches/", 18), ("/accessibilite/", 17)]
)  # fmt: skip
def test_a_page_costs_the_same_whatever_the_number_of_sites(
    prisches, ablain, visit, path, most, django_assert_max_num_queries
):
    visit(prisches, path)
    with django_assert_max_num_queries(most):
        visit(prisches, path)


@pytest.mark.slow
def test_only_published_acts_of_this_commune_are_listed_and_served(prisches, ablain, visit):
    def act(website, number, subject, published_on):
        kept = documents.keep(
            b"%PDF-1.7 " + number.encode(),
            title=subject,
            beneficiary=website.beneficiary,
            filename="acte.pdf",
            by=f.user(),
            at=f.NOW,
        )
        return f.act(website.beneficiary, number, subject=subject, published_on=published_on, document=kept)

    shown = act(prisches, "2026-01", "Budget de la commune", f.TODAY.replace(month=1))
    draft = act(prisches, "2026-02", "Projet non publié", None)
    foreign = act(ablain, "2026-03", "Budget d’à côté", f.TODAY.replace(month=1))
    page = visit(prisches, "/actes/").content.decode()
    assert "Budget de la commune" in page
    assert "Projet non publié" not in page
    assert "Budget d’à côté" not in page
    assert visit(prisches, f"/actes/{shown.pk}/acte-{shown.pk}.pdf").content == b"%PDF-1.7 2026-01"
    for hidden in (draft, foreign):
        assert visit(prisches, f"/actes/{hidden.pk}/acte-{hidden.pk}.pdf").status_code == 404
    assert f.acts().count() == 3


@pytest.mark.parametrize(
    ("gesture", "verb"),
    [
        (lambda site, **how: f.open_site(site), "website.opened"),
        (lambda site, **how: actions.suspend_site(site, **how), "website.suspended"),
        (lambda site, **how: actions.archive_site(site, **how), "website.archived"),
    ],
)
def test_whatever_becomes_of_a_site_is_written_once_about_it(prisches, ablain, gesture, verb):
    gesture(prisches, by=f.user(), at=f.NOW)
    (line,) = Entry.objects.filter(verb=verb)
    assert (line.object_id, line.beneficiary_ref) == (str(prisches.pk), str(prisches.beneficiary_id))
