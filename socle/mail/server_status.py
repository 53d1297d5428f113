"""Monitoring of the servers that carry the mail, whichever they are (SOCLE_MAIL_WATCH).

The queue, what is slowed, who is refused, the copies; and the history of the trial message, which the room keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django_scopes import scopes_disabled

from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.lib import dates
from socle.mail.models import ChainTest, Mailbox
from socle.people.models import User

# From how many refused sign-ins in a day somebody is taken to be guessing: the journal says it, once a day for a box.
GUESSING = 10
# A trial message that takes longer is worth a look; the history is kept so long.
SLOW = 60.0
KEPT = timedelta(days=90)


@dataclass(frozen=True)
class Times:
    """Count of one kind of event on an address in the last day."""

    address: str
    times: int
    last_at: datetime | None = None


@dataclass(frozen=True)
class Certificate:
    """The certificate that the servers are given, and what each of them shows to whoever connects."""

    path: str
    # Signed by the servers themselves, which can make it again.
    is_own: bool
    # When the one of this file ends; None when it cannot be read.
    ends_at: datetime | None
    # By server, when the one that it shows ends; a server that does not answer is left out.
    shown: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True)
class Seen:
    """Status of the servers at one instant. None: it could not be known."""

    looked_at: datetime
    # Each server, and whether it runs.
    servers: tuple[tuple[str, bool], ...] = ()
    waiting: int | None = None
    deferred: int | None = None
    oldest_at: datetime | None = None
    # Why messages wait, as the servers say it, and how many.
    reasons: tuple[tuple[str, int], ...] = ()
    # Sign-ins refused, and senders made to wait, in the last day.
    refused: tuple[Times, ...] = ()
    slowed: tuple[Times, ...] = ()
    last_copy_at: datetime | None = None
    # Whether the webmail answers; None when there is none, too.
    webmail: bool | None = None
    # How many connections to the boxes are open.
    sessions: int | None = None
    certificate: Certificate | None = None


def seen() -> Seen | None:
    """Return the last status that the servers' engine saw; None without such an engine, or before it looked."""
    if not settings.SOCLE_MAIL_WATCH:
        return None
    look: Callable[[], Seen | None] = import_string(settings.SOCLE_MAIL_WATCH)
    return look()


@transaction.atomic
def note_guessing(refused: Collection[Times], *, by: User, at: datetime) -> int:
    """Write to the journal, once a day for a box, that somebody guesses its passwords; returns how many lines."""
    wrong = {one.address: one.times for one in refused if one.times >= GUESSING}
    since = dates.bounds_of(dates.day_of(at))[0]
    written = 0
    with scopes_disabled():  # Whoever is attacked: each line bears its beneficiary.
        for box in Mailbox.objects.filter(address__in=wrong):
            times = wrong[box.address]
            if not Entry.objects.about(box).filter(verb="mail.guessing_slowed", at__gte=since).exists():
                journal.record("mail.guessing_slowed", box, by=by, at=at, times=times)
                written += 1
    return written


# --- The trial message ------------------------------------------------------------------------------------------------
def begin_chain_test(*, at: datetime) -> ChainTest:
    """Note that a trial message leaves; forget those that are old."""
    ChainTest.objects.filter(sent_at__lt=at - KEPT).delete()
    return ChainTest.objects.create(sent_at=at)


def end_chain_test(test: ChainTest, *, seconds: float | None = None, error: str = "", at: datetime) -> ChainTest:
    """Note that it arrived, after so many seconds, or, with a French sentence, that it did not."""
    test.seen_at, test.seconds, test.error = (None, None, error[:300]) if error else (at, seconds, "")
    test.save(update_fields=["seen_at", "seconds", "error"])
    return test
