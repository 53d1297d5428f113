"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import HOUR, Tick

TICKS: tuple[Tick, ...] = (
    # The folders of the mairies: what no row names, and the locks that are over.
    Tick(HOUR, "socle.files.tasks.sweep"),
)
