"""Handover of its eliminations: each slip as it was printed, its visa, and what became of it."""

from __future__ import annotations

from socle.documents import actions as documents
from socle.eliminations.models import Slip
from socle.lib.archives import Shelf
from socle.lib.refusals import Refused
from socle.people.models import Beneficiary


def write(beneficiary: Beneficiary, shelf: Shelf) -> None:
    """Write the list of the slips, and their papers."""
    slips = list(Slip.objects.filter(beneficiary=beneficiary).select_related("document").order_by("made_at", "pk"))
    if not slips:
        return
    shelf.table(
        "bordereaux.csv",
        ("Numéro", "Préparé le", "État", "Visé le", "Visé par", "Référence", "Fini le", "Dossiers éliminés"),
        (
            (
                one.number,
                one.made_at,
                one.get_status_display(),
                one.visa_on,
                one.visa_from,
                one.visa_reference,
                one.ended_at,
                one.erased,
            )
            for one in slips
        ),
    )
    papers = shelf.folder("bordereaux")
    for one in slips:
        try:
            papers.add(f"bordereau-elimination-{one.number}.pdf", documents.read(one.document), at=one.made_at)
        except Refused as refusal:
            shelf.note(refusal.sentence)
