"""Handover of what a beneficiary was asked to pay: contributions called, their letters, its requirements."""

from __future__ import annotations

from socle.lib.archives import Shelf
from socle.lib.spreadsheet import safe
from socle.people.models import Beneficiary
from socle.revenue import letters
from socle.revenue.models import Contribution, Debtor
from socle.revenue.sheets import ANSWERS, EXPORT

REQUIRED = (
    "siret", "is_service_code_required", "service_code", "is_engagement_required", "engagement", "engagement_year",
)  # fmt: skip


def write(beneficiary: Beneficiary, shelf: Shelf) -> None:
    """Write the contributions called, as they left, with titles and letters; and what the beneficiary requires."""
    rows = Contribution.objects.filter(agreement__beneficiary=beneficiary).order_by("year", "reference")
    if rows.exists():
        called = rows.select_related("agreement").iterator(chunk_size=2000)
        shelf.table(
            "contributions.csv",
            [*(field.header for field in EXPORT.fields), *ANSWERS.values()],
            (
                [
                    safe(cell)
                    for cell in (*(field.value(one) for field in EXPORT.fields), *(getattr(one, n) for n in ANSWERS))
                ]
                for one in called
            ),
        )
        folder = shelf.folder("appels")
        for one in letters.sent(rows.select_related("agreement__programme", "agreement__beneficiary")):
            folder.add(letters.filename(one), letters.compose(one, at=one.exported_at), at=one.exported_at)
    else:
        shelf.note("Aucune contribution n’a été appelée.")
    debtor = Debtor.objects.filter(beneficiary=beneficiary).first()
    if debtor is not None:
        shelf.json("debiteur.json", {name: getattr(debtor, name) for name in REQUIRED})
