"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import MINUTE, Tick

TICKS: tuple[Tick, ...] = (
    # The vintages confirmed in the console, whose task was lost.
    Tick(MINUTE, "socle.mergers.vintages.hand_out"),
)
