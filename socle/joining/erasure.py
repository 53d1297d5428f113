"""Erasure of what requests to join say of people (`retention`): the unconfirmed soon, the others with time."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models, transaction

from socle.joining.models import OPEN, JoinRequest, Status
from socle.joining.queries import to_let_go
from socle.journal import actions as journal


def drop_unconfirmed(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Requests that nobody confirmed, asked before this instant: erased, with their links and letters."""
    dropped = JoinRequest.objects.filter(status=Status.RECEIVED, asked_at__lt=before)
    count = dropped.count()
    if not is_dry:
        dropped.delete()
    return count


def erase_people(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Who asked, from which address and in which words, when the request was closed before this instant.

    What became of the request stays, without anybody's name. Its links die: there is no address to send another to.
    """
    closed = JoinRequest.objects.filter(closed_at__lt=before, erased_at__isnull=True)
    ids = list(closed.values_list("pk", flat=True))
    if not is_dry:
        for request in JoinRequest.objects.filter(pk__in=ids):
            _erase_person(request, at=at)
    return len(ids)


@transaction.atomic
def let_silent_go(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Open requests of which nothing moved since this instant, and whose reminder nobody answered: withdrawn, and who
    asked is erased.

    Nobody is written to again: the reminder said the day, and there is no address any more.
    """
    reminded_before = at - timedelta(days=settings.SOCLE_JOINING_REMINDER_DAYS)
    silent = to_let_go(before, reminded_before=reminded_before)
    if is_dry:
        return silent.count()
    ids = list(silent.values_list("pk", flat=True))
    for request in JoinRequest.objects.select_for_update().filter(pk__in=ids, status__in=OPEN).order_by("pk"):
        request.status, request.closed_at = Status.WITHDRAWN, at
        request.save(update_fields=["status", "closed_at"])
        _erase_person(request, at=at)
        journal.record("join.let_go", request, by=by, at=at, reference=request.reference)
    return len(ids)


def _erase_person(request: JoinRequest, *, at: datetime) -> None:
    request.links.all().delete()
    request.name = request.email = request.words = request.reason = ""
    request.erased_at = at
    request.save(update_fields=["name", "email", "words", "reason", "erased_at"])
