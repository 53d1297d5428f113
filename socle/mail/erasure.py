"""Erasure of what the mail keeps of a person: with time (`retention`), and with an account that is erased."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django_scopes import scopes_disabled

from socle.mail import actions
from socle.mail.models import Destination, Forwarding, Mailbox, Migration, Opening, Restoration
from socle.mail.models import migrations as migrating
from socle.mail.models.boxes import Status
from socle.people.models import User


def forget_person(person: models.Model, address: str) -> int:
    """Their ways into boxes, the name on a box that was theirs, and their address wherever mail was sent on to it.

    The box itself is the mairie's, with what it holds: it goes by the rule of deleted boxes.
    """
    with scopes_disabled():  # One person, wherever they were.
        erased = Opening.objects.filter(user_id=person.pk).delete()[0]
        erased += Destination.objects.filter(mailbox=None, address__iexact=address).delete()[0]
        erased += Forwarding.objects.filter(destination__iexact=address).delete()[0]
        for box in Mailbox.objects.filter(holder_id=person.pk):
            box.holder, box.display_name = None, ""
            box.save(update_fields=["holder", "display_name"])
            erased += 1
    return int(erased)


# --- The rules of retention (`retention`) --------------------------------------------------------------------
def erase_deleted_boxes(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Deleted boxes whose time is over: the servers empty them.

    The length is SOCLE_MAIL_KEPT_DAYS, kept with each box since people were told its date: `before` adds nothing.
    """
    with scopes_disabled():
        over = Mailbox.objects.filter(status=Status.DELETED, kept_until__lte=at)
        if is_dry:
            return over.count()
        if not isinstance(by, User):
            raise TypeError("a user erases, be it the system")
        boxes = list(over.order_by("pk"))
        for box in boxes:
            actions.erase_box(box, by=by, at=at)
        return len(boxes)


def erase_unanswered(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Addresses outside whose owner never answered: their link expired before this instant."""
    waiting = Q(confirmed_at=None, expires_at__lt=before)
    with scopes_disabled():
        rows = [Forwarding.objects.filter(waiting), Destination.objects.filter(waiting, mailbox=None)]
        if is_dry:
            return sum(one.count() for one in rows)
        return sum(int(one.delete()[0]) for one in rows)


def erase_reports(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Erase the imports of old boxes and the restorations that ended before this instant; return how many."""
    over = (migrating.Status.DONE, migrating.Status.CANCELLED, migrating.Status.FAILED)
    with scopes_disabled():
        rows = [
            Migration.objects.filter(status__in=over, ended_at__lt=before),
            Restoration.objects.filter(ended_at__lt=before),
        ]
        if is_dry:
            return sum(one.count() for one in rows)
        return sum(int(one.delete()[0]) for one in rows)
