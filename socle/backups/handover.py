"""Handover of its machines' saves: what was saved and when, the proofs, and how to read the rest."""

from __future__ import annotations

from socle.backups.models import Drill, Machine, Snapshot
from socle.documents import actions as documents
from socle.lib.archives import Shelf
from socle.lib.refusals import Refused
from socle.people.models import Beneficiary

ENCRYPTED = (
    "Ce que les machines ont sauvegardé est chiffré par leur clé et n’est pas dans cette archive : restaurez-le par "
    "la clé de chaque machine (guide « Sauvegarder les ordinateurs de la mairie »), ou demandez à l’opérateur une "
    "copie des dépôts, au format ouvert de restic, avant que le compte ne soit fermé."
)


def write(beneficiary: Beneficiary, shelf: Shelf) -> None:
    """Write the machines, their saves, the rehearsals and their certificates."""
    machines = list(Machine.objects.filter(beneficiary=beneficiary).select_related("repository"))
    if not machines:
        return
    shelf.table(
        "machines.csv",
        ["Machine", "Système", "Dossiers", "Fréquence", "État", "Installée le", "Dernière sauvegarde"],
        (
            [
                one.name,
                one.get_system_display(),
                one.folders.replace("\n", " ; "),
                one.get_every_days_display(),
                one.get_status_display(),
                one.enrolled_at,
                one.repository.last_success_at if one.repository else None,
            ]
            for one in machines
        ),
    )
    names = {one.repository_id: one.name for one in machines if one.repository_id}
    saves = Snapshot.objects.filter(repository__in=names, forgotten_at=None).order_by("dated_at", "pk")
    shelf.table(
        "sauvegardes.csv",
        ["Machine", "Identifiant", "Date", "Fichiers", "Octets"],
        (
            [names[one.repository_id], one.identifier, one.dated_at, one.files, one.size]
            for one in saves.iterator(chunk_size=2000)
        ),
    )
    drills = Drill.objects.filter(repository__in=names, document__isnull=False)
    for drill in drills.select_related("document", "attestation"):
        for what, document in (("releve", drill.document), ("attestation", drill.attestation)):
            if document is None:
                continue
            name = f"{what}-{names[drill.repository_id]}-{drill.quarter}-{drill.pk}.pdf"
            try:
                shelf.folder("attestations").add(name, documents.read(document), at=document.kept_at)
            except Refused as refusal:
                shelf.note(refusal.sentence)
    shelf.note(ENCRYPTED)
