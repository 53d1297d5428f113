"""What this room does by itself, and how often."""

from socle.lib.declared import Tick

TICKS: tuple[Tick, ...] = (
    # The lines of the journal join the hash chain, whose head is signed and kept.
    Tick(5, "socle.journal.heads.seal_and_keep"),
)
