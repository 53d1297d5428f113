"""The agreement of whoever owns an address outside: asked by a link, given or refused, taken back at any time.

The link is drawn when its message leaves and only its digest is kept, as for invitations: neither the database nor the
queue can agree in somebody's place.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django_scopes import scopes_disabled

from socle.journal import actions as journal
from socle.lib.queue import enqueue_at_commit
from socle.lib.refusals import Refused
from socle.mail.models import Alias, Destination, Forwarding, Mailbox
from socle.people.models import Beneficiary, User

# No token of ours is longer: what is longer is not worth hashing.
LONGEST = 100
# So many letters at most in one round.
AT_ONCE = 100

Asked = Destination | Forwarding
# What `ask` writes on the row.
QUESTION = ("asked_at", "confirmed_at", "token_sha256", "expires_at")


def ask(thing: Asked, *, at: datetime) -> None:
    """Prepare the question on a row that is about to be saved; its letter leaves after the transaction."""
    thing.asked_at, thing.confirmed_at, thing.token_sha256 = at, None, ""
    thing.expires_at = at + timedelta(days=settings.SOCLE_MAIL_CONFIRM_DAYS)
    enqueue_at_commit("socle.mail.tasks.send_confirmations")


def digest(token: str) -> str:
    """Return the digest kept of a link."""
    return hashlib.sha256(token.encode()).hexdigest()


def due(*, at: datetime) -> list[Asked]:
    """The questions whose letter has not left, of every beneficiary."""
    waiting = Q(asked_at__isnull=False, confirmed_at=None, token_sha256="", expires_at__gt=at)
    with scopes_disabled():
        forwardings = Forwarding.objects.filter(waiting).select_related("mailbox__beneficiary")
        destinations = Destination.objects.filter(waiting).select_related("alias__beneficiary")
        return [*forwardings.order_by("pk")[:AT_ONCE], *destinations.order_by("pk")[:AT_ONCE]]


@transaction.atomic
def draw(thing: Asked) -> str | None:
    """Claim a question and return the token of its link, or None when another process just did."""
    token = secrets.token_urlsafe(32)
    with scopes_disabled():
        claimed = type(thing).objects.filter(pk=thing.pk, token_sha256="", confirmed_at=None)
        return token if claimed.update(token_sha256=digest(token)) else None


def find(token: str) -> Asked | None:
    """Return the thing this link confirms, whatever its state, or None."""
    if not token or len(token) > LONGEST:
        return None
    with scopes_disabled():  # Whoever holds the link speaks for one address only.
        kept = digest(token)
        forwarding = Forwarding.objects.filter(token_sha256=kept).select_related("mailbox__beneficiary").first()
        if forwarding is not None:
            return forwarding
        return Destination.objects.filter(token_sha256=kept).select_related("alias__beneficiary").first()


def beneficiary_of(thing: Asked) -> Beneficiary:
    """Whose mail it is about."""
    return thing.mailbox.beneficiary if isinstance(thing, Forwarding) else thing.alias.beneficiary


def subject_of(thing: Asked) -> Mailbox | Alias:
    """Return the subject of its journal lines."""
    return thing.mailbox if isinstance(thing, Forwarding) else thing.alias


def address_of(thing: Asked) -> str:
    """Return the outside address whose owner must agree."""
    return thing.destination if isinstance(thing, Forwarding) else thing.address


def why_not_agree(thing: Asked, *, at: datetime) -> str | None:
    """Say why nobody can agree by this link any more, or None."""
    if thing.confirmed_at is not None:
        return "Vous avez déjà donné votre accord."
    if thing.expires_at is not None and thing.expires_at <= at:
        return "Ce lien a expiré : demandez à la mairie de refaire sa demande."
    return None


@transaction.atomic
def agree(thing: Asked, *, at: datetime) -> None:
    """Record that the owner of this outside address agrees: mail is sent there. Raises `Refused`."""
    with scopes_disabled():
        thing = type(thing).objects.select_for_update(of=("self",)).get(pk=thing.pk)
        if (reason := why_not_agree(thing, at=at)) is not None:
            raise Refused(reason)
        thing.confirmed_at = at
        thing.save(update_fields=["confirmed_at"])
        journal.record("mail.outside_agreed", subject_of(thing), by=User.objects.system(), at=at, row=thing.pk)


@transaction.atomic
def decline(thing: Asked, *, at: datetime) -> None:
    """Record that the owner of this outside address refuses: the forwarding is deleted."""
    with scopes_disabled():
        journal.record("mail.outside_declined", subject_of(thing), by=User.objects.system(), at=at, row=thing.pk)
        thing.delete()
