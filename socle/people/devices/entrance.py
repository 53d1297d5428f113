"""The entrance of the devices: a calendar program, a network drive. What they show, and how often they may be wrong.

A wrong secret is counted by network address and by login, in the cache that every process shares. A right one is let in
whatever is counted: a hundred bits are not guessed, and whoever floods a login, or a telephone with an old password in
the same mairie, must not keep the others out. A secret that was right once (its device was ended) is no guess either.
"""

from __future__ import annotations

import base64
import binascii
import logging
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_variables

from socle.journal import actions as journal
from socle.lib import limits
from socle.lib.counters import REFUSED_ATTEMPTS
from socle.lib.dates import day_of
from socle.people.devices import queries, rules
from socle.people.devices import secret as secrets
from socle.people.devices.models import DevicePassword, Use
from socle.people.models import User

log = logging.getLogger("socle.people")

# Wrong ones in a window, for one network address, where a whole mairie may stand; and for one login.
WINDOW = 10 * 60
BY_ADDRESS, BY_LOGIN = 60, 20
REALM = 'Basic realm="Socle", charset="UTF-8"'
ASKED = "Donnez votre adresse électronique, et le mot de passe de cet appareil (« Mon compte », « Mes appareils »)."
WRONG = (
    "Ce mot de passe n’ouvre pas ce service. Celui de la plateforme ne convient pas ici\u00a0: faites-en un pour cet "
    "appareil dans « Mon compte », « Mes appareils »."
)
# Beyond, no program of ours or of anybody's sent it.
_LONGEST_HEADER = 1000


class NotLetIn(Exception):
    """Nobody entered: what to answer, in a status, a sentence for whoever reads logs, and headers."""

    def __init__(self, status: int, sentence: str, headers: dict[str, str]) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.headers = status, sentence, headers

    def answer(self) -> HttpResponse:
        """The response to give: programs show the status, people who look read the sentence."""
        response = HttpResponse(self.sentence, status=self.status, content_type="text/plain; charset=utf-8")
        response["Cache-Control"] = "no-store"
        for name, value in self.headers.items():
            response[name] = value
        return response


@dataclass(frozen=True)
class Shown:
    """A login and a secret, as a device shows them at each request."""

    login: str
    secret: str

    @property
    def prefix(self) -> str:
        """The public beginning of the secret, by which its row is found; empty when it cannot be one of ours."""
        written = secrets.read(self.secret)
        return secrets.prefix_of(written) if written else ""


@sensitive_variables("shown")
def let_in(request: HttpRequest, *, use: Use, at: datetime) -> DevicePassword:
    """Return the device that a request shows by HTTP Basic authentication, when it opens this use.

    Raises `NotLetIn`: 401 when nothing is shown or it is wrong (or the login is not that person's), 403 when the person
    has not the second factor that their role wants, 429 with
    `Retry-After` for one more wrong one once there were too many from there, or for that login. What the person then
    reaches is the room's own rule.
    """
    shown = shown_by(request)
    if shown is None:
        raise NotLetIn(401, ASKED, {"WWW-Authenticate": REALM})
    login = shown.login
    device = queries.open_device(shown.secret, use=use, at=at)
    if device is not None and queries.is_login_of(device.user, login):
        return device
    known = queries.known_device(shown.secret)
    if known is None:
        if seconds := seconds_to_wait(request, login):
            raise too_many(seconds)
        note_wrong(request, login, use=use, at=at)
    elif (
        known.ended_at is None
        and queries.is_login_of(known.user, login)
        and (reason := rules.why_not_enter(known.user, on=day_of(at)))
    ):
        # Their own secret, typed right: what is missing is theirs to mend, and asking for it again would not.
        raise NotLetIn(403, reason, {})
    raise NotLetIn(401, WRONG, {"WWW-Authenticate": REALM})


def too_many(seconds: int) -> NotLetIn:
    """Return the answer to whoever was wrong too often."""
    REFUSED_ATTEMPTS.labels("devices").inc()
    return NotLetIn(429, limits.sentence(seconds), {"Retry-After": str(seconds)})


def seconds_to_wait(request: HttpRequest, login: str) -> int:
    """Return how long this address, or whoever gives this login, must wait before trying; 0 when they need not."""
    return max(limits.seconds_left(key, limit=limit, per=WINDOW) for key, limit, _ in _counts(request, login))


def note_wrong(request: HttpRequest, login: str, *, use: Use | None, at: datetime) -> None:
    """Count a wrong secret, or with no `use` a wrong password at the sign-in page, which only counts here to be told.

    The first one that meets a limit leaves a line in the journal (never an address).
    """
    for key, limit, kind in _counts(request, login, what="device" if use else "password"):
        limits.seconds_to_wait(key, limit=limit, per=WINDOW)
        if not limits.seconds_left(key, limit=limit, per=WINDOW):
            continue
        # Once a window: the journal is no counter.
        if limits.seconds_to_wait(f"told:{key}", limit=1, per=WINDOW):
            continue
        system = User.objects.system()
        whose = (User.objects.filter(email=login).first() if kind == "login" else None) or system
        if use is None:
            journal.record("person.guessing_seen", whose, by=system, at=at, counted=kind)
        else:
            journal.record("device_password.guessing_slowed", whose, by=system, at=at, counted=kind, use=use.value)
        log.warning("too many wrong passwords, counted by %s, for %s", kind, use or "sign-in")


def _counts(request: HttpRequest, login: str, *, what: str = "device") -> tuple[tuple[str, int, str], ...]:
    return (
        (f"{what}-address:{limits.visitor(request)}", BY_ADDRESS, "address"),
        (f"{what}-login:{login}", BY_LOGIN, "login"),
    )


@sensitive_variables("header", "given", "decoded", "login", "secret")
def shown_by(request: HttpRequest) -> Shown | None:
    """Return the login and secret of a request (HTTP Basic); None when it shows nothing that could open."""
    header = request.headers.get("Authorization", "")
    kind, _, given = header.partition(" ")
    if kind.lower() != "basic" or len(header) > _LONGEST_HEADER:
        return None
    try:
        decoded = base64.b64decode(given.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    login, colon, secret = decoded.partition(":")
    # PostgreSQL keeps no such character.
    # The longest an address can be (RFC 5321): what is longer is nobody's, and is counted all the same.
    return Shown(login.strip().casefold()[:320], secret) if colon and "\x00" not in decoded else None
