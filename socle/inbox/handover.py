"""Handover of the messages of its inhabitants: their words, what came with them, the answers."""

from __future__ import annotations

from django.core.files.storage import default_storage

from socle.inbox.models import ContactMessage, MessageFile, MessageReply
from socle.lib.archives import Shelf
from socle.people.models import Beneficiary

MESSAGES = (
    "Numéro", "Reçu le", "État", "Objet", "Prénom et nom", "Adresse électronique", "Téléphone", "Adresse postale",
    "Message", "Accusé de réception",
)  # fmt: skip


def write(beneficiary: Beneficiary, shelf: Shelf) -> None:
    """Write the messages as tables, and their files in a folder a message; the unwanted ones are left out."""
    kept = ContactMessage.objects.filter(beneficiary=beneficiary).exclude(status="spam")
    if not kept.exists():
        shelf.note("Aucun message n’est gardé\u00a0: il n’en est pas venu, ou ils ont été éliminés.")
        return
    shelf.table(
        "messages.csv",
        MESSAGES,
        (
            (
                one.number, one.received_at, one.get_status_display(), one.subject_in_words, one.name, one.email,
                one.phone, one.address, one.words, one.receipt,
            )
            for one in kept.order_by("received_at", "pk").iterator(chunk_size=200)
        ),
    )  # fmt: skip
    replies = MessageReply.objects.filter(message__in=kept).select_related("message").order_by("written_at", "pk")
    shelf.table(
        "reponses.csv",
        ("Numéro du message", "Écrite le", "Réponse"),
        ((one.message.number, one.written_at, one.words) for one in replies.iterator(chunk_size=200)),
    )
    files, missing = shelf.folder("pieces-jointes"), 0
    pieces = MessageFile.objects.filter(message__in=kept).select_related("message").order_by("pk")
    for piece in pieces.iterator(chunk_size=100):
        try:
            with default_storage.open(str(piece.file.name)) as content:
                files.copy(f"{piece.message.number}/{piece.filename}", content, at=piece.message.received_at)
        except FileNotFoundError:
            missing += 1
    if missing:
        shelf.note(f"{missing} pièce(s) jointe(s) sont introuvables dans le stockage de la plateforme.")
    if spam := ContactMessage.objects.filter(beneficiary=beneficiary, status="spam").count():
        shelf.note(f"{spam} message(s) dits indésirables ne sont pas dans l’archive.")
