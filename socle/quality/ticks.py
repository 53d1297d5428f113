"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import MINUTE, Tick

TICKS: tuple[Tick, ...] = (
    # The pages read on the sites, in what the web servers in front wrote.
    Tick(5 * MINUTE, "socle.quality.audience.tasks.read_audience"),
    # What is missing on the sites that were published since they were last examined.
    Tick(20, "socle.quality.upkeep.tasks.score_sites"),
)
