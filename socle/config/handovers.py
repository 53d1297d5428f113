"""What the archive of a beneficiary holds when it leaves with all its data: one line a room, in the archive's order.

A room that keeps something a mairie wrote adds its line here, and `handover.py` with a function
`write(beneficiary, shelf)`: everything, in formats that any program reads, nothing of another beneficiary.
"""

from __future__ import annotations

from socle.provisioning.handover.contract import Part

PARTS: tuple[Part, ...] = (
    Part(
        "messages",
        "Messages",
        "Chaque dossier de chaque boîte est un fichier mbox, que les logiciels de messagerie ouvrent (Thunderbird).",
        "socle.engines.postfix_dovecot.handover.write",
    ),
)
