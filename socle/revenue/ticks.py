"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import HOUR, Tick

TICKS: tuple[Tick, ...] = (
    # Agreements whose conclusion was not told.
    Tick(HOUR, "socle.revenue.tasks.keep_readings"),
)
