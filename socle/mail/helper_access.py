"""Accesses that a helper opened here and that last: where post is sent on, and who opens a box."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.mail.models import Destination, Forwarding, Opening
from socle.people.models import User


def forwardings(line: Entry, *, at: datetime) -> Sequence[Forwarding]:
    """The forwarding that this line set, while it is the one of the box: what replaced it is another's."""
    return list(Forwarding.objects.filter(mailbox=int(line.object_id), made_at=line.at))


def end_forwarding(forwarding: Forwarding, *, by: User, at: datetime) -> None:
    """Stop sending on, whatever became of the box since."""
    journal.record("mail.forwarding_ended", forwarding.mailbox, by=by, at=at)
    forwarding.delete()


def destinations(line: Entry, *, at: datetime) -> Sequence[Destination]:
    """The addresses outside that this line added to an alias, agreed or not; boxes of the mairie lead nowhere else."""
    added = Destination.objects.filter(alias=int(line.object_id), mailbox=None)
    if "destination" in line.facts:
        return list(added.filter(pk=line.facts["destination"]))
    return list(added.filter(asked_at=line.at))


def end_destination(destination: Destination, *, by: User, at: datetime) -> None:
    """Stop sending there; an alias that leads nowhere any more goes, unless it has to be."""
    alias = destination.alias
    journal.record("mail.destination_withdrawn", alias, by=by, at=at, destination=destination.pk)
    destination.delete()
    if not alias.is_required and not alias.destinations.exists():
        journal.record("mail.alias_removed", alias, by=by, at=at)
        alias.delete()


def openings(line: Entry, *, at: datetime) -> Sequence[Opening]:
    """Whom this line opened a box to, while they open it."""
    there = Opening.objects.filter(mailbox=int(line.object_id), user=line.facts["person"], opened_at=line.at)
    return list(there)
