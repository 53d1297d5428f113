"""Links that lead to a file or a folder without an account: made, opened, stopped."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.db import models, transaction
from django.db.models import F, Q
from django.views.decorators.debug import sensitive_variables
from django_scopes import scopes_disabled

from socle.files import rules
from socle.files.actions.entries import Forbidden
from socle.files.models import Link
from socle.files.queries import Place
from socle.journal import actions as journal
from socle.lib.dates import day_of
from socle.lib.refusals import Refused, refuse
from socle.people.models import User

SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 200


@sensitive_variables("token", "password")
@transaction.atomic
def share(place: Place, *, days: int, password: str = "", by: User, at: datetime) -> tuple[Link, str]:
    """Make a link to this, good for so many days; return it with its secret, which nobody will read again."""
    entry = place.entry
    refuse(rules.why_not_open(entry.space))
    refuse(rules.why_not_share(entry, days=days))
    # Whoever only reads a folder does not open it to others.
    if refusal := rules.why_not_write(entry.space, rules.powers_of(entry.space, by, on=day_of(at)), place.top):
        raise Forbidden(refusal)
    if password and len(password) < SHORTEST_PASSWORD:
        raise Refused(f"Ce mot de passe est trop court\u00a0: {SHORTEST_PASSWORD} caractères au moins.")
    if len(password) > LONGEST_PASSWORD:
        raise Refused(f"Ce mot de passe est trop long\u00a0: {LONGEST_PASSWORD} caractères au plus.")
    token = secrets.token_urlsafe(24)
    link = Link.objects.create(
        entry=entry,
        token_sha256=digest_of(token),
        password=make_password(password) if password else "",
        made_by=None if by.is_system else by,
        made_at=at,
        expires_at=rules.until(days, at),
    )
    journal.record("file.link_made", link, by=by, at=at, entry=entry.pk, days=days, has_password=bool(password))
    return link, token


def digest_of(token: str) -> str:
    """Return the digest kept of a link's secret: long and drawn at random, it needs no slow digest."""
    return hashlib.sha256(token.encode()).hexdigest()


@sensitive_variables("password")
def is_password_of(link: Link, password: str) -> bool:
    """Say whether this password opens the link."""
    return bool(link.password) and check_password(password[:LONGEST_PASSWORD], link.password)


def count_opening(link: Link, *, at: datetime) -> None:
    """Count one more opening: how many, and when the last, never who."""
    Link.objects.filter(pk=link.pk).update(count=F("count") + 1, opened_at=at)


@transaction.atomic
def end_link(link: Link, *, by: User, at: datetime) -> Link:
    """Stop a link: from now on it opens nothing."""
    refuse(rules.why_not_end_link(link, at))
    link.ended_at = at
    link.save(update_fields=["ended_at"])
    journal.record("file.link_ended", link, by=by, at=at)
    return link


def forget_ended(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Links that have opened nothing since this instant (`retention`)."""
    with scopes_disabled():  # A rule of retention is of every mairie.
        old = Link.objects.filter(Q(ended_at__lt=before) | Q(expires_at__lt=before))
        return old.count() if is_dry else old.delete()[0]
