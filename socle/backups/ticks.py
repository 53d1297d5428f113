"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import MINUTE, Tick

TICKS: tuple[Tick, ...] = (
    # The machines' saves: what came, a few checks, prunings and rehearsals at a time, and whoever is to be told.
    Tick(2 * MINUTE, "socle.backups.tasks.look"),
    Tick(10 * MINUTE, "socle.backups.tasks.check"),
    Tick(10 * MINUTE, "socle.backups.tasks.prune"),
    Tick(15 * MINUTE, "socle.backups.tasks.rehearse"),
    Tick(15 * MINUTE, "socle.backups.tasks.tell_troubles"),
)
