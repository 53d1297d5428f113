"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import DAY, HOUR, MINUTE, Tick

TICKS: tuple[Tick, ...] = (
    # The letters of requests to join that have not left.
    Tick(MINUTE, "socle.joining.tasks.send_letters"),
    # The open requests to join whose agreement was drafted by another way.
    Tick(HOUR, "socle.joining.tasks.follow_drafts"),
    # Those of which nothing moved for long: whoever asked is reminded before they go.
    Tick(DAY, "socle.joining.tasks.remind_silent"),
)
