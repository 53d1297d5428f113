"""Logs: one line per request and per command, with a request id, and no personal data.

Never written: the values of a query string or of a form, e-mail addresses, secrets carried by a path (a password reset
key), names of files, network addresses. What a path holds is masked unless it is known to be harmless, and of a path
that nobody knows only the first part is written. A technician finds a request again by its id, which the error pages
show.
"""

from __future__ import annotations

import contextvars
import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponseBase

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="-")

log = logging.getLogger("socle.requests")

HEADER = "X-Request-ID"
# What a front server may send us: enough for a UUID or a ULID, nothing that could forge a line.
WELL_FORMED = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)
# The password inside an address: postgres://name:password@host.
PASSWORD = re.compile(r"(://[^\s:/@]*:)[^\s/@]+@")
EMAIL = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)*")
# What a route calls so, and shaped as below, says nothing of a person and opens nothing. Any other variable is masked.
SHOWN = frozenset(
    {"action", "action_name", "app_label", "app_name", "code", "colour", "content_type_app_name",
     "content_type_model_name", "delivery", "format", "id", "insee_code", "kind", "letter", "mark", "model_name",
     "number", "object_id", "pk", "reference", "section_code", "sector", "share_kind", "share_source", "slug",
     "theme", "waste_kind", "week_on"}
)  # fmt: skip
# A number, an INSEE code, a UUID, a word or words of an address.
HARMLESS = re.compile(r"\d{1,12}|[0-9][0-9AB][0-9]{3}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z]+(-[a-z]+)*")
# The first part of an address, or a file that robots look for: « mairie », « wp-login.php ».
FIRST = re.compile(r"\.?[a-z]{1,20}(-[a-z]{1,20}){0,3}(\.[a-z]{2,4})?|[_-]")
LONGEST_PATH = 200


class RequestIds:
    """Middleware: give each request an id, answer with it, and log the request when it ends.

    The outermost of all, so that every answer is counted, and so is the time of the others.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        received = request.headers.get(HEADER, "")
        identifier = received if WELL_FORMED.fullmatch(received) else secrets.token_hex(8)
        request.request_id = identifier  # type: ignore[attr-defined]
        token = request_id.set(identifier)
        begun = time.monotonic()
        try:
            response = self.get_response(request)
            response[HEADER] = identifier
            elapsed = (time.monotonic() - begun) * 1000
            log.log(
                level_of(request, response.status_code),
                "%s %s%s %s %.0f ms",
                request.method,
                known_host(request),
                harmless_path(request, response.status_code),
                response.status_code,
                elapsed,
            )
            return response
        finally:
            request_id.reset(token)


def level_of(request: HttpRequest, status: int) -> int:
    """How loud a request is: what machines ask every few seconds is not worth a line while all is well."""
    if request.path_info.startswith("/-/"):
        return logging.DEBUG if status < 400 else logging.WARNING
    return logging.ERROR if status >= 500 else logging.INFO


def known_host(request: HttpRequest) -> str:
    """The host asked for, if it is shaped like one; a forged header is not written in a log."""
    host = request.META.get("HTTP_HOST", "")
    return host.lower() if re.fullmatch(r"[A-Za-z0-9.:\[\]-]{1,120}", host, re.ASCII) else "?"


def harmless_path(request: HttpRequest, status: int = 200) -> str:
    """The path without what could identify a person or open a door: such values become the name of their variable."""
    match = request.resolver_match
    # The pages of a site are one route without names, which matches any address: it was known if it was found.
    if match is None or (match.args and status == 404):
        return _first_part(request.path)
    path = EMAIL.sub("<courriel>", _masked(request.path, match.kwargs))
    path = re.sub(r"[^\x21-\x7e\u00c0-\u024f…]", "?", path)
    return path if len(path) <= LONGEST_PATH else path[:LONGEST_PATH] + "…"


def _masked(path: str, values: Mapping[str, Any]) -> str:
    # The longest first, so that a value is not cut by a shorter one it contains.
    for name, value in sorted(values.items(), key=lambda item: -len(str(item[1]))):
        text = str(value)
        is_harmless = isinstance(value, int) or (name in SHOWN and HARMLESS.fullmatch(text))
        if is_harmless or not text:
            continue
        if text not in path:
            # Its route read it otherwise than it is written.
            return _first_part(path)
        path = path.replace(text, f"<{name}>")
    return path


def _first_part(path: str) -> str:
    """« /fichiers/… »: enough to know which part of the platform was asked for, and nothing that follows."""
    first, slash, _ = path.lstrip("/").partition("/")
    shown = first if FIRST.fullmatch(first) else "<inconnu>" if first else ""
    return f"/{shown}/…" if slash else f"/{shown}"


class Formatter(logging.Formatter):
    """One line per event, its request id in it; e-mail addresses and secrets are masked, in tracebacks too."""

    def __init__(self, *args: Any, secrets: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The longest first, so that none is cut by a shorter one it contains.
        ordered = sorted(secrets, key=len, reverse=True)
        self.secrets = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """With its offset: an hour that comes twice in October is told from the other."""
        return datetime.fromtimestamp(record.created, UTC).astimezone().isoformat(timespec="milliseconds")

    def format(self, record: logging.LogRecord) -> str:
        record.request_id = request_id.get()
        text = PASSWORD.sub(r"\1<secret>@", super().format(record))
        if self.secrets is not None:
            text = self.secrets.sub("<secret>", text)
        return EMAIL.sub("<courriel>", text)


class DjangoRequests(logging.Filter):
    """Let through Django's own words on a request only when it failed: our line has said the rest, without its path."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.ERROR:
            return False
        if record.exc_info:
            # Django's message holds the whole path; the traceback and the request id are what is needed.
            record.msg, record.args = "unhandled error", ()
            return True
        return False


def settings_for(level: str, verbs_file: str, secrets: Iterable[str]) -> dict[str, object]:
    """Build Django's `LOGGING`: everything to the standard error, except the verbs of the command line, to a file.

    `secrets` are the values that must never be written.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": "socle.operations.logs.Formatter",
                "secrets": set(secrets),
                "format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s",
            }
        },
        "filters": {"django_requests": {"()": "socle.operations.logs.DjangoRequests"}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
            "verbs": {
                "class": "logging.handlers.RotatingFileHandler",
                "filename": verbs_file,
                "formatter": "line",
                "maxBytes": 2_000_000,
                "backupCount": 3,
                "delay": True,
                "encoding": "utf-8",
            },
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "socle": {"level": level},
            "socle.verbs": {"handlers": ["verbs"], "level": "INFO", "propagate": False},
            "django.request": {"handlers": ["stderr"], "filters": ["django_requests"], "propagate": False},
            "django.security": {"level": "ERROR"},
            "django_tasks": {"level": "WARNING"},
            # It warns of what is meant: a twin asks nobody, a file is verified without asking anybody.
            "pyhanko": {"level": "ERROR"},
            "pyhanko_certvalidator": {"level": "ERROR"},
            "django_tasks_db": {"level": "ERROR"},
        },
    }


class ThreadsAreMeant(logging.Filter):
    """Drops what the web server says of its many threads: one of them computes at a time (`turns`)."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "Python threads" not in record.getMessage()
