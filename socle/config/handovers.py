"""What the archive of a beneficiary holds when it leaves with all its data: one line a room, in the archive's order.

A room that keeps something a mairie wrote adds its line here, and `handover.py` with a function
`write(beneficiary, shelf)`: everything, in formats that any program reads, nothing of another beneficiary.
"""

from __future__ import annotations

from socle.provisioning.handover.contract import Part

PARTS: tuple[Part, ...] = (
    Part(
        "sauvegardes",
        "Sauvegardes des machines",
        "Les machines de la mairie, ce qu’elles ont sauvegardé et quand, les attestations de restauration.",
        "socle.backups.handover.write",
    ),
)
