"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import DAY, Tick

TICKS: tuple[Tick, ...] = (
    # The claims of messages that left long ago.
    Tick(DAY, "socle.outbox.departures.forget_old"),
)
