"""The official papers of what is owed: the letter that calls a contribution."""

from __future__ import annotations

from datetime import datetime

from socle.documents.official import Mention, Official
from socle.revenue import letters
from socle.revenue.models import Contribution


def _call(at: datetime) -> bytes | None:
    called = Contribution.objects.select_related("agreement__programme", "agreement__beneficiary")
    one = called.order_by("-pk").first()
    return letters.compose(one, at=at) if one else None


PAPERS = (
    Official(
        "appel-de-contribution",
        "Appel de contribution, lettre",
        "la présidence du syndicat, à la main",
        (
            Mention("Numéro de page", r"Page 1 sur \d+"),
            Mention("Ni titre ni facture", r"n’est ni un titre ni une facture"),
            Mention("Échéance", r"au plus tard le \d+"),
            Mention("Régime de TVA", r"TVA \("),
        ),
        _call,
        ("délai de paiement", "taux de TVA"),
    ),
)
