"""Signing in by the identity provider: what it says is checked to the letter, and opens only what was already open."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pytest
from django.conf import settings as configured
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from socle.journal.models import Entry
from socle.lib import siret
from socle.people import invitations
from socle.people.models import LinkedIdentity, Role, User
from tests import factories
from tests.client import DemandingClient
from tests.conftest import EVERYTHING, tool
from tests.people.liar import CLIENT, SECRET, Liar, Running
from tests.people.test_sign_in import PASSWORD, code_of, is_in, set_up_second_factor

pytestmark = pytest.mark.django_db

DEPART, RETURN = "/compte/fournisseur/", "/compte/fournisseur/retour/"
EMAIL = "camille@exemple.invalid"


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    running = Running()
    yield running
    running.stop()


def configure(settings: Any, issuer: str, secret_file: Path) -> None:
    secret_file.write_text(f"{SECRET}\n")
    settings.OIDC_ISSUER = issuer
    settings.OIDC_CLIENT_ID = CLIENT
    settings.OIDC_CLIENT_SECRET_FILE = str(secret_file)
    settings.OUTGOING_INTERNAL = ["127.0.0.1"]


@pytest.fixture
def liar(running: Running, settings: Any, tmp_path: Path, secretary: User) -> Liar:
    configure(settings, running.issuer, tmp_path / "secret")
    liar = running.new()
    liar.person = {"email": EMAIL, "siret": siret_of(secretary)}
    return liar


@pytest.fixture
def secretary() -> User:
    return factories.member(Role.SECRETARY, factories.beneficiary(), email=EMAIL)


def siret_of(user: User) -> str:
    place = user.memberships.get().beneficiary
    assert place is not None
    return place.siret


def depart(client: DemandingClient, liar: Liar, path: str = DEPART) -> dict[str, str]:
    """Leave for the provider; return what was asked of it."""
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith(f"{liar.issuer}/authorize?"), said(response)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(response["Location"]).query).items()}
    liar.nonce = asked["nonce"]
    return asked


def enter(client: DemandingClient, liar: Liar, **more: str) -> Any:
    asked = depart(client, liar)
    return client.get(RETURN, {"code": "a-code", "state": asked["state"], **more})


def said(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


# --- Off unless it is named -------------------------------------------------------------------------------------------
def test_without_a_provider_there_is_neither_button_nor_address(client: DemandingClient) -> None:
    assert "ProConnect" not in client.get("/compte/connexion/").content.decode()
    assert client.get(DEPART).status_code == 404
    assert client.get(RETURN).status_code == 404


def test_the_button_keeps_the_page_that_was_asked_for(client: DemandingClient, liar: Liar) -> None:
    page = client.get("/compte/connexion/?next=/mairie/conventions/").content.decode()
    assert "Se connecter avec ProConnect" in page
    assert "/compte/fournisseur/?next=%2Fmairie%2Fconventions%2F" in page


# --- The way there ----------------------------------------------------------------------------------------------------
def test_what_is_asked_is_tied_to_this_browser_and_to_this_try(
    client: DemandingClient, liar: Liar, settings: Any
) -> None:
    settings.OIDC_ACR = ["eidas2"]
    asked = depart(client, liar)
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"] == f"{configured.PLATFORM_URL}{RETURN}"
    assert asked["scope"].split() == ["openid", "email", "given_name", "usual_name", "siret"]
    assert asked["code_challenge_method"] == "S256"
    assert min(len(asked["state"]), len(asked["nonce"]), len(asked["code_challenge"])) >= 32
    assert json.loads(asked["claims"]) == {"id_token": {"amr": None, "acr": {"essential": True, "values": ["eidas2"]}}}
    again = depart(DemandingClient(), liar)
    assert {asked[name] for name in ("state", "nonce", "code_challenge")}.isdisjoint(again.values())


def test_a_provider_that_knows_neither_pkce_nor_claims_is_asked_otherwise(
    client: DemandingClient, liar: Liar, settings: Any
) -> None:
    settings.OIDC_ACR, settings.OIDC_ASK_ACR_BY, settings.OIDC_PKCE = ["eidas1"], "acr_values", False
    asked = depart(client, liar)
    assert asked["acr_values"] == "eidas1"
    assert not {"claims", "code_challenge"} & set(asked)
    client.get(RETURN, {"code": "a-code", "state": asked["state"]})
    assert "code_verifier" not in liar.asked[0]
    assert is_in(client)


# --- The way back -----------------------------------------------------------------------------------------------------
def test_a_secretary_enters_and_is_linked_once_and_for_all(
    client: DemandingClient, liar: Liar, secretary: User
) -> None:
    response = enter(client, liar)
    assert is_in(client), said(response)
    (sent,) = liar.asked
    assert sent["grant_type"] == ["authorization_code"]
    assert (sent["client_id"], sent["client_secret"]) == ([CLIENT], [SECRET])
    assert len(sent["code_verifier"][0]) >= 43
    linked = LinkedIdentity.objects.get()
    assert (linked.user, linked.issuer, linked.subject) == (secretary, liar.issuer, "sub-1")
    assert Entry.objects.filter(verb="person.identity_linked", object_id=str(secretary.pk)).count() == 1
    # The address changes at the provider, and is even given to somebody else here: `sub` alone counts.
    other = factories.member(Role.MAYOR, secretary.memberships.get().beneficiary, email="autre@exemple.invalid")
    liar.person["email"] = other.email
    client.logout()
    enter(client, liar)
    assert client.session["_auth_user_id"] == str(secretary.pk)
    assert LinkedIdentity.objects.count() == 1


def test_one_is_led_to_the_page_asked_for_and_never_elsewhere(client: DemandingClient, liar: Liar) -> None:
    for wanted, reached in (
        ("/mairie/conventions/", "/mairie/conventions/"),
        ("https://ailleurs.example/", "/entrer/"),
    ):
        client.logout()
        asked = depart(client, liar, f"{DEPART}?{urlencode({'next': wanted})}")
        response = client.get(RETURN, {"code": "a-code", "state": asked["state"]})
        assert response["Location"] == reached


def test_a_secretary_of_several_communes_acts_for_the_one_the_provider_names(
    client: DemandingClient, liar: Liar, secretary: User
) -> None:
    other = factories.beneficiary(factories.commune("59001", "Abancourt", 400))
    secretary.memberships.create(role=Role.SECRETARY, beneficiary=other)
    liar.person["siret"] = other.siret
    enter(client, liar)
    assert client.session["active_beneficiary"] == other.pk


LIES: dict[str, dict[str, Any]] = {
    "another key": {"signs_with": "k2"},
    "no signature": {"signs_with": "none"},
    "the public key as a secret": {"signs_with": "the public key as a secret"},
    "another audience": {"id_token": {"aud": "another"}},
    "no audience": {"id_token": {"aud": None}},
    "for another party": {"id_token": {"aud": [CLIENT, "another"], "azp": "another"}},
    "another issuer": {"id_token": {"iss": "https://ailleurs.example"}},
    "another nonce": {"id_token": {"nonce": "x" * 40}},
    "no nonce": {"id_token": {"nonce": None}},
    "expired": {"id_token": {"exp": 1}},
    "no end": {"id_token": {"exp": None}},
    "from tomorrow": {"id_token": {"iat": 4_000_000_000}},
    "no subject": {"id_token": {"sub": None}},
    "a subject that is a number": {"id_token": {"sub": 1}},
    "a subject without end": {"id_token": {"sub": "x" * 300}},
    "another access token": {"id_token": {"at_hash": "x" * 22}},
    "an answer that is not signed": {"person_is_plain": True, "person_type": "application/json"},
    "an answer that says it is signed": {"person_is_plain": True},
    "an answer signed by another": {"person_signs_with": "k2"},
    "an answer without signature": {"person_signs_with": "none"},
    "an answer about somebody else": {"person": {"sub": "sub-2"}},
    "an answer for another": {"person": {"aud": "another"}},
    "an answer by another": {"person": {"iss": "https://ailleurs.example"}},
    "a code that is not good": {"token_status": 400},
    "a redirection": {"token_status": 302},
    "not JSON": {"token_body": b"<html>"},
    "JSON that is not an object": {"token_body": b"[1]"},
    "no token": {"token_body": b'{"access_token": "a"}'},
    "a token that is not one": {"token_body": b'{"access_token": "a", "id_token": "\\u0000.\\u00e9."}'},
    "a bottomless token": {"token_body": b'{"access_token": "a", "id_token": "' + b"W1tb" * 9000 + b'"}'},
    "bottomless JSON": {"token_body": b"[" * 100_000},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_signs_nobody_in_and_tells_what_to_do(client: DemandingClient, liar: Liar, lie: str) -> None:
    for name, value in LIES[lie].items():
        setattr(liar, name, {**getattr(liar, name), **value} if isinstance(value, dict) else value)
    response = enter(client, liar)
    assert not is_in(client)
    assert response["Location"] == "/compte/connexion/"
    assert "n’a pas pu être vérifiée" in said(response)
    assert not LinkedIdentity.objects.exists()


@pytest.mark.parametrize(
    "published",
    [
        {"issuer": "https://ailleurs.example"},
        {"token_endpoint": "http://169.254.169.254/latest"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
    ],
    ids=str,
)
def test_a_provider_that_names_another_or_a_strange_address_is_not_followed(
    client: DemandingClient, liar: Liar, published: dict[str, Any]
) -> None:
    liar.published = published
    response = client.get(DEPART)
    assert response["Location"] == "/compte/connexion/"
    assert "n’a pas pu être vérifiée" in said(response)


def test_an_unknown_key_does_not_make_us_read_the_keys_at_each_try(client: DemandingClient, liar: Liar) -> None:
    liar.signs_with = "k2"
    for _ in range(4):
        enter(client, liar)
    assert liar.keys_read <= 2


@pytest.mark.parametrize(
    "changed", [{"state": "another"}, {"state": ""}, {"iss": "https://ailleurs.example"}], ids=["state", "none", "iss"]
)
def test_an_answer_nobody_asked_for_is_refused(client: DemandingClient, liar: Liar, changed: dict[str, str]) -> None:
    response = enter(client, liar, **changed)
    assert not is_in(client)
    assert "Recommencez" in said(response)
    assert liar.asked == []


def test_an_answer_serves_once(client: DemandingClient, liar: Liar) -> None:
    asked = depart(client, liar)
    client.get(RETURN, {"code": "a-code", "state": asked["state"]})
    client.logout()
    client.get(RETURN, {"code": "a-code", "state": asked["state"]})
    assert not is_in(client)
    assert len(liar.asked) == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [("access_denied", "n’avez pas terminé"), ("server_error", "Réessayez"), ("<b>x</b>", "a refusé la demande")],
)
def test_an_error_of_the_provider_is_said_in_french(
    client: DemandingClient, liar: Liar, error: str, words: str
) -> None:
    response = enter(client, liar, error=error, error_description="<b>x</b>")
    assert words in said(response)
    assert "<b>" not in said(response)
    assert not is_in(client)


def test_a_provider_that_does_not_answer_leaves_the_password(
    client: DemandingClient, liar: Liar, settings: Any
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.OIDC_ISSUER = f"http://127.0.0.1:{probe.getsockname()[1]}"
        response = client.get(DEPART)
    assert "ne répond pas" in said(response)
    assert response["Location"] == "/compte/connexion/"


def test_the_outgoing_guard_stands_before_the_provider_too(client: DemandingClient, liar: Liar, settings: Any) -> None:
    settings.OUTGOING_INTERNAL = []
    response = client.get(DEPART)
    assert response["Location"] == "/compte/connexion/"
    assert "ne répond pas" in said(response)


def test_a_secret_that_cannot_be_read_is_said_and_never_shown(
    client: DemandingClient, liar: Liar, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.OIDC_CLIENT_SECRET_FILE = "/nowhere/secret"
    response = enter(client, liar)
    assert "n’est pas bien installée" in said(response)
    assert "SOCLE_OIDC_CLIENT_SECRET_FILE" in caplog.text


def test_no_token_and_no_secret_reach_the_log(
    client: DemandingClient, liar: Liar, caplog: pytest.LogCaptureFixture
) -> None:
    enter(client, liar)
    assert is_in(client)
    token = client.session["provider_token"]
    for secret in (SECRET, token, "an-access-token", "a-code", EMAIL):
        assert secret not in caplog.text


# --- Whom it opens ----------------------------------------------------------------------------------------------------
def test_an_invitation_of_the_organisation_is_accepted_by_entering(
    client: DemandingClient, liar: Liar, secretary: User, settings: Any
) -> None:
    place = secretary.memberships.get().beneficiary
    assert place is not None
    mayor = factories.member(Role.MAYOR, place)
    elsewhere = factories.beneficiary(factories.commune("59001", "Abancourt", 400))
    for where in (place, elsewhere):
        invitations.invite(
            "nouvelle@exemple.invalid", name="Andrea Exemple", role=Role.SECRETARY, beneficiary=where,
            by=mayor if where == place else User.objects.system(), at=timezone.now(),
        )  # fmt: skip
    liar.person["email"] = "nouvelle@exemple.invalid"
    response = enter(client, liar)
    assert is_in(client), said(response)
    entered = User.objects.get(email="nouvelle@exemple.invalid")
    assert [membership.beneficiary for membership in entered.memberships.all()] == [place]
    # The other mairie is another organisation: its invitation waits.
    assert [one.place for one in invitations.waiting_for(entered.email, at=timezone.now())] == [elsewhere]


def test_nobody_opens_their_own_account(client: DemandingClient, liar: Liar) -> None:
    liar.person["email"] = "inconnue@exemple.invalid"
    response = enter(client, liar)
    assert "Aucun compte n’est ouvert" in said(response)
    assert not User.objects.filter(email="inconnue@exemple.invalid").exists()


@pytest.mark.parametrize("told", [{"email": None}, {"email_verified": False}], ids=["none", "not verified"])
def test_an_address_that_is_not_told_or_not_verified_opens_nothing(
    client: DemandingClient, liar: Liar, told: dict[str, Any]
) -> None:
    liar.person |= told
    response = enter(client, liar)
    assert "Aucun compte n’est ouvert" in said(response)
    assert not is_in(client)


def test_a_closed_account_stays_closed(client: DemandingClient, liar: Liar, secretary: User) -> None:
    User.objects.filter(pk=secretary.pk).update(is_active=False)
    assert "Ce compte est fermé" in said(enter(client, liar))
    assert not is_in(client)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (siret.complete(factories.siren(42)), "aucune fonction"),
        (None, "n’a pas dit pour quelle organisation"),
        ("123", "n’a pas dit pour quelle organisation"),
    ],
    ids=["another", "none", "wrong"],
)
def test_another_organisation_opens_nothing(
    client: DemandingClient, liar: Liar, number: str | None, words: str
) -> None:
    liar.person["siret"] = number
    response = enter(client, liar)
    assert words in said(response)
    assert not is_in(client)
    assert not LinkedIdentity.objects.exists()


def test_another_building_of_the_same_commune_is_the_same_commune(
    client: DemandingClient, liar: Liar, secretary: User
) -> None:
    liar.person["siret"] = siret.complete(siret_of(secretary)[:9], "0002")
    enter(client, liar)
    assert is_in(client)


def test_a_role_that_ended_opens_nothing_even_to_whom_was_linked(
    client: DemandingClient, liar: Liar, secretary: User
) -> None:
    enter(client, liar)
    client.logout()
    secretary.memberships.update(ends_on=factories.TODAY.replace(year=2020))
    assert "aucune fonction" in said(enter(client, liar))
    assert not is_in(client)


def test_an_address_given_to_somebody_else_does_not_open_the_account_of_the_first(
    client: DemandingClient, liar: Liar, secretary: User
) -> None:
    enter(client, liar)
    client.logout()
    liar.id_token, liar.person["sub"] = {"sub": "sub-2"}, "sub-2"
    assert "déjà relié" in said(enter(client, liar))
    assert not is_in(client)


def test_whoever_is_signed_in_ties_an_identity_whose_address_is_another_then_unties_it(
    client: DemandingClient, liar: Liar, secretary: User
) -> None:
    secretary.set_password(PASSWORD)
    secretary.save()
    client.post("/compte/connexion/", {"login": EMAIL, "password": PASSWORD})
    liar.person["email"] = "camille@mairie.invalid"
    response = enter(client, liar)
    assert response["Location"] == "/compte/"
    linked = LinkedIdentity.objects.get()
    assert linked.user == secretary
    page = client.get("/compte/").content.decode()
    assert "Délier" in page
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("identity_unlink", args=[linked.pk]))
    assert not LinkedIdentity.objects.exists()
    assert Entry.objects.filter(verb="person.identity_unlinked").count() == 1


def test_the_only_way_in_is_not_untied(client: DemandingClient, liar: Liar, secretary: User) -> None:
    enter(client, liar)
    client.post(reverse("identity_unlink", args=[LinkedIdentity.objects.get().pk]))
    assert LinkedIdentity.objects.exists()
    assert "choisissez d’abord un mot de passe" in client.get("/compte/").content.decode()


# --- How strongly -----------------------------------------------------------------------------------------------------
def test_a_level_too_low_is_refused_with_the_remedy(client: DemandingClient, liar: Liar, settings: Any) -> None:
    settings.OIDC_ACR = ["eidas2", "eidas3"]
    assert "Activez-y" in said(enter(client, liar))
    assert not is_in(client)
    liar.id_token = {"acr": "eidas2"}
    enter(client, liar)
    assert is_in(client)


@pytest.mark.parametrize(
    ("acr", "amr", "stands"), [("eidas1", ["pwd"], False), ("eidas2", [], True), ("eidas1", ["pwd", "mfa"], True)]
)
def test_two_factors_at_the_provider_stand_for_ours_where_the_setting_says_so(
    client: DemandingClient, liar: Liar, settings: Any, acr: str, amr: list[str], stands: bool
) -> None:
    mayor = factories.member(Role.MAYOR, User.objects.get(email=EMAIL).memberships.get().beneficiary)
    liar.person["email"] = mayor.email
    liar.id_token = {"acr": acr, "amr": amr}
    enter(client, liar)
    assert client.get("/mairie/")["Location"] == "/compte/second-controle/"
    client.logout()
    settings.OIDC_TWO_FACTORS_ACR, settings.OIDC_TWO_FACTORS_AMR = ["eidas2"], ["mfa"]
    enter(client, liar)
    assert (client.get("/mairie/").status_code == 200) is stands


def test_whoever_has_a_second_factor_here_is_asked_for_it_unless_the_provider_asked_for_two(
    client: DemandingClient, liar: Liar, settings: Any, secretary: User
) -> None:
    secret = set_up_second_factor(secretary)
    assert enter(client, liar)["Location"] == reverse("mfa_authenticate")
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert is_in(client)
    client.logout()
    settings.OIDC_TWO_FACTORS_AMR = ["mfa"]
    liar.id_token = {"amr": ["mfa"]}
    enter(client, liar)
    assert is_in(client)


# --- Out --------------------------------------------------------------------------------------------------------------
def test_leaving_ends_the_session_here_then_at_the_provider(client: DemandingClient, liar: Liar) -> None:
    enter(client, liar)
    token = client.session["provider_token"]
    response = client.post("/compte/deconnexion/")
    assert response["Location"] == "/compte/fournisseur/sortie/"
    assert not is_in(client)
    page = client.get(response["Location"]).content.decode().replace("&amp;", "&")
    found = re.search(r'url=([^"]+)"', page)
    assert found is not None
    address = urlsplit(found[1])
    asked = parse_qs(address.query)
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{liar.issuer}/end"
    assert asked["id_token_hint"] == [token]
    assert asked["post_logout_redirect_uri"] == [f"{configured.PLATFORM_URL}/compte/fournisseur/sorti/"]
    # The page serves once, and whoever comes to it by chance is led home.
    assert client.get("/compte/fournisseur/sortie/")["Location"] == "/"


def test_leaving_after_a_password_asks_nothing_of_the_provider(
    client: DemandingClient, liar: Liar, secretary: User
) -> None:
    client.force_login(secretary)
    assert client.post("/compte/deconnexion/")["Location"] == "/"


# --- The real one -----------------------------------------------------------------------------------------------------
HERE = Path(__file__).parent / "oidc"


@pytest.fixture(scope="module")
def certified() -> Iterator[str]:
    """The certified provider of npm, pinned by its lock file, on a free port."""
    node = tool("node", "nodejs")
    if not (HERE / "node_modules").exists():
        reason = "run `npm ci --prefix tests/people/oidc`, or tools/test prepare"
        pytest.fail(reason) if os.environ.get(EVERYTHING) else pytest.skip(reason)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    back = [f"{configured.PLATFORM_URL}{path}" for path in (RETURN, "/compte/fournisseur/sorti/")]
    running = subprocess.Popen(
        [node, "provider.mjs", str(port), *back],
        cwd=HERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={"PATH": os.environ["PATH"], "NODE_ENV": "production"},
    )
    assert running.stdout is not None
    try:
        assert running.stdout.readline().strip() == "ready"
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(20)
        running.stdout.close()


class Browser:
    """What a browser does at the provider: keep its cookies, follow its redirections, send its form."""

    class _Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: Any) -> None:
            return None

    def __init__(self) -> None:
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()), self._Stay())

    def open(self, url: str, form: dict[str, str] | None = None) -> tuple[str, str]:
        """Return the address a request leads to outside the provider, or the last page with its own address."""
        for _ in range(10):
            body = urlencode(form).encode() if form is not None else None
            try:
                with self.opener.open(url, body, timeout=20) as page:
                    return url, page.read().decode()
            except urllib.error.HTTPError as error:
                with error:
                    if error.code not in (302, 303):
                        raise
                    url, form = urljoin(url, error.headers["Location"]), None
            if url.startswith(configured.PLATFORM_URL):
                return url, ""
        raise AssertionError("the provider turns round")

    def sign(self, url: str, **form: str) -> str:
        page, html = self.open(url)
        assert "/interaction/" in page, html
        return self.open(page, form)[0]


@pytest.mark.slow
def test_with_the_certified_provider_one_enters_leaves_and_is_refused(
    certified: str, settings: Any, tmp_path: Path, secretary: User, client: DemandingClient
) -> None:
    configure(settings, certified, tmp_path / "secret")
    number = siret_of(secretary)

    def go(login: str = EMAIL, siret: str = number, **form: str) -> Any:
        browser = Browser()
        back = browser.sign(client.get(DEPART)["Location"], login=login, siret=siret, **form)
        return browser, client.get(back.removeprefix(configured.PLATFORM_URL))

    browser, response = go(acr="eidas1", amr="pwd")
    assert is_in(client), said(response)
    assert LinkedIdentity.objects.get().subject == f"sub-of-{EMAIL}"

    # Out of both.
    client.post("/compte/deconnexion/")
    page = client.get("/compte/fournisseur/sortie/").content.decode().replace("&amp;", "&")
    found = re.search(r'url=([^"]+)"', page)
    assert found is not None
    asked, html = browser.open(found[1])
    form = dict(re.findall(r'name="(xsrf)"[^>]*value="([^"]+)"', html))
    action = re.search(r'action="([^"]+)"', html)
    assert action is not None
    left, _ = browser.open(urljoin(asked, action[1]), {**form, "logout": "yes"})
    assert left.startswith(f"{configured.PLATFORM_URL}/compte/fournisseur/sorti/")

    # Refused there, unknown here, another organisation.
    assert "n’avez pas terminé" in said(go(refuse="1")[1])
    assert "Aucun compte" in said(go(login="autre@exemple.invalid")[1])
    other = siret.complete(factories.siren(43))
    assert "aucune fonction" in said(go(siret=other)[1])
    assert not is_in(client)

    # The level that is demanded is asked by `claims`, and the provider answers at that level.
    settings.OIDC_ACR, settings.OIDC_TWO_FACTORS_AMR = ["eidas2"], ["mfa"]
    go(acr="eidas2", amr="pwd mfa")
    assert is_in(client)
    assert "Demandé par le fournisseur" in client.get("/compte/").content.decode()
    client.logout()
    # Asked in the other way, it may answer lower: we refuse.
    settings.OIDC_ASK_ACR_BY = "acr_values"
    assert "Activez-y" in said(go(acr="eidas1", amr="pwd")[1])
    assert not is_in(client)
