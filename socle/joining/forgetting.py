"""What requests to join say of people is let go (config/retention.py): the unconfirmed soon, the others with time."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from socle.joining.models import JoinRequest, Status


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
            request.links.all().delete()
            request.name = request.email = request.words = request.reason = ""
            request.erased_at = at
            request.save(update_fields=["name", "email", "words", "reason", "erased_at"])
    return len(ids)
