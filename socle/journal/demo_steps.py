"""Demonstration steps of this room: idempotent, quick when nothing is missing, says what it did."""

from __future__ import annotations

from django.utils import timezone

from socle.journal import actions as journal
from socle.journal import heads
from socle.lib.declared import Say, Step


def _journal(say: Say) -> None:
    # A demonstration replays the past: its lines are sealed whatever their date.
    while journal.seal():
        pass
    heads.keep(at=timezone.now())


SEALED = Step("Scellement du journal", _journal)
