"""The official paper of the eliminations: the slip, the latest there is."""

from __future__ import annotations

from datetime import datetime

from django_scopes import scopes_disabled

from socle.documents import actions as documents
from socle.documents.official import Mention, Official
from socle.eliminations.models import Slip


def _slip(at: datetime) -> bytes | None:
    with scopes_disabled():  # The latest of any mairie.
        found = Slip.objects.filter(made_at__lte=at).select_related("document").first()
    return documents.read(found.document) if found else None


PAPERS = (
    Official(
        "bordereau-elimination",
        "Bordereau d’élimination",
        "l’autorité qui représente l’organisme, puis le service d’archives",
        (
            Mention("Organisme", r"Département\s*:"),
            Mention("Numéro et date", r"n°\s*\d{4}-\d{2} Établi le \d+(?:er)? \w+ \d{4}"),
            Mention(
                "Contenu, dates, volume de chaque article", r"Dates extrêmes Volume", "Code du patrimoine, R. 212-14"
            ),
            Mention("Durée et point de départ", r"Durée et point de départ"),
            Mention("Proposition signée", r"Élimination proposée par", "Code du patrimoine, R. 212-14"),
            Mention("Visa", r"Visa du service d’archives", "Code du patrimoine, L. 214-3, R. 212-14, R. 212-51"),
            Mention("Numéro de page", r"\b1 / \d+"),
        ),
        _slip,
        ("durées (SOCLE_RETENTION_DAYS)", "service d’archives"),
    ),
)
