"""How often one visitor may do each thing: one table, counted before anything else is done.

Guards against what repeats: guessing, flooding, copying everything. What is counted by account (failed sign-ins) is
allauth's, and by token the API's own; this counts by network address, behind the proxies that settings trust.
"""

from __future__ import annotations

import logging
import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from socle.lib import limits
from socle.lib.counters import REFUSED_ATTEMPTS
from socle.public.views import errors

log = logging.getLogger("socle.rates")

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
MINUTE, HOUR = 60, 3600
# A drive asks for each file several times: it is counted apart.
DRIVES = "/dav/"
# The webmail opens the box again for each page: our own servers ask, from one address, who may.
WEBMAIL = "/webmail/"
# Where a mairie drops a hundred files at once, each sent by itself.
FOLDER = "/mairie/dossier/"
# How many visitors a process remembers between two looks at the shared count.
MOST_VISITORS = 10_000


@dataclass(frozen=True)
class Rule:
    """`limit` times per `per` seconds for one visitor, of the requests that `matches`."""

    name: str
    limit: int
    per: int
    matches: Callable[[HttpRequest], bool]
    # How many of one visitor a process counts by itself before it tells the shared count: each look at it costs a file,
    # or a row. A few more than `limit` may thus pass, one such handful for each process.
    at_once: int = 1


def posts_to(*prefixes: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.method in WRITES and request.path_info.startswith(prefixes)


def _is_upload(request: HttpRequest) -> bool:
    is_of_the_folder = request.path_info.startswith(FOLDER)
    is_multipart = request.META.get("CONTENT_TYPE", "").startswith("multipart/")
    return request.method in WRITES and is_multipart and not is_of_the_folder


def _is_search(request: HttpRequest) -> bool:
    # A program is held by the rule of the API alone, which answers as it expects.
    return request.method == "GET" and bool(request.GET.get("q")) and not request.path_info.startswith("/api/")


def _is_export(request: HttpRequest) -> bool:
    is_file = request.path_info.endswith((".csv", ".xlsx", ".json", ".pdf", ".zip"))
    return is_file and not request.path_info.startswith(("/api/", DRIVES))


def _is_bundle(request: HttpRequest) -> bool:
    return request.path_info.endswith("/dossier.zip")


def _is_form(request: HttpRequest) -> bool:
    return request.method in WRITES and not request.path_info.startswith(("/api/", DRIVES, FOLDER, WEBMAIL))


RULES: tuple[Rule, ...] = (
    Rule("sign-in", 60, 5 * MINUTE, posts_to("/compte/connexion/")),
    Rule("second-factor", 30, 5 * MINUTE, posts_to("/compte/second-controle/", "/compte/confirmation/")),
    Rule("reset", 10, HOUR, posts_to("/compte/mot-de-passe-oublie/", "/compte/nouveau-mot-de-passe/")),
    # Asking to join: open to anybody, and each request writes to an address.
    Rule("joining", 40, HOUR, posts_to("/programme/", "/adhesion/")),
    # What is written on the communes' sites: open to anybody, and each message writes to an address.
    Rule("dialogue", 60, HOUR, posts_to("/_/")),
    # The codes of the machines that save with us: open to anybody, and nobody guesses.
    Rule("enrolment", 30, 10 * MINUTE, posts_to("/sauvegardes/")),
    Rule("uploads", 120, 10 * MINUTE, _is_upload),
    Rule("search", 120, MINUTE, _is_search),
    Rule("exports", 60, MINUTE, _is_export),
    # A folder whole: it keeps a web process busy as long as it leaves.
    Rule("bundles", 20, 10 * MINUTE, _is_bundle),
    Rule("forms", 300, 5 * MINUTE, _is_form),
    Rule("folder", 2000, 10 * MINUTE, posts_to(FOLDER)),
    Rule("drives", 9000, MINUTE, lambda request: request.path_info.startswith(DRIVES), at_once=30),
    Rule("webmail", 30_000, MINUTE, lambda request: request.path_info.startswith(WEBMAIL)),
    # The links by which mairies share a file: guessing one, or its password.
    Rule("shared", 240, MINUTE, lambda request: request.path_info.startswith("/partage/")),
    Rule("shared-password", 20, 10 * MINUTE, posts_to("/partage/")),
    Rule("api", 3000, MINUTE, lambda request: request.path_info.startswith("/api/")),
)
WRITTEN = re.compile(r"([1-9]\d{0,6})/([1-9]\d{0,5})", re.ASCII)


def rules() -> tuple[Rule, ...]:
    """The table, as settings amend it: `sign-in=60/300` is sixty times in five minutes."""
    amended = dict(settings.RATE_LIMITS)
    found = []
    for rule in RULES:
        text = amended.pop(rule.name, f"{rule.limit}/{rule.per}")
        match = WRITTEN.fullmatch(text)
        if match is None:
            raise ImproperlyConfigured(f"SOCLE_RATE_LIMITS: {rule.name}={text} is not number/seconds")
        limit = int(match[1])
        # Never more than a small part of what is allowed.
        at_once = max(1, min(rule.at_once, limit // 100))
        found.append(Rule(rule.name, limit, int(match[2]), rule.matches, at_once))
    if amended:
        raise ImproperlyConfigured(f"SOCLE_RATE_LIMITS: no rule is named {', '.join(sorted(amended))}")
    return tuple(found)


class RateLimits:
    """Middleware: answer 429, with when to come back, to who comes too often."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.rules = rules()
        # Of the rules that count several at once: how many of each visitor were not told yet, and who waits until when.
        self._untold: dict[str, int] = {}
        self._waits: dict[str, float] = {}

    def _seconds_to_wait(self, rule: Rule, request: HttpRequest) -> int:
        key = f"{rule.name}:{limits.visitor(request)}"
        if rule.at_once == 1:
            return limits.seconds_to_wait(key, limit=rule.limit, per=rule.per)
        now = time.time()
        if (until := self._waits.get(key, 0)) > now:
            return math.ceil(until - now)
        self._untold[key] = self._untold.get(key, 0) + 1
        if self._untold[key] < rule.at_once:
            return 0
        if len(self._untold) > MOST_VISITORS:
            self._untold.clear()
            self._waits.clear()
        self._untold[key] = 0
        seconds = limits.seconds_to_wait(key, limit=rule.limit, per=rule.per, count=rule.at_once)
        if seconds:
            self._waits[key] = now + seconds
        return seconds

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        for rule in self.rules:
            if rule.matches(request) and (seconds := self._seconds_to_wait(rule, request)):
                REFUSED_ATTEMPTS.labels(rule.name).inc()
                log.warning("too often: %s, for %s s more", rule.name, seconds)
                return too_many(request, seconds)
        return self.get_response(request)


def too_many(request: HttpRequest, seconds: int) -> HttpResponseBase:
    """Say how long to wait: as a problem to a program, as a page to a person."""
    sentence = limits.sentence(seconds)
    response: HttpResponseBase
    if request.path_info.startswith("/api/") or request.headers.get("Accept", "").startswith("application/json"):
        response = JsonResponse(
            {"title": "Trop de demandes", "status": 429, "detail": sentence},
            status=429,
            content_type="application/problem+json",
            json_dumps_params={"ensure_ascii": False},
        )
    else:
        response = errors.too_many(request, sentence=sentence)
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "no-store"
    return response
