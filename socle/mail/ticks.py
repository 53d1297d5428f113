"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import HOUR, MINUTE, Tick

TICKS: tuple[Tick, ...] = (
    # The owners of outside addresses who were not asked yet.
    Tick(MINUTE, "socle.mail.tasks.send_confirmations"),
    # Whoever comes to a mairie has a box at once: those whose first day has come, or whose message was lost.
    Tick(HOUR, "socle.mail.tasks.welcome_newcomers"),
    # The old boxes being brought, whose task was lost.
    Tick(MINUTE, "socle.mail.tasks.import_mailboxes"),
)
