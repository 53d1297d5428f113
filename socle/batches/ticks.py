"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import Tick

TICKS: tuple[Tick, ...] = (
    # The batches that run have their tasks: one lost, or set aside, is replaced.
    Tick(5, "socle.batches.actions.hand_out"),
)
