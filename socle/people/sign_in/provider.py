"""An identity provider that speaks OpenID Connect as ProConnect does. It knows no account: it returns an `Identity`.

Authorization code, PKCE, state and nonce; the identity token and the answer about the person are both signed, and
nothing unsigned is believed. Everything that leaves goes through the guard of `socle.lib.http`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jwt
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse

from socle.lib import http
from socle.lib.refusals import Refused

log = logging.getLogger("socle.sign_in")

# A key that is published is used to check, never to sign: nothing symmetric, never « none ».
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
# Seconds by which the provider's clock and ours may differ.
LEEWAY = 60
# Seconds during which what the provider publishes about itself is believed without asking again.
PUBLISHED_FOR = 3600
# Seconds between two readings of the keys because one is missing: anybody can name a key that does not exist.
KEYS_AGAIN_AFTER = 60
# Characters beyond which a token is not even read.
LONGEST_TOKEN = 32_768


@dataclass(frozen=True)
class Asked:
    """State kept in the session between the departure and the return."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def draw(cls) -> Asked:
        return cls(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))


@dataclass(frozen=True)
class Identity:
    """Who the provider says this is, every signature checked. `subject` never changes; the address may."""

    issuer: str
    subject: str
    email: str
    siret: str
    acr: str
    amr: tuple[str, ...]
    id_token: str


def is_configured() -> bool:
    """Say whether this installation signs people in through a provider."""
    return bool(settings.OIDC_ISSUER and settings.OIDC_CLIENT_ID)


def departure(asked: Asked) -> str:
    """Return the address of the provider to which the person is sent. Raises `Refused` when it cannot be reached."""
    said = _published()
    wanted: dict[str, Any] = {"amr": None}
    if settings.OIDC_ACR:
        wanted["acr"] = {"essential": True, "values": list(settings.OIDC_ACR)}
    parameters = {
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT_ID,
        "redirect_uri": _return_address(),
        "scope": " ".join(settings.OIDC_SCOPES),
        "state": asked.state,
        "nonce": asked.nonce,
    }
    # How strongly one signs in is asked in one of the standard's two ways: providers refuse what they do not know.
    if settings.OIDC_ASK_ACR_BY == "acr_values":
        if settings.OIDC_ACR:
            parameters["acr_values"] = " ".join(settings.OIDC_ACR)
    else:
        parameters["claims"] = json.dumps({"id_token": wanted}, separators=(",", ":"))
    if settings.OIDC_PKCE:
        challenge = hashlib.sha256(asked.verifier.encode()).digest()
        parameters["code_challenge"] = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
        parameters["code_challenge_method"] = "S256"
    return _with(said["authorization_endpoint"], parameters)


def identify(code: str, asked: Asked, *, is_named: bool) -> Identity:
    """Exchange the code for who this is. Raises `Refused`, with what to do, on what is missing, false or weak.

    `is_named`: whether the answer said which provider made it, which was then compared.
    """
    said = _published()
    # A provider that says it names itself does so each time: without a name, it is another's answer (RFC 9207, 2.4).
    if said.get("authorization_response_iss_parameter_supported") is True and not is_named:
        raise _distrusted("the answer does not say which provider made it")
    tokens = _tokens(said, code, asked)
    id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
    if not isinstance(id_token, str) or not isinstance(access_token, str):
        raise _distrusted("no token in the answer")
    claims = _read(id_token, said, audience_needed=True)
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), asked.nonce.encode()):
        raise _distrusted("the nonce is another one")
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != settings.OIDC_CLIENT_ID:
        raise _distrusted("the token was made for another party")
    if "at_hash" in claims and not _is_of(claims["at_hash"], access_token, id_token):
        raise _distrusted("the access token is not the one of the identity token")
    subject = claims["sub"]
    acr = str(claims.get("acr") or "")
    if settings.OIDC_ACR and acr not in settings.OIDC_ACR:
        log.info("identity provider: level too low")
        raise Refused(
            f"Vous vous êtes identifié·e auprès de {settings.OIDC_NAME} d’une façon qui ne suffit pas ici. Activez-y "
            "la double authentification (une application ou une clé d’accès), puis recommencez."
        )
    person = _person(said, access_token)
    if person.get("sub") != subject:
        raise _distrusted("the answer is about somebody else")
    amr = claims.get("amr")
    return Identity(
        issuer=settings.OIDC_ISSUER,
        subject=subject,
        email=str(person.get("email") or "").strip().lower() if person.get("email_verified") is not False else "",
        siret="".join(str(person.get("siret") or "").split()),
        acr=acr,
        amr=tuple(str(one) for one in amr) if isinstance(amr, list) else (),
        id_token=id_token,
    )


def asked_for_two(identity: Identity) -> bool:
    """Say whether the provider asked for two factors, in the terms this installation accepts in place of its own."""
    return identity.acr in settings.OIDC_TWO_FACTORS_ACR or bool(set(identity.amr) & set(settings.OIDC_TWO_FACTORS_AMR))


def way_out(id_token: str, state: str) -> str | None:
    """Return the address that also ends the session at the provider, or None when it offers none or does not answer."""
    try:
        end = _published().get("end_session_endpoint")
    except Refused:
        return None
    if not isinstance(end, str) or http.why_not_call(end):
        return None
    back = f"{settings.PLATFORM_URL}{reverse('provider_left')}"
    return _with(end, {"id_token_hint": id_token, "post_logout_redirect_uri": back, "state": state})


# What the provider answers instead of a code, for those that call for a sentence of their own.
ERRORS = {
    "access_denied": "Vous n’avez pas terminé l’identification auprès de {name}. Recommencez quand vous voudrez.",
    "login_required": "{name} vous demande de vous identifier de nouveau. Recommencez.",
    "temporarily_unavailable": "{name} est momentanément indisponible. Réessayez dans quelques minutes.",
    "server_error": "{name} a rencontré une erreur. Réessayez dans quelques minutes.",
    "unmet_authentication_requirements": (
        "{name} n’a pas pu vous identifier assez sûrement. Activez-y la double authentification, puis recommencez."
    ),
}
OTHER_ERROR = (
    "{name} a refusé la demande de cette plateforme. Prévenez la personne qui l’administre ; "
    "en attendant, connectez-vous avec votre mot de passe."
)


def sentence_of(error: str) -> str:
    """Return in French what an error of the provider means, and what to do."""
    if error not in ERRORS:
        # A code of the standard; the description that comes with it is anybody's words.
        log.warning("identity provider: %s", error if error.isascii() and error.isidentifier() else "unknown error")
    return ERRORS.get(error, OTHER_ERROR).format(name=settings.OIDC_NAME)


# --- The conversation ------------------------------------------------------------------------------------------------
def _published() -> dict[str, Any]:
    """Return the configuration of the provider, at the address the standard fixes."""
    key = _cached("published")
    said: dict[str, Any] | None = cache.get(key)
    if said is not None:
        return said
    answer = _ask("GET", f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration")
    if not isinstance(answer, dict) or answer.get("issuer") != settings.OIDC_ISSUER:
        raise _distrusted("the provider says it is another one")
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
        if not isinstance(answer.get(name), str) or http.why_not_call(answer[name]):
            raise _distrusted(f"{name} is missing, or is not an address we call")
    cache.set(key, answer, PUBLISHED_FOR)
    return answer


def _tokens(said: Mapping[str, Any], code: str, asked: Asked) -> dict[str, Any]:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": _return_address()}
    if settings.OIDC_PKCE:
        form["code_verifier"] = asked.verifier
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    secret = _secret()
    # When a provider says nothing of it, the standard says « basic ».
    if "client_secret_post" in said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
        form |= {"client_id": settings.OIDC_CLIENT_ID, "client_secret": secret}
    else:
        pair = f"{quote(settings.OIDC_CLIENT_ID, safe='')}:{quote(secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    answer = _ask("POST", said["token_endpoint"], body=urlencode(form).encode(), headers=headers)
    if not isinstance(answer, dict):
        raise _distrusted("the answer is not an object")
    return answer


def _person(said: Mapping[str, Any], access_token: str) -> dict[str, Any]:
    """Return the signed claims of the provider about the person: anything else is refused."""
    headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/jwt"}
    answer = _exchange("GET", said["userinfo_endpoint"], headers=headers)
    if answer.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/jwt":
        raise _distrusted("what is told about the person is not signed")
    return _read(answer.text.strip(), said, audience_needed=False)


def _read(token: str, said: Mapping[str, Any], *, audience_needed: bool) -> dict[str, Any]:
    """The claims of a token whose signature, author, addressee and dates are right."""
    if len(token) > LONGEST_TOKEN:
        raise _distrusted("the token is too long")
    try:
        header = jwt.get_unverified_header(token)
        key = _key(said, header)
        needed = ["iss", "aud", "exp", "iat", "sub"] if audience_needed else ["iss", "aud", "sub"]
        claims: dict[str, Any] = jwt.decode(
            token,
            key=key,
            algorithms=[header["alg"]],
            audience=settings.OIDC_CLIENT_ID,
            issuer=settings.OIDC_ISSUER,
            leeway=LEEWAY,
            options={"require": needed},
        )
    except (jwt.PyJWTError, RecursionError) as error:
        # The kind of fault says enough: the message of some quotes the token.
        raise _distrusted(type(error).__name__) from error
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
        raise _distrusted("the subject is not a short text")
    return claims


def _key(said: Mapping[str, Any], header: Mapping[str, Any]) -> jwt.PyJWK:
    """The published key that the token names, fit for its algorithm."""
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        raise _distrusted("the token is not signed with a published key")
    for is_fresh in (False, True):
        for key in _keys(said, is_fresh=is_fresh):
            if header.get("kid") not in (None, key.get("kid")) or key.get("use", "sig") != "sig":
                continue
            try:
                # What the key is for comes from the key: a public key is never taken for a shared secret.
                return jwt.PyJWK(key, algorithm=algorithm)
            except (jwt.PyJWTError, ValueError, TypeError):
                continue
    raise _distrusted("no published key made this signature")


def _keys(said: Mapping[str, Any], *, is_fresh: bool) -> list[dict[str, Any]]:
    kept = _cached("keys")
    keys: list[dict[str, Any]] | None = cache.get(kept)
    # Keys change: an unknown one makes us read them again, but not at the pace of whoever sends tokens.
    if keys is not None and not (is_fresh and cache.add(_cached("keys-again"), 1, KEYS_AGAIN_AFTER)):
        return keys
    answer = _ask("GET", said["jwks_uri"])
    found = answer.get("keys") if isinstance(answer, dict) else None
    if not isinstance(found, list):
        raise _distrusted("the keys are not a list")
    keys = [key for key in found if isinstance(key, dict) and key.get("kty") in ("RSA", "EC", "OKP")]
    cache.set(kept, keys, PUBLISHED_FOR)
    return keys


def _is_of(at_hash: object, access_token: str, id_token: str) -> bool:
    bits = jwt.get_unverified_header(id_token)["alg"][-3:]
    digest = hashlib.new(f"sha{bits if bits.isdigit() else 512}", access_token.encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    return isinstance(at_hash, str) and hmac.compare_digest(at_hash.encode(), half.encode())


def _ask(method: str, url: str, **more: Any) -> Any:
    answer = _exchange(method, url, **more)
    try:
        return answer.json()
    except (http.Unreachable, RecursionError) as error:
        raise _distrusted("the answer is not JSON") from error


def _exchange(
    method: str, url: str, *, body: bytes | None = None, headers: dict[str, str] | None = None
) -> http.Answer:
    try:
        answer = http.get(url, headers=headers) if method == "GET" else http.post(url, body=body, headers=headers)
    except http.OutgoingError as error:
        log.warning("identity provider: %s", error.sentence)
        raise Refused(
            f"{settings.OIDC_NAME} ne répond pas. Réessayez dans quelques minutes, "
            "ou connectez-vous avec votre mot de passe."
        ) from error
    if not answer.is_ok:
        raise _distrusted(f"status {answer.status}")
    return answer


def _distrusted(why: str) -> Refused:
    """The reason is for the log, which holds no token; the person is told what to do."""
    log.warning("identity provider: refused, %s", why)
    return Refused(
        f"La réponse de {settings.OIDC_NAME} n’a pas pu être vérifiée : personne n’a été connecté. Recommencez ; si "
        "cela dure, connectez-vous avec votre mot de passe et prévenez la personne qui administre la plateforme."
    )


def _secret() -> str:
    try:
        return Path(settings.OIDC_CLIENT_SECRET_FILE).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        log.error("identity provider: the file of SOCLE_OIDC_CLIENT_SECRET_FILE cannot be read")
        raise Refused(
            f"La connexion par {settings.OIDC_NAME} n’est pas bien installée ici : prévenez la personne qui administre "
            "la plateforme. En attendant, connectez-vous avec votre mot de passe."
        ) from error


def _return_address() -> str:
    return f"{settings.PLATFORM_URL}{reverse('provider_return')}"


def _with(address: str, parameters: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(parameters)}"


def _cached(what: str) -> str:
    return f"oidc:{what}:{hashlib.sha256(settings.OIDC_ISSUER.encode()).hexdigest()}"
