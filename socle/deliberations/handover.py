"""Handover of its acts: the text of each, their list, and the same as the national schema writes it."""

from __future__ import annotations

from socle.deliberations import open_data
from socle.deliberations.contract import publisher
from socle.deliberations.models import Act
from socle.documents import actions as documents
from socle.documents.actions import Altered, safe_filename
from socle.lib.archives import Shelf
from socle.people.models import Beneficiary

COLUMNS = (
    "Assemblée", "Numéro", "Objet", "Adopté le", "Reçu en préfecture le", "Publié le", "Exécutoire le",
    "Non transmissible parce que", "Identifiant @CTES", "Fichier", "SHA-256", "Nature",
    "Mis en ligne le", "Mode de publication", "Notifié le", "Matière", "Auteur ou autrice", "Qualité",
    "Membres en exercice", "Voix pour", "Voix contre", "Abstentions", "Données personnelles",
)  # fmt: skip


def write(beneficiary: Beneficiary, shelf: Shelf) -> None:
    """Write each act recorded: its document as it was kept, its line in the list, its certificate of publication."""
    rows: list[tuple[object, ...]] = []
    texts = shelf.folder("textes")
    acts = list(
        Act.objects.filter(beneficiary=beneficiary)
        .select_related("document", "publication_proof", "beneficiary__department")
        .order_by("adopted_on", "pk")
    )
    for act in acts:
        place, sha256 = "", ""
        if act.document is not None:
            name = safe_filename(f"{act.adopted_on.isoformat()}-{act.number}.pdf", act.document.content_type)
            try:
                place = texts.add(name, documents.read(act.document), at=act.document.kept_at)
                sha256 = act.document.sha256
            except Altered as altered:
                place = "absent"
                shelf.note(f"Acte n°\u00a0{act.number}\u00a0: {altered.sentence}")
        if act.publication_proof is not None:
            try:
                name = safe_filename(f"{act.adopted_on.isoformat()}-{act.number}-publication.pdf", "application/pdf")
                texts.add(name, documents.read(act.publication_proof), at=act.publication_proof.kept_at)
            except Altered as altered:
                shelf.note(f"Acte n°\u00a0{act.number}\u00a0: {altered.sentence}")
        if act.publication_certificate:
            texts.add(f"{act.adopted_on.isoformat()}-{act.pk}-certificat.txt", act.publication_certificate)
        rows.append(
            (
                act.body, act.number, act.subject, act.adopted_on, act.received_on, act.published_on,
                act.executory_on, act.not_transmissible_because, act.identifier, place, sha256,
                act.get_kind_display(), act.put_online_at, act.get_mode_display(), act.notified_on, act.matter,
                act.author_name, act.author_quality, act.members_in_office, act.votes_for, act.votes_against,
                act.abstentions, act.held_back_because,
            )
        )  # fmt: skip
    if rows:
        shelf.table("actes.csv", COLUMNS, rows)
        root = publisher().roots([beneficiary.pk]).get(beneficiary.pk, "")
        shelf.add("deliberations.csv", open_data.as_csv(acts, root=root))
        shelf.note(open_data.what_is_missing(beneficiary, acts))
    else:
        shelf.note("Aucun acte n’est enregistré.")
