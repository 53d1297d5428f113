"""Handover of its acts: the text of each, their list, the same as the national schema writes it, their road."""

from __future__ import annotations

from socle.deliberations import open_data
from socle.deliberations.contract import publisher
from socle.deliberations.models import Act, Incoming, Transmission
from socle.documents import actions as documents
from socle.documents.actions import Altered, safe_filename
from socle.documents.models import Document
from socle.lib.archives import Shelf
from socle.people.models import Beneficiary

COLUMNS = (
    "Assemblée", "Numéro", "Objet", "Adopté le", "Reçu en préfecture le", "Publié le", "Exécutoire le",
    "Non transmissible parce que", "Identifiant @CTES", "Fichier", "SHA-256", "Nature",
    "Mis en ligne le", "Mode de publication", "Notifié le", "Matière", "Auteur ou autrice", "Qualité",
    "Membres en exercice", "Voix pour", "Voix contre", "Abstentions", "Données personnelles",
)  # fmt: skip


SENT = ("Acte", "Voie", "État", "Envoyé le", "Reçu le", "Identifiant @CTES", "Archive", "SHA-256 de l’archive",
        "Exemplaire tamponné", "Preuve", "Refus ou anomalie")  # fmt: skip
HEARD = ("Arrivé le", "Nature", "Daté du", "Identifiant @CTES", "Contenu", "Mis de côté parce que", "Fichiers")


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
    _add_transmissions(beneficiary, shelf)
    if rows:
        shelf.table("actes.csv", COLUMNS, rows)
        root = publisher().roots([beneficiary.pk]).get(beneficiary.pk, "")
        shelf.add("deliberations.csv", open_data.as_csv(acts, root=root))
        shelf.note(open_data.what_is_missing(beneficiary, acts))
    else:
        shelf.note("Aucun acte n’est enregistré.")


def _add_transmissions(beneficiary: Beneficiary, shelf: Shelf) -> None:
    """Write how each act went to the prefecture, with the copies that it stamped, its receipts and its letters."""
    folder = shelf.folder("prefecture")

    def placed(document: Document | None) -> str:
        if document is None:
            return ""
        try:
            name = safe_filename(f"{document.pk}-{document.title}", document.content_type)
            return folder.add(name, documents.read(document), at=document.kept_at)
        except Altered as altered:
            shelf.note(altered.sentence)
            return "absent"

    sent = Transmission.objects.filter(act__beneficiary=beneficiary).select_related("act", "stamped", "proof")
    rows = [
        (
            one.act.number, one.get_road_display(), one.get_status_display(), one.sent_at, one.received_on,
            one.identifier, one.archive_name, one.archive_sha256, placed(one.stamped), placed(one.proof), one.says,
        )
        for one in sent.order_by("asked_at", "pk")
    ]  # fmt: skip
    if rows:
        shelf.table("transmissions.csv", SENT, rows)
    heard = Incoming.objects.filter(beneficiary=beneficiary).select_related("message")
    told = []
    for letter in heard.prefetch_related("files__document").order_by("received_at", "pk"):
        files = [letter.message, *(one.document for one in letter.files.all())]
        places = ", ".join(placed(document) for document in files)
        told.append((letter.received_at, letter.get_kind_display(), letter.letter_on, letter.identifier, letter.says,
                     letter.set_aside_because, places))  # fmt: skip
    if told:
        shelf.table("prefecture.csv", HEARD, told)
