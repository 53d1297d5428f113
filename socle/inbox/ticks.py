"""Periodic tasks of this room, and how often each runs."""

from __future__ import annotations

from socle.lib.declared import MINUTE, Tick

TICKS: tuple[Tick, ...] = (
    # What the messages of inhabitants call for: receipts, notices, answers that have not left.
    Tick(MINUTE, "socle.inbox.tasks.send_message_letters"),
)
