"""The way to the identity provider and back: what it says is checked to the letter."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as configured

from socle.journal.models import Entry
from socle.people.models import LinkedIdentity, Role, User
from tests import factories
from tests.client import DemandingClient
from tests.people.liar import CLIENT, SECRET, Liar
from tests.people.provider import DEPART, EMAIL, RETURN, depart, enter, said, siret_of
from tests.people.test_sign_in import is_in

pytestmark = pytest.mark.django_db


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


def test_a_provider_that_says_it_names_itself_is_refused_when_it_does_not(
    client: DemandingClient, liar: Liar, secretary: User
) -> None:
    """An answer of another provider, passed off as this one's (RFC 9207)."""
    liar.published = {"authorization_response_iss_parameter_supported": True}
    liar.person = {"email": secretary.email, "siret": siret_of(secretary)}
    response = enter(client, liar)
    assert not is_in(client)
    assert "n’a pas pu être vérifiée" in said(response)
    assert liar.asked == []
    enter(client, liar, iss=liar.issuer)
    assert is_in(client)


def test_the_token_of_a_former_try_opens_nothing(client: DemandingClient, liar: Liar, secretary: User) -> None:
    liar.person = {"email": secretary.email, "siret": siret_of(secretary)}
    depart(client, liar)
    former = liar.nonce
    asked = depart(client, liar)
    liar.nonce = former
    response = client.get(RETURN, {"code": "a-code", "state": asked["state"]})
    assert not is_in(client)
    assert "n’a pas pu être vérifiée" in said(response)


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
