"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import HOUR, MINUTE, Tick

TICKS: tuple[Tick, ...] = (
    # What the communes should have and what they have: one round of the loop.
    Tick(10, "socle.provisioning.tasks.reconcile_due"),
    # Each engine, tried all the way; the space that is taken of it.
    Tick(5 * MINUTE, "socle.provisioning.monitoring.tasks.try_engines"),
    Tick(6 * HOUR, "socle.provisioning.monitoring.tasks.read_usage"),
    # The services of agreements that are over, once the time to leave has passed.
    Tick(HOUR, "socle.provisioning.tasks.close_ended_rights"),
    # The services of agreements suspended from this day on, or whose task was lost.
    Tick(MINUTE, "socle.provisioning.tasks.follow_suspensions"),
    # The archives of those who leave, whose task was lost, or that wait for another try.
    Tick(MINUTE, "socle.provisioning.tasks.make_handovers"),
)
