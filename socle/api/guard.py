"""Checks of every request of the API: who asks, how often, in whose scope, whether it was asked already."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables

from socle.api import problems
from socle.api.problems import Problem
from socle.integrations import actions, rules
from socle.integrations.access import reach_of
from socle.integrations.models import KeptAnswer, Scope, Token
from socle.journal import readings
from socle.lib import limits, vault
from socle.lib.due import has_come
from socle.lib.refusals import Refused
from socle.provisioning.access import Access, OwnAccess, within

log = logging.getLogger("socle.api")

SAFE = ("GET", "HEAD", "OPTIONS")
KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)
# A request that outlives this was killed: nothing of it was kept, it may be asked again.
CLAIM = timedelta(minutes=2)
# What was answered may hold a secret shown once, or a name: it rests encrypted.
KEPT_ANSWERS = "kept answer"


@dataclass(frozen=True)
class Caller:
    """Who asks: a token, and what its holder reaches in its organisation's name."""

    token: Token
    access: Access | OwnAccess
    scopes: frozenset[str]

    def opens(self, wanted: Scope) -> bool:
        """Whether the token has this scope."""
        return wanted.value in self.scopes


def caller_of(request: HttpRequest) -> Caller:
    """Return who makes this request: the door has let it in."""
    found: Caller = request.api_caller  # type: ignore[attr-defined]
    return found


def record_view(request: HttpRequest, seen: readings.Seen) -> None:
    """Say that this answer is a file that names people."""
    request.api_saw = seen  # type: ignore[attr-defined]


def guarded(view: Callable[..., HttpResponseBase], methods: Collection[str] = ()) -> Callable[..., HttpResponseBase]:
    """Let a request in: known token, not too often, scoped to what it may see; answer any problem as such.

    `methods` are those known at this address, when it leads somewhere.

    No cookie opens this door, so that no page of a third party can act through someone's browser.
    """

    @csrf_exempt
    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = _let_in(request, view, args, kwargs, methods)
        except Problem as problem:
            response = problems.answer(request, problem.code, problem.detail, headers=problem.headers)
        except Refused as refusal:
            response = problems.answer(request, "refus", refusal.sentence)
        except Exception:
            log.exception("the door failed")
            response = problems.answer(request, "panne", "Une erreur imprévue s’est produite ; rien n’a été écrit.")
        is_kept = request.method in SAFE and response.status_code < 400
        response["Cache-Control"] = "private, no-cache" if is_kept else "no-store"
        response["Vary"] = "Authorization"
        return response

    return door


def _let_in(
    request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any, methods: Collection[str]
) -> HttpResponseBase:
    at = timezone.now()
    _refuse_unreadable(request)
    token = _token_of(request, at)
    if wait := limits.seconds_to_wait(f"api:{token.pk}", limit=settings.API_RATE, per=60):
        raise Problem("trop-souvent", f"Réessayez dans {wait} secondes.", headers={"Retry-After": str(wait)})
    if methods and request.method not in methods:
        sentence = f"La méthode {request.method} n’est pas connue à cette adresse."
        raise Problem("methode", sentence, headers={"Allow": ", ".join(methods)})
    access = _access_of(token, at)
    request.api_caller = Caller(token, access, frozenset(one.scope for one in token.scopes.all()))  # type: ignore[attr-defined]
    with within(access):
        if request.method in SAFE:
            response = _if_changed(request, view(request, *args, **kwargs))
        else:
            response = _write(request, lambda: view(request, *args, **kwargs), token=token, access=access, at=at)
    actions.note_use(token, at=at)
    if request.method == "GET" and response.status_code == 200:
        _note_reading(request, token, access, at)
    return response


def _note_reading(request: HttpRequest, token: Token, access: Access | OwnAccess, at: datetime) -> None:
    """A program of an operator that may read names read them, at this address; a mairie's own programs are its own.

    A file that names people is noted as the thing it is, whatever the token may read besides (`record_view`).
    """
    file: readings.Seen | None = getattr(request, "api_saw", None)
    if isinstance(access, OwnAccess) or not (file or caller_of(request).opens(Scope.PEOPLE_READ)):
        return
    route = request.resolver_match.route if request.resolver_match else ""
    seen = [file or readings.Seen("api", code=route)]
    readings.note(seen, by=access.user, operator=access.operator, door="api", token=token.prefix, at=at)


def _refuse_unreadable(request: HttpRequest) -> None:
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise Problem("trop-gros", "La demande dépasse ce que nous lisons en une fois.") from error
    except (UnreadablePostError, SuspiciousOperation) as error:
        raise Problem("mal-formee", "La demande n’est pas arrivée en entier.") from error
    if body and request.content_type != "application/json":
        raise Problem("type", "Le contenu d’une demande est du JSON : l’en-tête Content-Type vaut application/json.")
    # PostgreSQL keeps no such character, and no name holds one.
    if "\x00" in request.path:
        raise Problem("introuvable", "Il n’y a rien à cette adresse.")
    if any("\x00" in value for name in request.GET for value in (name, *request.GET.getlist(name))):
        raise Problem("mal-formee", "Un paramètre contient un caractère nul.")


@sensitive_variables("presented", "kind", "header")
def _token_of(request: HttpRequest, at: datetime) -> Token:
    header = request.headers.get("Authorization", "")
    kind, _, presented = header.partition(" ")
    if not header:
        raise _unauthenticated(
            "Aucun jeton : envoyez l’en-tête Authorization, avec « Bearer » puis le jeton.", error=""
        )
    token = actions.find_token(presented.strip()) if kind.lower() == "bearer" else None
    if token is None:
        visitor = limits.visitor(request)
        # Whoever tries secrets one after the other is slowed down, well before a right one.
        if wait := limits.seconds_to_wait(f"api-unknown:{visitor}", limit=max(10, settings.API_RATE // 10), per=60):
            raise Problem("trop-souvent", f"Réessayez dans {wait} secondes.", headers={"Retry-After": str(wait)})
        raise _unauthenticated("Ce jeton n’est pas des nôtres : vérifiez qu’il a été copié en entier.")
    if reason := rules.why_not_use(token, at=at):
        raise _unauthenticated(reason)
    return token


def _unauthenticated(detail: str, error: str = "invalid_token") -> Problem:
    challenge = 'Bearer realm="socle"' + (f', error="{error}"' if error else "")
    return Problem("jeton", detail, headers={"WWW-Authenticate": challenge})


def _access_of(token: Token, at: datetime) -> Access | OwnAccess:
    access = reach_of(token, at=at)
    if access is None:
        raise Problem("interdit", "L’organisme de ce jeton ne prend part à aucun programme.")
    return access


# --- Reading again what did not change --------------------------------------------------------------------------------
def tag_of(content: bytes) -> str:
    """Return the entity tag of a representation: two that are the same have the same one."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def matches(header: str, tag: str) -> bool:
    """Say whether a list of tags holds this one, or is « * ».

    A proxy that compresses makes tags weak (W/): ours come from the content itself, so that a weak one is as sure.
    """
    given = [one.strip().removeprefix("W/") for one in header.split(",")]
    return "*" in given or tag in given


def _if_changed(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    wanted = request.headers.get("If-None-Match", "")
    if response.status_code != 200 or not wanted or not matches(wanted, response.get("ETag", "")):
        return response
    unchanged = HttpResponse(status=304)
    unchanged["ETag"] = response["ETag"]
    del unchanged["Content-Type"]
    return unchanged


# --- Writing, once ----------------------------------------------------------------------------------------------------
def _write(
    request: HttpRequest,
    act: Callable[[], HttpResponseBase],
    *,
    token: Token,
    access: Access | OwnAccess,
    at: datetime,
) -> HttpResponseBase:
    """Act in one transaction, with the line that says by which token; asked again with the same key, answer the same.

    What was answered is kept in the transaction of what was done: killed anywhere, either both are there or neither.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return _act(request, act, token=token, access=access, at=at, kept=None)
    if not KEY.fullmatch(key):
        raise Problem("mal-formee", "La clé d’Idempotency-Key est vide, trop longue ou contient un caractère refusé.")
    kept = _claim(token, key, _fingerprint(request), at)
    if kept.status is not None:
        return _replay(kept)
    is_done = False
    try:
        response = _act(request, act, token=token, access=access, at=at, kept=kept)
        is_done = response.status_code < 400
    finally:
        # What was refused wrote nothing: mended, the same request may be made again.
        if not is_done:
            KeptAnswer.objects.filter(pk=kept.pk, status=None).delete()
    return response


def _act(
    request: HttpRequest,
    act: Callable[[], HttpResponseBase],
    *,
    token: Token,
    access: Access | OwnAccess,
    at: datetime,
    kept: KeptAnswer | None,
) -> HttpResponseBase:
    with transaction.atomic():
        response = act()
        if response.status_code >= 400:
            transaction.set_rollback(True)
            return response
        assert isinstance(response, HttpResponse)
        route = request.resolver_match.route if request.resolver_match else ""
        actions.note_write(token, operation=f"{request.method} {route}", by=access.user, at=at)
        if kept is not None:
            KeptAnswer.objects.filter(pk=kept.pk).update(
                status=response.status_code,
                body=vault.keep(response.content.decode(), purpose=KEPT_ANSWERS),
                etag=response.get("ETag", ""),
                location=response.get("Location", ""),
            )
        return response


def _fingerprint(request: HttpRequest) -> str:
    asked = f"{request.method} {request.get_full_path()}\n{request.headers.get('If-Match', '')}\n".encode()
    return hashlib.sha256(asked + request.body).hexdigest()


def _claim(token: Token, key: str, fingerprint: str, at: datetime) -> KeptAnswer:
    """Take a key, or find what it was taken for; the row is there for others before anything is done."""
    KeptAnswer.objects.filter(token=token, key=key, asked_at__lte=at - actions.ANSWERS_ARE_KEPT).delete()
    try:
        with transaction.atomic():
            return KeptAnswer.objects.create(
                token=token, key=key, fingerprint=fingerprint, asked_at=at, claimed_until=at + CLAIM
            )
    except IntegrityError:
        kept = KeptAnswer.objects.filter(token=token, key=key).first()
    if kept is not None and kept.fingerprint != fingerprint:
        raise Problem("cle-deja-prise", "Cette clé a déjà servi à une autre demande.")
    if kept is not None and kept.status is not None:
        return kept
    # Whoever held it was killed: one of those who come after takes its place.
    is_taken = kept is not None and KeptAnswer.objects.filter(
        has_come("claimed_until", at, within=CLAIM), pk=kept.pk, status=None, claimed_until=kept.claimed_until
    ).update(claimed_until=at + CLAIM)
    if kept is None or not is_taken:
        raise Problem(
            "en-cours", "La même demande est en cours : redemandez dans un instant.", headers={"Retry-After": "1"}
        )
    return kept


def _replay(kept: KeptAnswer) -> HttpResponse:
    try:
        # One kept by a version that did not encrypt them is read as it is.
        body = kept.body if kept.body.startswith("{") else vault.read(kept.body, purpose=KEPT_ANSWERS)
    except vault.Unreadable as error:
        sentence = "Cette demande a été faite, mais sa réponse ne se lit plus : relisez la chose à son adresse."
        raise Problem("refus", sentence) from error
    response = HttpResponse(body, status=kept.status, content_type="application/json")
    for name, value in (("ETag", kept.etag), ("Location", kept.location), ("Idempotency-Replayed", "true")):
        if value:
            response[name] = value
    return response
