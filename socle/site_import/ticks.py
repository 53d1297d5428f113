"""Periodic tasks of this room, and how often each runs."""

from __future__ import annotations

from socle.lib.declared import Tick

TICKS: tuple[Tick, ...] = (
    # The former sites being read, and what is imported from them.
    Tick(10, "socle.site_import.tasks.carry_imports_on"),
)
