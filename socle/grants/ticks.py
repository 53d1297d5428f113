"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import HOUR, Tick

TICKS: tuple[Tick, ...] = (
    # Archives of evidence whose demand was not told, or whose maker was killed; those that are old.
    Tick(HOUR, "socle.grants.tasks.make_archives"),
)
