"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import MINUTE, Tick

TICKS: tuple[Tick, ...] = (
    # The sites made since the last time join the search and reference indexes.
    Tick(MINUTE, "socle.sites.tasks.index_new_sites"),
    # The published files of the sites: what waits, and what another date changes.
    Tick(10, "socle.sites.tasks.publish_waiting"),
    Tick(5 * MINUTE, "socle.sites.tasks.follow_the_day"),
    # The alerts of the sites that appear, or disappear, by now: within a minute of their hour.
    Tick(20, "socle.sites.tasks.follow_the_hour"),
    # The ground under the maps of new sites, and of those not looked at since yesterday.
    Tick(MINUTE, "socle.sites.tasks.follow_maps"),
    # What the editors asked to publish later, or to withdraw.
    Tick(MINUTE, "socle.sites.tasks.follow_schedules"),
)
