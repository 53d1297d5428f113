"""What this room does by itself, and how often."""

from socle.lib.declared import DAY, Tick

TICKS: tuple[Tick, ...] = (
    # The ranks of the communes, when the map or a programme's rule has changed: each kept with its day and its reasons.
    Tick(DAY, "socle.agreements.tasks.keep_assessments"),
)
