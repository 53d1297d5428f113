"""Messages as the period of their rule sorts them: those of every day, and those that wait for a slip."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from socle.inbox.models import ContactMessage, Status
from socle.retention.table import rules


def treated(before: datetime) -> Q:
    """Those answered or put away before this instant."""
    return Q(status__in=(Status.ANSWERED, Status.CLOSED), moved_at__lt=before)


def forgotten(before: datetime) -> Q:
    """Those received, or taken up again, before this instant, that nobody has treated."""
    return Q(status=Status.NEW) & (Q(moved_at=None, received_at__lt=before) | Q(moved_at__lt=before))


def over(at: datetime) -> Q:
    """Those whose period is over: nobody reads them any more but whoever administers the mairie."""
    known = {rule.code: rule.before(at) for rule in rules()}
    return treated(known["messages-habitants"]) | forgotten(known["messages-sans-suite"])


def ordinary(at: datetime) -> QuerySet[ContactMessage]:
    """Those of lists, searches and counts, within the scope in force."""
    found: QuerySet[ContactMessage] = ContactMessage.objects.exclude(over(at))
    return found
