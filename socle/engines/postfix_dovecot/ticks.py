"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import DAY, HOUR, MINUTE, Tick

TICKS: tuple[Tick, ...] = (
    # The mail servers know what the mail says: each change tells them at once, this finds what a lost message left.
    Tick(HOUR, "socle.engines.postfix_dovecot.tasks.follow_all"),
    # What they are doing, what the boxes hold, and a real message from box to box.
    Tick(MINUTE, "socle.engines.postfix_dovecot.tasks.look"),
    Tick(5 * MINUTE, "socle.engines.postfix_dovecot.tasks.try_chain"),
    # What guests answered by mail to the invitations.
    Tick(MINUTE, "socle.engines.postfix_dovecot.tasks.read_answers"),
    Tick(15 * MINUTE, "socle.engines.postfix_dovecot.tasks.measure"),
    # The boxes to bring back to a date, and the copies they come from.
    Tick(MINUTE, "socle.engines.postfix_dovecot.tasks.carry_out_restorations"),
    Tick(DAY, "socle.engines.postfix_dovecot.tasks.save_messages"),
)
