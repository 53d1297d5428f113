"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import DAY, HOUR, Tick

TICKS: tuple[Tick, ...] = (
    # The ranks of the communes, when the map or a programme's rule has changed: each kept with its day and its reasons.
    Tick(DAY, "socle.agreements.tasks.keep_assessments"),
    # Whoever holds the office that signs, since this morning too, on the drafts that name nobody.
    Tick(HOUR, "socle.agreements.tasks.propose_signatories"),
    # The agreements whose last day is past.
    Tick(HOUR, "socle.agreements.tasks.end_due"),
    # The signatures on paper that their parties did not contest in their time.
    Tick(HOUR, "socle.agreements.tasks.settle_papers"),
    # What other rooms have proved of what the agreements promise.
    Tick(DAY, "socle.agreements.tasks.keep_promises"),
)
