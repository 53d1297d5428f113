"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import HOUR, MINUTE, Tick

TICKS: tuple[Tick, ...] = (
    # What the webhooks are to be told: read from the journal's sealed lines, and sent.
    Tick(5, "socle.integrations.deliveries.hand_out"),
    # Those whose webhook is stopped, or did not receive what was meant for it.
    Tick(MINUTE, "socle.integrations.tasks.tell_owners"),
    # The answers kept for a day, so that a request asked twice is done once.
    Tick(HOUR, "socle.integrations.actions.forget_answers"),
    # What the log of the webhooks' deliveries keeps no longer.
    Tick(HOUR, "socle.integrations.deliveries.forget_old"),
)
