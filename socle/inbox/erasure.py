"""Erasure of the messages of inhabitants: the unwanted soon, by rule; the others by a slip (`eliminations`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction
from django.db.models import Q
from django_scopes import scopes_disabled

from socle.inbox import attachments, queries
from socle.inbox.models import ContactMessage, MessageFile, Status
from socle.lib.dates import day_of
from socle.lib.declared import Batch


def erase_spam(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Messages called unwanted before this instant."""
    with scopes_disabled(), transaction.atomic():  # A rule of retention is of every mairie.
        found = list(
            ContactMessage.objects.filter(status=Status.SPAM, moved_at__lt=before).values_list("pk", flat=True)
        )
        if not is_dry:
            _erase(found)
    return len(found)


def _erase(found: list[int]) -> None:
    # A file that cannot be removed keeps its message: what remains is said, and tried again.
    attachments.discard(found)
    ContactMessage.objects.filter(pk__in=found).delete()


@dataclass(frozen=True)
class Messages:
    """The messages of a mairie that end by a slip, with their files and the answers (`lib.declared.Archives`)."""

    which: Callable[[datetime], Q]

    def count(self, beneficiary: int, before: datetime) -> int:
        """How many were over before this instant."""
        with scopes_disabled():  # Of the one mairie that is named.
            return int(ContactMessage.objects.filter(self.which(before), beneficiary=beneficiary).count())

    def due(self, beneficiary: int, before: datetime) -> list[Batch]:
        """Those whose time was over before this instant, by the year in which they came; two queries."""
        with scopes_disabled():  # Of the one mairie that is named.
            found = ContactMessage.objects.filter(self.which(before), beneficiary=beneficiary)
            rows = list(found.order_by("received_at", "pk").values_list("pk", "received_at", "words"))
            came: dict[int, list[int]] = {}
            if rows:
                pieces = MessageFile.objects.filter(message__in=found).values_list("message", "size")
                for message, size in pieces:
                    came.setdefault(message, []).append(size)
        years: dict[int, list[tuple[int, datetime, str]]] = {}
        for row in rows:
            years.setdefault(day_of(row[1]).year, []).append(row)
        return [
            Batch(
                year=year,
                first_on=day_of(members[0][1]),
                last_on=day_of(members[-1][1]),
                rows=tuple(pk for pk, _, _ in members),
                files=sum(len(came.get(pk, ())) for pk, _, _ in members),
                size=sum(len(words.encode()) + sum(came.get(pk, ())) for pk, _, words in members),
            )
            for year, members in years.items()
        ]

    def erase(self, beneficiary: int, rows: list[int], before: datetime) -> int:
        """Erase these, but for those that were taken up again; return how many. Raises OSError when a file stays."""
        erased = 0
        with scopes_disabled(), transaction.atomic():  # Of the one mairie that is named.
            for start in range(0, len(rows), AT_A_TIME):
                some = rows[start : start + AT_A_TIME]
                found = ContactMessage.objects.select_for_update().filter(self.which(before), beneficiary=beneficiary)
                held = list(found.filter(pk__in=some).values_list("pk", flat=True))
                _erase(held)
                erased += len(held)
        return erased


AT_A_TIME = 500
TREATED, FORGOTTEN = Messages(queries.treated), Messages(queries.forgotten)
