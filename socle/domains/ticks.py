"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import MINUTE, Tick

TICKS: tuple[Tick, ...] = (
    Tick(10, "socle.domains.tasks.write_zones"),
    Tick(MINUTE, "socle.domains.tasks.check_names"),
)
