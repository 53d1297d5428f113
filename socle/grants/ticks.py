"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import HOUR, MINUTE, Tick

TICKS: tuple[Tick, ...] = (
    # Archives of evidence whose demand was not told, or whose maker was killed; those that are old.
    Tick(HOUR, "socle.grants.tasks.make_archives"),
    # Publicity that begins or ends, of which no verb tells.
    Tick(HOUR, "socle.grants.tasks.follow_publicity"),
    # The pages of the month that are not kept yet, so many at a time.
    Tick(10 * MINUTE, "socle.grants.tasks.keep_captures"),
)
