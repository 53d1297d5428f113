"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import MINUTE, Tick

TICKS: tuple[Tick, ...] = (
    # The convocations that have not left.
    Tick(MINUTE, "socle.assemblies.tasks.send_convocations"),
)
