"""Erasure of the messages of inhabitants with time (`retention`): the unwanted soon, the treated later."""

from __future__ import annotations

from datetime import datetime

from django.db import models, transaction
from django.db.models import Q
from django_scopes import scopes_disabled

from socle.inbox import attachments
from socle.inbox.models import ContactMessage, Status


def erase_treated(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Messages answered or put away before this instant, with their files and the answers."""
    return _erase(Q(status__in=(Status.ANSWERED, Status.CLOSED), moved_at__lt=before), is_dry=is_dry)


def erase_spam(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Messages called unwanted before this instant."""
    return _erase(Q(status=Status.SPAM, moved_at__lt=before), is_dry=is_dry)


def erase_forgotten(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Messages received before this instant that nobody has treated."""
    since = Q(moved_at=None, received_at__lt=before) | Q(moved_at__lt=before)
    return _erase(Q(status=Status.NEW) & since, is_dry=is_dry)


def _erase(which: Q, *, is_dry: bool) -> int:
    with scopes_disabled(), transaction.atomic():  # A rule of retention is of every mairie.
        found = list(ContactMessage.objects.filter(which).values_list("pk", flat=True))
        if not is_dry:
            # A file that cannot be removed keeps its message: what remains is said, and tried again.
            attachments.discard(found)
            ContactMessage.objects.filter(pk__in=found).delete()
    return len(found)
