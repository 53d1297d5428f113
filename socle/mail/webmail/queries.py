"""Queries on the webmail: which box a token opens now, and where the webmail is."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.views.decorators.debug import sensitive_variables
from django_scopes import scopes_disabled

from socle.lib.dates import day_of
from socle.mail import queries
from socle.mail.models import BrowserReading
from socle.mail.webmail import secrets
from socle.people.models import OpenSession
from socle.people.rules import lacking_second_factor
from socle.people.sign_in import sessions

# Where Roundcube begins its sign-in, and where it is sent back, under its own address.
ENTRANCE = "index.php/login/oauth"


def address() -> str:
    """Where the mail is read in a browser, with its last slash; empty when there is no webmail."""
    url = str(settings.SOCLE_MAIL_WEBMAIL_URL)
    return f"{url.rstrip('/')}/" if url else ""


def entrance() -> str:
    """The address at which the webmail begins its sign-in, and to which it is sent back."""
    return f"{address()}{ENTRANCE}"


def in_force(at: datetime) -> QuerySet[BrowserReading]:
    """The readings that may still open their box: the one rule of `queries.signing_in`, a session that is alive, and an
    account that has the second factor its role wants (a role may have begun since the session was opened).
    """
    readings = BrowserReading.objects.filter(
        opening__in=queries.signing_in(day_of(at)), session__in=OpenSession.objects.filter(sessions.alive(at))
    )
    return readings.exclude(opening__user__in=lacking_second_factor(on=day_of(at)))


@sensitive_variables("token")
def reading_of(token: str, *, at: datetime) -> BrowserReading | None:
    """Return the reading whose token this is, with its box and its person, while it opens; None whatever the cause."""
    with scopes_disabled():  # Asked by a server: the token says whose box it is.
        found: BrowserReading | None = (
            in_force(at)
            .filter(token_digest=secrets.digest_of(token))
            .select_related("opening__mailbox", "opening__user", "session")
            .first()
        )
    return found


def seconds_left(reading: BrowserReading, *, at: datetime) -> int:
    """How long its session may still last: a working day from the sign-in, whatever is done meanwhile."""
    ends = reading.session.opened_at + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return max(0, int((ends - at).total_seconds()))
