"""What this room does by itself, and how often."""

from __future__ import annotations

from socle.lib.declared import MINUTE, Tick

TICKS: tuple[Tick, ...] = (
    # What the messages of inhabitants call for: receipts, notices, answers that have not left.
    Tick(MINUTE, "socle.inbox.tasks.send_message_letters"),
)
