"""Ending documents when their time is over: the file goes, the row stays and says what was there.

A room that keeps such documents names its rule as it keeps them (`actions.keep`), says their last day when it knows it
(`actions.set_term`), and declares the rule, whose function calls `end_due`. Nothing else ends a document.
"""

from __future__ import annotations

import logging
from datetime import date, datetime
from typing import cast

from django.db import models, transaction
from django.db.models import F

from socle.documents.models import Document
from socle.documents.storage import WrittenOnce, kept_files
from socle.journal import actions as journal
from socle.lib.dates import day_of
from socle.lib.declared import Fate
from socle.retention.table import rules

logger = logging.getLogger(__name__)


def over(rule: str, *, on: date) -> models.QuerySet[Document]:
    """The documents that this rule lets go on this day: their last day, which is known, is behind."""
    return Document.objects.filter(rule=rule, kept_until__lt=on, ended_at=None)


def end_due(rule: str, before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """End what this rule lets go: documents whose last day, included, is before this instant's; return how many.

    The row says first that the document has ended, and nobody reads it any more; its file goes once this is written.
    One that a kill or a silent storage left there goes with the next passage.
    """
    if not any(one.code == rule and one.fate == Fate.ERASED for one in rules()):
        raise ValueError(f"no rule of retention that erases is called {rule}")
    on = day_of(before)
    due = over(rule, on=on)
    if is_dry:
        return due.count()
    ended = 0
    with transaction.atomic():
        for document in due.order_by("pk").iterator(chunk_size=1000):
            # Asked again of the row itself: its last day may have been put off meanwhile.
            if over(rule, on=on).filter(pk=document.pk).update(ended_at=at, title=F("neutral_title")):
                journal.record("document.ended", document, by=by, at=at, rule=rule, sha256=document.sha256)
                ended += 1
        transaction.on_commit(discard_ended)
    return ended


def discard_ended() -> None:
    """Remove the files of documents that have ended, and forget their names, which may name people."""
    storage = cast(WrittenOnce, kept_files())
    waiting = Document.objects.filter(ended_at__isnull=False).exclude(file="")
    for document in waiting.only("file").order_by("pk").iterator(chunk_size=1000):
        try:
            storage.discard(str(document.file.name))
        except OSError as error:
            logger.error("document.not_discarded id=%s error=%s", document.pk, type(error).__name__)
            continue
        Document.objects.filter(pk=document.pk).update(file="")
