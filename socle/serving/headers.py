"""Security headers, which tell browsers what to refuse: one table, applied to every answer.

A door begins from the policy of settings (`CONTENT_SECURITY_POLICY`) and says what it changes. A view may still say
more of its own answer (a file that runs nothing); nothing here loosens what it said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from csp.constants import NONE, SELF
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed

from socle.sites.editor.guard import POLICY as EDITOR_POLICY
from socle.sites.editor.openings import PREFIX as EDITOR_PREFIX

# What no page of ours asks of a device: a page that was tampered with cannot either.
DEVICES = (
    "accelerometer", "autoplay", "bluetooth", "browsing-topics", "camera", "display-capture", "encrypted-media",
    "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi",
    "payment", "screen-wake-lock", "serial", "usb", "window-management", "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS = ",".join(f"{device}=()" for device in DEVICES)
# What is not a page: nothing in it may load, frame or run anything, even opened by itself.
DATA: Mapping[str, Any] = {"default-src": [NONE], "frame-ancestors": [NONE]}
# What we answer to; TRACE, CONNECT and inventions are refused.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# What programs ask besides of drives and calendars (RFC 4918, RFC 4791), and nowhere else.
DRIVES = ("/dav/", "/.well-known/caldav", "/.well-known/carddav")
DRIVE_METHODS = frozenset({"PROPFIND", "PROPPATCH", "MKCOL", "MKCALENDAR", "REPORT", "COPY", "MOVE", "LOCK", "UNLOCK"})
# A browser that left with its cookies leaves what it kept of us too.
SIGN_OUT = "/compte/deconnexion/"


@dataclass(frozen=True)
class Door:
    """One door: its addresses, what it changes to the common policy, and what others may do with its answers."""

    code: str
    prefixes: tuple[str, ...]
    changes: Mapping[str, Any] = field(default_factory=dict)
    # What the next site is told of where one came from: nothing, but to ourselves.
    referrer: str = "same-origin"
    # Which sites may show our answers in their pages.
    resource: str = "same-origin"
    # Nothing of this door stays in the browser: a shared computer, the « back » button after signing out.
    is_private: bool = False


# What is not said of a site: who may frame it is in its policy, and the other is what browsers do by themselves.
IMPLIED = ("X-Frame-Options", "X-Permitted-Cross-Domain-Policies")
UNFRAMED: Mapping[str, Any] = {"frame-ancestors": [NONE]}
DOORS: tuple[Door, ...] = (
    # The editor previews its pages in a frame of its own.
    Door("editor", (EDITOR_PREFIX,), EDITOR_POLICY, is_private=True),
    Door("console", ("/console/",), UNFRAMED, is_private=True),
    Door("mairie", ("/mairie/",), UNFRAMED, is_private=True),
    Door("account", ("/compte/", "/entrer/"), UNFRAMED, is_private=True),
    Door("api", ("/api/",), UNFRAMED, is_private=True),
    # What a mairie shares by a link: whoever has it, and nobody else.
    Door("shared", ("/partage/",), UNFRAMED, referrer="no-referrer", is_private=True),
    Door("drives", DRIVES, DATA, is_private=True),
    Door("machines", ("/-/", "/sauvegardes/", "/webmail/"), DATA, is_private=True),
    # Previewed by the editor, in a frame, on the platform's own host.
    Door("previewed", ("/media/", "/documents/", "/couleurs/", "/icone/"), {}),
    Door("public", ("/",), UNFRAMED),
)
# A commune's site, on its own host: forms and calls to itself only; whoever cites its images may show them. What is
# implied by another word, or what browsers do anyway, is not said: `docs/decisions/0087-the-default-front-stays.md`.
SITES = Door(
    "sites",
    (),
    {"connect-src": [SELF], "form-action": [SELF], "frame-ancestors": [NONE], "object-src": None},
    resource="cross-origin",
)


def door_of(request: HttpRequest) -> Door:
    """The door that this request knocked at."""
    if hasattr(request, "website"):
        return SITES
    return next(door for door in DOORS if request.path_info.startswith(door.prefixes))


class DoorHeaders(CSPMiddleware):
    """Middleware: tell browsers what the door asked for refuses."""

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:  # type: ignore[override]
        super().process_request(request)
        is_of_drives = request.path_info.startswith(DRIVES) and request.method in DRIVE_METHODS
        if request.method not in METHODS and not is_of_drives:
            # Django answers an unknown method as it would a GET.
            return HttpResponseNotAllowed(sorted(METHODS))
        return None

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if report_only or parts.config is not None:
            return parts
        if response.get("Content-Type", "").startswith("text/html"):
            parts.config = {**settings.CONTENT_SECURITY_POLICY["DIRECTIVES"], **door_of(request).changes}
        else:
            parts.config, parts.update, parts.replace = dict(DATA), None, None
        return parts

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response = super().process_response(request, response)
        door = door_of(request)
        # Older browsers know this one only.
        is_framed = "'self'" in framed_by(response)
        response["X-Frame-Options"] = "SAMEORIGIN" if is_framed else "DENY"
        response["Referrer-Policy"] = door.referrer
        response["Permissions-Policy"] = PERMISSIONS
        response.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.setdefault("Cross-Origin-Resource-Policy", door.resource)
        response.setdefault("X-Permitted-Cross-Domain-Policies", "none")
        if door is SITES:
            is_page = response.get("Content-Type", "").startswith("text/html")
            for name in (*IMPLIED, *(("Cross-Origin-Resource-Policy",) if is_page else ())):
                del response[name]
        if door is SITES and response.has_header("Strict-Transport-Security"):
            # Under the name of a commune there may be servers that are not ours.
            response["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
        is_known = settings.SESSION_COOKIE_NAME in request.COOKIES and door is not SITES
        if (door.is_private or is_known) and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        if "public" in response.get("Cache-Control", ""):
            # The same for everybody, its view says so: that we looked at who was there changes nothing in it.
            varies = [name.strip() for name in response.get("Vary", "").split(",") if name.strip()]
            response["Vary"] = ", ".join(name for name in varies if name.lower() != "cookie")
        if request.path_info == SIGN_OUT and request.method == "POST":
            response["Clear-Site-Data"] = '"storage"'
        if response.status_code == 304:
            # How the page may be shown was said with the page: a browser would take these for newer words about it.
            del response["Content-Security-Policy"], response["X-Frame-Options"]
        if response.status_code == 429 and not response.has_header("Retry-After"):
            response["Retry-After"] = "300"
        return response


def framed_by(response: HttpResponseBase) -> str:
    """Return the sources that may frame this answer, by its policy."""
    for directive in response.get("Content-Security-Policy", "").split(";"):
        name, _, sources = directive.strip().partition(" ")
        if name == "frame-ancestors":
            return sources
    return ""
