"""Periodic tasks of this room, and how often each runs."""

from socle.lib.declared import Tick

TICKS: tuple[Tick, ...] = (
    # The lines of the journal join the hash chain, whose head is signed and kept.
    Tick(5, "socle.journal.heads.seal_and_keep"),
)
