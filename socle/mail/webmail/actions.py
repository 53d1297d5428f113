"""Opening a box in the browser: a code that passes by it, exchanged once by the webmail for a token (RFC 6749, 4.1)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.views.decorators.debug import sensitive_variables
from django_scopes import scopes_disabled

from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.mail import queries
from socle.mail.models import BrowserReading, Mailbox
from socle.mail.webmail import rules, secrets
from socle.mail.webmail.queries import in_force
from socle.people.models import OpenSession, User

# The webmail exchanges a code at once, in the same second (RFC 6749, 4.1.2 allows ten minutes).
CODE_LASTS = timedelta(seconds=60)


@sensitive_variables("code")
@transaction.atomic
def ask(mailbox: Mailbox, *, session: OpenSession | None, by: User, at: datetime) -> str:
    """Open this box to this person in the webmail; return the code to give to it. Raises `Refused`."""
    refuse(rules.why_not_read(mailbox, by=by, on=dates.day_of(at)))
    refuse(rules.why_not_from(session, by=by))
    assert session is not None
    opening = queries.signing_in(dates.day_of(at)).get(mailbox=mailbox, user=by)
    # What the webmail never came for is nobody's.
    BrowserReading.objects.filter(session=session, token_digest=None, asked_at__lte=at - CODE_LASTS).delete()
    code = secrets.draw()
    BrowserReading.objects.create(opening=opening, session=session, code_digest=secrets.digest_of(code), asked_at=at)
    return code


@sensitive_variables("code", "token")
@transaction.atomic
def exchange(code: str, *, at: datetime) -> tuple[BrowserReading, str] | None:
    """Give the token that this code is worth, once; None when it is worth nothing, whatever the cause.

    A code shown twice was stolen, or its answer was: what it opened is closed (RFC 6749, 4.1.2).
    """
    with scopes_disabled():  # Asked by the webmail: the code says whose box it is.
        shown = BrowserReading.objects.select_for_update(of=("self",)).filter(code_digest=secrets.digest_of(code))
        reading = shown.first()
        if reading is None:
            return None
        if reading.token_digest is not None:
            reading.delete()
            return None
        known = in_force(at).filter(pk=reading.pk, asked_at__gt=at - CODE_LASTS)
        reading = known.select_related("opening__mailbox", "opening__user", "session").first()
        if reading is None:
            return None
        token = secrets.draw()
        reading.token_digest, reading.opened_at = secrets.digest_of(token), at
        reading.save(update_fields=["token_digest", "opened_at"])
        journal.record("mail.box_read_in_browser", reading.opening.mailbox, by=reading.opening.user, at=at)
        return reading, token
