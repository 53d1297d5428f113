"""What each door tells browsers to refuse, read on the answers themselves; who we answer, and under which name."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

import pytest
from django.core import mail
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import get_resolver, path, reverse

from socle.config import settings as settings_of_the_test
from socle.people.models import Role, User
from socle.serving import headers
from tests import factories as f
from tests.sites.conftest import equipped, secretary

pytestmark = pytest.mark.django_db


def policy(response: Any) -> dict[str, str]:
    """The directives of an answer."""
    shown = response["Content-Security-Policy"]
    return {name: sources for name, _, sources in (part.strip().partition(" ") for part in shown.split(";"))}


@pytest.fixture
def officer(settings: Any) -> User:
    """An operator's person who enters without a second factor, as in a demonstration."""
    settings.DEMO = True
    f.programme()
    person = f.member(Role.CDG_ADVISOR, f.operator("cdg59", "Centre de gestion", 2))
    person.is_fictitious = True
    person.save()
    return person


@pytest.fixture
def visit(request: pytest.FixtureRequest) -> Any:
    """`visit(who, address)`: a page as nobody, a mairie, an operator or a visitor of a commune's site meets it."""

    def go(who: str, address: str) -> Any:
        client = Client(SERVER_NAME="localhost")
        if who == "operator":
            client.force_login(request.getfixturevalue("officer"))
        elif who == "mairie":
            website = equipped("59474", "Prisches")
            client.force_login(secretary(website.beneficiary))
        elif who == "site":
            return Client(SERVER_NAME=equipped("59474", "Prisches").host).get(address)
        return client.get(address)

    return go


# Door, who visits, an address of it, its status, who may frame it, and whether the browser may keep it.
ANSWERS = (
    ("public", "nobody", "/", 200, "'none'", True),
    ("public", "nobody", "/accessibilite/", 200, "'none'", True),
    ("public", "nobody", "/nulle-part/", 404, "'none'", True),
    ("public", "mairie", "/accessibilite/", 200, "'none'", False),
    ("account", "nobody", "/compte/connexion/", 200, "'none'", False),
    ("account", "mairie", "/compte/", 200, "'none'", False),
    ("console", "nobody", "/console/", 302, "'none'", False),
    ("console", "operator", "/console/communes/", 200, "'none'", False),
    ("console", "operator", "/console/communes.csv", 200, "'none'", False),
    ("console", "mairie", "/console/", 403, "'none'", False),
    ("mairie", "mairie", "/mairie/", 200, "'none'", False),
    ("mairie", "nobody", "/mairie/", 302, "'none'", False),
    ("editor", "mairie", "/mairie/site/", 200, "'self'", False),
    ("api", "nobody", "/api/v1/", None, "'none'", False),
    ("drives", "nobody", "/dav/agenda/1/", 401, "'none'", False),
    ("machines", "nobody", "/-/live", 200, "'none'", False),
    ("machines", "nobody", "/webmail/identite", 401, "'none'", False),
    ("drives", "nobody", "/dav/dossier/", 401, "'none'", False),
    ("shared", "nobody", "/partage/rien/", 410, "'none'", False),
    ("sites", "site", "/", 200, "'none'", True),
    ("sites", "site", "/nulle-part/", 404, "'none'", True),
    ("sites", "site", "/robots.txt", 200, "'none'", True),
)


@pytest.mark.parametrize(("door", "who", "address", "status", "framed_by", "is_kept"), ANSWERS)
def test_every_answer_of_every_door_tells_browsers_what_to_refuse(
    visit: Any, door: str, who: str, address: str, status: int | None, framed_by: str, is_kept: bool
) -> None:
    response = visit(who, address)
    assert status is None or response.status_code == status
    told = policy(response)
    assert told["default-src"] == "'none'"
    assert told["frame-ancestors"] == framed_by
    if door != "sites":
        assert response["X-Frame-Options"] == ("SAMEORIGIN" if framed_by == "'self'" else "DENY")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    # What is not said to a browser on a site, and why nothing changes: tests/serving/test_words.py.
    if door != "sites":
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"
        # The address of a shared link opens it: it is told to nobody.
        assert response["Referrer-Policy"] == ("no-referrer" if door == "shared" else "same-origin")
    assert "camera=()" in response["Permissions-Policy"]
    assert "geolocation=()" in response["Permissions-Policy"]
    assert ("no-store" in response.get("Cache-Control", "")) is not is_kept
    # Whoever only reads receives no cookie: neither on the public pages nor on a commune's site.
    assert not (is_kept and response.cookies), response.cookies
    if response["Content-Type"].startswith("text/html"):
        assert told["base-uri"] == told.get("object-src", told["default-src"]) == "'none'"
        assert ("object-src" in told) is (door != "sites")
    if response["Content-Type"].startswith("text/html") and door != "editor":
        assert told["script-src"] == told["style-src"] == "'self'"
        assert "unsafe" not in response["Content-Security-Policy"]
    if door == "sites" and response["Content-Type"].startswith("text/html"):
        assert (told["form-action"], told["connect-src"]) == ("'self'", "'self'")


def test_every_door_of_the_table_is_visited() -> None:
    assert {door for door, *_ in ANSWERS} == {door.code for door in headers.DOORS} - {"previewed"} | {"sites"}


def test_every_address_of_the_platform_is_of_a_door(rf: RequestFactory) -> None:
    from socle.config.urls import urlpatterns

    for pattern in urlpatterns:
        start = re.split(r"[<(^\\]", f"/{pattern.pattern}")[0]
        assert headers.door_of(rf.get(start)).code
    assert headers.door_of(rf.get("/mairie/site/x")).code == "editor"
    assert headers.door_of(rf.get("/consolez/")).code == "public"


def own_policy(request: Any) -> HttpResponse:
    response = HttpResponse("x", content_type="application/pdf")
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "public, max-age=60"
    return response


def broken(request: Any) -> HttpResponse:
    raise ValueError


urlpatterns = [path("fichier/", own_policy), path("casse/", broken)]
handler500 = "socle.public.views.errors.server_error"


def test_what_a_view_says_of_its_own_answer_is_left_alone(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    response = Client().get("/fichier/")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"] == "public, max-age=60"
    assert response["X-Frame-Options"] == "DENY"


def test_an_error_is_as_strict_as_a_page(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    response = Client(raise_request_exception=False).get("/casse/")
    assert response.status_code == 500
    assert policy(response)["script-src"] == "'self'"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_signing_out_clears_what_the_browser_kept(officer: User) -> None:
    client = Client(SERVER_NAME="localhost")
    client.force_login(officer)
    page = client.get("/console/communes/")
    assert page["Cache-Control"] == "private, no-store"
    response = client.post(reverse("account_logout"))
    assert response["Clear-Site-Data"] == '"storage"'
    assert client.get("/console/communes/").status_code == 302


@pytest.mark.parametrize(("seconds", "is_secure", "expected"), [(0, True, None), (600, False, None), (600, True, 600)])
def test_browsers_are_asked_to_stay_in_https_only_once_it_is_set(
    settings: Any, seconds: int, is_secure: bool, expected: int | None
) -> None:
    settings.SECURE_HSTS_SECONDS = seconds
    response = Client().get("/accessibilite/", secure=is_secure)
    wanted = f"max-age={expected}; includeSubDomains" if expected else None
    assert response.get("Strict-Transport-Security") == wanted


def test_https_is_asked_of_a_commune_s_name_and_not_of_what_else_it_names(settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 600
    response = Client(SERVER_NAME=equipped("59474", "Prisches").host).get("/", secure=True)
    assert response["Strict-Transport-Security"] == "max-age=600"


def test_cookies_are_closed_to_scripts_and_to_other_sites(settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    person = f.user()
    person.set_password("quatre mots qui ne vont qu’à moi")
    person.save()
    client = Client(SERVER_NAME="localhost")
    answer = client.get("/compte/connexion/")
    assert answer.cookies[settings.CSRF_COOKIE_NAME]["secure"]
    assert answer.cookies[settings.CSRF_COOKIE_NAME]["samesite"] == "Lax"
    answer = client.post("/compte/connexion/", {"login": person.email, "password": "quatre mots qui ne vont qu’à moi"})
    assert answer.status_code == 302
    session = answer.cookies[settings.SESSION_COOKIE_NAME]
    assert session["secure"]
    assert session["httponly"]
    assert session["samesite"] == "Lax"
    assert not session["domain"]


@pytest.mark.slow
@pytest.mark.parametrize(("address", "prefix"), [("https://socle.exemple.fr", "__Host-"), ("http://localhost", "")])
def test_in_https_a_neighbour_of_the_domain_can_plant_no_cookie(tmp_path: Any, address: str, prefix: str) -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "from socle.config import settings as s; print(getattr(s, 'SESSION_COOKIE_NAME', ''),"
            " getattr(s, 'CSRF_COOKIE_NAME', ''), s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)",
        ],
        env={"SOCLE_PLATFORM_URL": address, "SOCLE_DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"]},
        cwd=settings_of_the_test.ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert told[-2:] == [str(bool(prefix))] * 2
    assert all(name.startswith(prefix) for name in told[:-2])
    assert len(told) == (4 if prefix else 2)


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "JEANNE"])
@pytest.mark.parametrize("address", ["/", "/compte/connexion/", "/-/live"])
def test_a_method_we_do_not_speak_is_refused(method: str, address: str) -> None:
    response = Client().generic(method, address)
    assert response.status_code == 405
    assert "GET" in response["Allow"]


# --- Under which name ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("host", ["ailleurs.exemple", "socle.exemple.fr.ailleurs.exemple", "localhost.ailleurs", ""])
@pytest.mark.parametrize("address", ["/", "/compte/connexion/", "/console/", "/api/v1/"])
def test_a_name_that_is_not_ours_gets_no_page_of_ours(host: str, address: str) -> None:
    response = Client().get(address, headers={"host": host})
    assert response.status_code == 404
    assert "Aucun site ne répond" in response.content.decode()
    assert not response.cookies


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-Host"])
def test_no_header_but_the_host_names_the_host(header: str) -> None:
    response = Client().get("/compte/connexion/", headers={"host": "localhost", header: "ailleurs.exemple"})
    assert response.status_code == 200
    assert b"ailleurs.exemple" not in response.content


@pytest.mark.parametrize("host", ["localhost", "localhost:9999", "LOCALHOST."])
def test_the_link_of_a_new_password_never_follows_the_host_asked(settings: Any, host: str) -> None:
    person = f.user()
    settings.PLATFORM_URL = "https://socle.exemple.fr"
    Client().post(
        reverse("account_reset_password"),
        {"email": person.email},
        headers={"host": host, "X-Forwarded-Host": "ailleurs.exemple"},
    )
    assert len(mail.outbox) == 1
    links = re.findall(r"https?://[^\s]+", str(mail.outbox[0].body))
    assert links
    assert all(link.startswith("https://socle.exemple.fr/") for link in links)


# --- What a page of another may not do --------------------------------------------------------------------------------
def addresses_without_a_token() -> set[str]:
    """The addresses whose view says that it takes a form from anywhere."""

    def walk(entries: Any, prefix: str) -> Any:
        for entry in entries:
            route = prefix + str(entry.pattern)
            if hasattr(entry, "url_patterns"):
                yield from walk(entry.url_patterns, route)
            elif getattr(entry.callback, "csrf_exempt", False):
                yield route

    return set(walk(get_resolver("socle.config.urls").url_patterns, ""))


def test_only_the_door_of_programs_takes_a_request_from_anywhere() -> None:
    """It wants a token in a header, as drives and calendars do a password, and no cookie opens it.

    A shared link is opened by its own secret, and Wagtail’s own is closed by the guard of the editor. The door of the
    machines that save wants a code that is good once: tests/backups/test_enrolment.py. Outlook asks how to configure
    itself, which changes nothing; whoever has had enough of the monthly message says so by its own signed link. The
    webmail and Dovecot show a secret of theirs: tests/mail/test_webmail.py.
    """
    exempt = addresses_without_a_token()
    assert exempt
    known = (
        "api/",
        "mairie/site/api/",
        "dav/",
        ".well-known/ca",
        "partage/",
        "sauvegardes/enrolement/",
        "sauvegardes/reglages/",
        "^[aA]uto[dD]iscover/",
        "rappel/fin/",
        "webmail/",
    )
    assert [route for route in exempt if not route.startswith(known)] == []


@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("nobody", "/compte/connexion/"),
        ("nobody", "/compte/mot-de-passe-oublie/"),
        ("mairie", "/compte/mot-de-passe/"),
        ("mairie", "/compte/deconnexion/"),
        ("mairie", "/mairie/organismes/choisir/"),
        ("mairie", "/mairie/site/images/add/"),
        ("operator", "/console/beneficiaires/nouveau/"),
    ],
)
def test_a_form_without_its_token_is_refused_at_every_door_and_said_in_the_log(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture, who: str, address: str
) -> None:
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    if who == "operator":
        client.force_login(request.getfixturevalue("officer"))
    elif who == "mairie":
        client.force_login(secretary(equipped("59474", "Prisches").beneficiary))
    response = client.post(address, {"login": "a@exemple.invalid"}, headers={"origin": "https://ailleurs.exemple"})
    assert response.status_code == 403
    assert "form refused" in caplog.text
    assert "ailleurs" not in caplog.text


@pytest.mark.parametrize("address", ["/.git/config", "/static/.git/config", "/media/.git/HEAD", "/documents/1/.git"])
def test_nothing_of_the_source_control_is_served_nor_copied_in_service(address: str) -> None:
    kept_out = re.search(
        r"NOT_COPIED = \((.+)\)", (settings_of_the_test.ROOT / "deploy/one-machine/versions.py").read_text()
    )
    assert kept_out is not None
    assert '".git"' in kept_out[1]
    host = equipped("59474", "Prisches").host
    assert {Client(SERVER_NAME=name).get(address).status_code for name in ("localhost", host)} == {404}
