"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import MINUTE, Tick

TICKS: tuple[Tick, ...] = (
    # Acts to hand over to a transmission device, or whose handing over was cut; what the prefecture answers.
    Tick(MINUTE, "socle.deliberations.tasks.send"),
    Tick(MINUTE, "socle.deliberations.tasks.listen"),
)
