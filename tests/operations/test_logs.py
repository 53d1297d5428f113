"""Logs find a request again, and know nobody."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import ResolverMatch, path, reverse

from socle.operations import logs


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError(f"Key (email)=({request.GET['courriel']}) already exists")


def fine(request: HttpRequest, **values: str) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [
    path("casse/", broken),
    path("cle/<key>/", fine),
    path("communes/<insee_code>/", fine),
    path("nom/<slug>/", fine),
    path("personne/<name>/", fine),
    path("dossier/<path:path>", fine),
    path("<int:number>/<str:filename>", fine),
]


SECRET = "5g-une-clé+à.garder"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that any logger says, as our handler would write it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.Formatter("%(levelname)s %(name)s [%(request_id)s] %(message)s", secrets={SECRET}))
    loggers = [logging.getLogger(name) for name in ("", "django.request", "django.security.csrf")]
    for logger in loggers:
        logger.addHandler(handler)
    yield stream
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.django_db
def test_an_address_and_a_password_that_are_posted_never_reach_the_logs(visitor: Client, written: io.StringIO) -> None:
    sign_in = reverse("account_login")
    response = visitor.post(
        f"{sign_in}?next=/console/&qui=jeanne.martin@exemple.fr",
        {"login": "jeanne.martin@exemple.fr", "password": "Un secret bien gardé"},
    )
    assert response.status_code == 200  # the form again, with its error
    line = written.getvalue()
    assert f"POST testserver{sign_in} 200" in line.replace(" ?/", " testserver/")
    for secret in ("jeanne", "martin", "exemple.fr", "secret", "next", "qui"):
        assert secret not in line.lower()


@pytest.mark.django_db
def test_the_key_that_opens_a_new_password_never_reaches_the_logs(visitor: Client, written: io.StringIO) -> None:
    address = reverse("account_reset_password_from_key", kwargs={"uidb36": "4f", "key": "c8x3y1-0f3a9b7c"})
    visitor.get(address)
    assert "nouveau-mot-de-passe/" in written.getvalue()
    assert "c8x3y1" not in written.getvalue()


@override_settings(ROOT_URLCONF=__name__)
def test_an_error_is_logged_with_its_request_id_and_without_the_address_it_quotes(
    visitor: Client, written: io.StringIO
) -> None:
    response = visitor.get("/casse/?courriel=jeanne.martin@exemple.fr")
    assert response.status_code == 500
    text = written.getvalue()
    assert "ValueError" in text
    assert "Traceback" in text
    assert text.count(f"[{response['X-Request-ID']}]") == 2  # Django's traceback, and our line
    assert "jeanne" not in text


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize(
    ("asked", "logged"),
    [
        ("/communes/59474/", "/communes/59474/"),
        ("/communes/2A004/", "/communes/2A004/"),
        ("/nom/saint-aubin/", "/nom/saint-aubin/"),
        ("/cle/c8x3y1-0f3a9b/", "/cle/<key>/"),
        ("/cle/Jeanne/", "/cle/<key>/"),
        # What a route does not call harmless is masked, however it is shaped.
        ("/personne/dupont/", "/personne/<name>/"),
        ("/dossier/social/divorce-dupont.pdf", "/dossier/<path>"),
        ("/12/Divorce.pdf", "/12/<filename>"),
        ("/communes/jeanne@exemple.fr/", "/communes/<insee_code>/"),
        ("/communes/" + "x" * 500 + "/", "/communes/" + "x" * 190 + "…"),
        # Of an address that nobody knows, the first part only.
        ("/inconnu/jeanne@exemple.fr/", "/inconnu/…"),
        ("/inconnu/a%0Ab/", "/inconnu/…"),
        ("/cle/c8x3y1-0f3a9b", "/cle/…"),
        ("/cle/c8x3y1-0f3a9b/.", "/cle/…"),
        ("/cle//c8x3y1-0f3a9b/", "/cle/…"),
        ("/CLE/c8x3y1-0f3a9b/", "/<inconnu>/…"),
        ("/cle%252Fc8x3y1-0f3a9b", "/<inconnu>"),
        ("/c8x3y1-0f3a9b", "/<inconnu>"),
        ("/jeanne@exemple.fr", "/<inconnu>"),
        ("/wp-login.php", "/wp-login.php"),
        ("/.env", "/.env"),
        ("/", "/"),
    ],
)
def test_a_path_is_logged_without_what_opens_a_door_or_names_a_person(
    visitor: Client, written: io.StringIO, asked: str, logged: str
) -> None:
    visitor.get(asked)
    assert f"GET testserver{logged} " in written.getvalue().replace(" ?/", " testserver/")


TOKEN = "a8Kx3y1:1tZq9f:N0f3a9bQ_wJ4"
OPENS = (
    *("/partage/{}/", "/partage/{}/fichier/", "/invitation/{}/", "/courrier/accord/{}/"),
    *("/adhesion/suivi/{}/", "/agenda/reponse/{}/", "/compte/adresse/{}/", "/compte/nouveau-mot-de-passe/4f-{}/"),
)
VARIED = {
    "as it is": lambda address: address,
    "without its last slash": lambda address: address.rstrip("/"),
    "a dot after it": lambda address: address.rstrip("/") + ".",
    "a dot and a slash after it": lambda address: address.rstrip("/") + "./",
    "a sign after it": lambda address: address + "%3E",
    "a word after it": lambda address: address + "merci",
    "a slash too many": lambda address: "/" + address[1:].replace("/", "//"),
    "in capitals": lambda address: address.upper(),
    "its slashes encoded": lambda address: "/" + address.strip("/").replace("/", "%2F"),
    "under another door": lambda address: "/mairie" + address,
}


@pytest.mark.django_db
@pytest.mark.parametrize("varied", VARIED)
def test_what_opens_a_door_is_never_written_however_its_address_is_mistyped(
    visitor: Client, written: io.StringIO, varied: str
) -> None:
    for address in OPENS:
        visitor.get(VARIED[varied](address.format(TOKEN)))
    said = written.getvalue().replace(" ?/", " testserver/").lower()
    assert said.count(" get testserver/") == len(OPENS)
    assert [part for part in TOKEN.lower().split(":") if part in said] == []


@pytest.mark.django_db
def test_what_opens_a_door_is_not_written_either_when_there_are_too_many_requests(
    visitor: Client, written: io.StringIO, settings: Any
) -> None:
    settings.RATE_LIMITS = {"shared": "1/60"}
    answered = [visitor.get(f"/partage/{TOKEN}/").status_code for _ in range(3)]
    assert answered[-1] == 429
    assert "GET testserver/partage/… 429" in written.getvalue().replace(" ?/", " testserver/")
    assert "a8Kx3y1" not in written.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asked",
    [
        "/dav/dossier/Social/Divorce-Dupont.pdf",
        "/dav/dossier/social/dupont",
        "/dav/agenda/3/dupont/obseques.ics",
        "/media/originaux/dupont.jpg",
        "/mairie/dossier/Divorce-Dupont.pdf",
        "/documents/3/divorce-dupont",
    ],
)
def test_no_name_of_a_file_is_written(visitor: Client, written: io.StringIO, asked: str) -> None:
    visitor.get(asked)
    said = written.getvalue().replace(" ?/", " testserver/").lower()
    assert f"get testserver/{asked.split('/')[1]}/" in said
    assert [word for word in ("dupont", "divorce", "obseques", "social") if word in said] == []


def test_a_page_of_a_site_is_written_when_it_was_found_and_only_then(rf: RequestFactory) -> None:
    request = rf.get("/vie-locale/associations/")
    request.resolver_match = ResolverMatch(fine, ("vie-locale/associations/",), {})
    assert logs.harmless_path(request, 200) == "/vie-locale/associations/"
    assert logs.harmless_path(request, 404) == "/vie-locale/…"


def test_a_key_that_contains_another_value_is_hidden_whole(rf: RequestFactory) -> None:
    request = rf.get("/cle/AbC9/AbC9-suite/")
    request.resolver_match = ResolverMatch(fine, (), {"short": "AbC9", "long": "AbC9-suite"})
    assert logs.harmless_path(request) == "/cle/<short>/<long>/"


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize("received", ["0123456789abcdef", "c1d9f6b2-7f0e-4bb7-9f5e-0e2a9b1b2c3d"])
def test_a_well_formed_request_id_is_kept(visitor: Client, received: str) -> None:
    assert visitor.get("/communes/59474/", headers={"X-Request-ID": received})["X-Request-ID"] == received


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize("received", ["", "court", "a" * 65, "abcdefgh\nERROR forged", "jeanne@exemple.fr", "éééééééé"])
def test_a_forged_request_id_is_replaced(visitor: Client, written: io.StringIO, received: str) -> None:
    answered = visitor.get("/communes/59474/", headers={"X-Request-ID": received})["X-Request-ID"]
    assert answered != received
    assert logs.WELL_FORMED.fullmatch(answered)
    assert f"[{answered}]" in written.getvalue()


@pytest.mark.slow  # It starts a process.
def test_a_verb_leaves_one_line_without_its_arguments(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "socle", "check", "--nonsense", "jeanne.martin"],
        env={**os.environ, "SOCLE_DATA_DIR": str(tmp_path)},
        capture_output=True,
        timeout=60,
    )
    assert ended.returncode != 0
    lines = (tmp_path / "logs" / "verbs.log").read_text().splitlines()
    assert len(lines) == 1
    assert "check: failed" in lines[0]
    assert "jeanne" not in lines[0]


@pytest.mark.slow  # It starts a process.
def test_the_data_folder_and_what_a_verb_writes_in_it_are_for_its_owner_only(tmp_path: Path) -> None:
    data = tmp_path / "data"
    done = subprocess.run(
        [sys.executable, "-m", "socle", "migrate", "journal", "--verbosity", "0"],
        env={**os.environ, "SOCLE_DATA_DIR": str(data), "SOCLE_DATABASE_URL": f"sqlite:///{data}/socle.sqlite3"},
        umask=0o022,
        capture_output=True,
        timeout=300,
    )
    modes = {path.name: path.stat().st_mode & 0o777 for path in (data, *data.rglob("*"))}
    assert modes["data"] == 0o700
    assert {"secret-key", "socle.sqlite3"} <= set(modes), done.stderr
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}


def test_no_secret_and_no_password_of_an_address_is_written_in_a_traceback_either(written: io.StringIO) -> None:
    said = f"cannot reach postgres://socle:dev!ne-moi@base:5432/socle with {SECRET}"
    try:
        raise OSError(said)
    except OSError:
        logging.getLogger("socle.requests").exception("told s3://eu:autre@depot and %s", SECRET)
    text = written.getvalue()
    assert "postgres://socle:<secret>@base:5432/socle" in text
    assert "s3://eu:<secret>@depot" in text
    assert [word for word in (SECRET, "dev!ne-moi", "autre") if word in text] == []
    assert text.count("<secret>") == 4


def test_a_line_tells_its_instant_with_its_offset(monkeypatch: pytest.MonkeyPatch) -> None:
    """In October an hour comes twice: without its offset, which came first is anybody's guess."""
    try:
        with monkeypatch.context() as patch:
            patch.setenv("TZ", "Europe/Paris")
            time.tzset()
            record = logging.makeLogRecord({"msg": "x", "created": 1793494800.25})
            told = [logs.Formatter("%(asctime)s").format(record)]
            record = logging.makeLogRecord({"msg": "x", "created": 1793494800.25 + 3600})
            told.append(logs.Formatter("%(asctime)s").format(record))
    finally:
        time.tzset()
    assert [len(line) for line in told] == [29, 29]
    first, second = (datetime.fromisoformat(line) for line in told)
    assert first.utcoffset() is not None
    assert second - first == timedelta(hours=1)
