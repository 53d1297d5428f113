"""OAuth endpoints for the webmail and the mail servers: a token for a code, whose it is, whether it still opens.

None of it is for people: Roundcube asks the first two (RFC 6749; the claims of OpenID Connect), Dovecot the last one
(RFC 7662) at each sign-in, and says by which protocol: a box that is only read does not sign in to send.
"""

from __future__ import annotations

import base64
import binascii
import logging

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from socle.mail.models import BrowserReading
from socle.mail.webmail import actions, secrets
from socle.mail.webmail.queries import entrance, reading_of, seconds_left
from socle.people.sign_in import sessions

log = logging.getLogger("socle.mail")

# How Dovecot says by which door somebody comes (its setting oauth2_send_auth_headers).
PROTOCOL = "X-Dovecot-Auth-Protocol"
# How it calls the door of those who send: the name of Postfix's service.
SENDING = "smtp"
# Beyond, it is no token nor secret of ours.
_LONGEST = 200


def _answer(said: dict[str, object], status: int = 200) -> JsonResponse:
    response = JsonResponse(said, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _refuse(error: str, status: int) -> JsonResponse:
    return _answer({"error": error}, status)


@sensitive_variables("given", "decoded", "secret")
def _basic(request: HttpRequest) -> tuple[str, str]:
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic" or len(given) > _LONGEST:
        return "", ""
    try:
        decoded = base64.b64decode(given.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return "", ""
    name, _, secret = decoded.partition(":")
    return name, secret


@csrf_exempt
@require_POST
@sensitive_post_parameters("code", "client_secret")
@sensitive_variables("secret", "exchanged", "token")
def give_token(request: HttpRequest) -> HttpResponse:
    """Roundcube shows the code that came by the browser, and its own secret: the token of one box."""
    name, secret = request.POST.get("client_id", ""), request.POST.get("client_secret", "")
    if name != secrets.WEBMAIL or not secrets.is_secret_of(secrets.WEBMAIL, secret[:_LONGEST]):
        log.warning("a token was asked with a wrong secret")
        return _refuse("invalid_client", 401)
    if request.POST.get("grant_type") != "authorization_code":
        return _refuse("unsupported_grant_type", 400)
    if request.POST.get("redirect_uri") != entrance():
        return _refuse("invalid_grant", 400)
    at = timezone.now()
    exchanged = actions.exchange(request.POST.get("code", "")[:_LONGEST], at=at)
    if exchanged is None:
        return _refuse("invalid_grant", 400)
    reading, token = exchanged
    return _answer({"access_token": token, "token_type": "Bearer", "expires_in": seconds_left(reading, at=at)})


@require_GET
@sensitive_variables("token")
def say_identity(request: HttpRequest) -> HttpResponse:
    """Roundcube shows the token: the address of the box, by which it signs in, and the name its recipients see."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    reading = reading_of(token.strip()[:_LONGEST], at=timezone.now()) if kind.lower() == "bearer" else None
    if reading is None:
        return _refuse("invalid_token", 401)
    box = reading.opening.mailbox
    return _answer({"sub": str(box.store), "email": box.address, "name": box.display_name})


@csrf_exempt
@require_POST
@sensitive_post_parameters("token")
@sensitive_variables("secret")
def check_token(request: HttpRequest) -> HttpResponse:
    """Dovecot shows the token that a program gave it, and its own secret: whether it opens, and which box."""
    name, secret = _basic(request)
    if name != secrets.SERVERS or not secrets.is_secret_of(secrets.SERVERS, secret):
        log.warning("a token was checked with a wrong secret")
        return _refuse("invalid_client", 401)
    at = timezone.now()
    reading = reading_of(request.POST.get("token", "")[:_LONGEST], at=at)
    if reading is None or not _may(reading, request.headers.get(PROTOCOL, "")):
        return _answer({"active": False})
    sessions.note_used(reading.session, at=at)
    return _answer(
        {
            "active": True,
            "username": reading.opening.mailbox.address,
            "token_type": "Bearer",
            "only_reads": "no" if reading.opening.may_send else "yes",
        }
    )


def _may(reading: BrowserReading, protocol: str) -> bool:
    return reading.opening.may_send or protocol != SENDING
