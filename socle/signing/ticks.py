"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import DAY, Tick

TICKS: tuple[Tick, ...] = (
    # The trusted lists, which say who delivers qualified certificates.
    Tick(DAY, "socle.signing.tasks.renew_trusted_lists"),
)
