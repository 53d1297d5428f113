"""Periodic tasks of this room, and how often each runs."""

from __future__ import annotations

from socle.lib.declared import MINUTE, Tick

TICKS: tuple[Tick, ...] = (
    # What is shared among sites: those it is now for, and no longer.
    Tick(5 * MINUTE, "socle.syndication.tasks.follow_shares"),
)
