"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import DAY, HOUR, MINUTE, Tick

TICKS: tuple[Tick, ...] = (
    # The invitations whose message has not left, and what mairies are asked.
    Tick(MINUTE, "socle.people.tasks.send_invitations"),
    # What the people who left held changes hands, and those who leave soon are reminded.
    Tick(5 * MINUTE, "socle.people.offboarding.hand_over_due"),
    Tick(HOUR, "socle.people.offboarding.remind_due"),
    # What helpers opened ends with the last day of their access.
    Tick(5 * MINUTE, "socle.people.help.end_those_due"),
    # What was kept of the devices of those sessions.
    Tick(HOUR, "socle.people.sign_in.sessions.forget_old"),
    # The invitations nobody accepted.
    Tick(DAY, "socle.people.invitations.forget_due"),
)
