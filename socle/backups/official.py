"""The official papers of the saves: the sheet of a rehearsal, and its attestation by a person."""

from __future__ import annotations

from datetime import datetime

from socle.backups.models import Drill
from socle.documents import actions as documents
from socle.documents.official import Mention, Official


def _sheet(at: datetime) -> bytes | None:
    drill = Drill.objects.filter(document__isnull=False).select_related("document").first()
    return documents.read(drill.document) if drill and drill.document else None


def _attestation(at: datetime) -> bytes | None:
    drill = Drill.objects.filter(attestation__isnull=False).select_related("attestation").first()
    return documents.read(drill.attestation) if drill and drill.attestation else None


PAPERS = (
    Official(
        "releve-de-restauration",
        "Relevé d’exercice de restauration",
        "personne\u00a0: la plateforme l’établit",
        (Mention("Empreinte de ce qui fut restauré", r"SHA-256"),),
        _sheet,
    ),
    Official(
        "attestation-de-restauration",
        "Attestation de restauration",
        "une personne qui garde les sauvegardes, à son nom",
        (Mention("Qui atteste", r"Je, .+, atteste"), Mention("Relevé attesté", r"SHA-256")),
        _attestation,
    ),
)
