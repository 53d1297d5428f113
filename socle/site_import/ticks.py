"""What this room does by itself, and how often."""

from __future__ import annotations

from socle.lib.declared import Tick

TICKS: tuple[Tick, ...] = (
    # The former sites being read, and what is brought from them.
    Tick(10, "socle.site_import.tasks.carry_imports_on"),
)
