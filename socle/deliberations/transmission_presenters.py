"""How far an act is on its road, in the words of both doors."""

from __future__ import annotations

from socle.deliberations.models import Road, Status, Transmission
from socle.lib import dates
from socle.ui.shapes import Tone

TONES: dict[Status, Tone] = {
    Status.ASKED: "wait",
    Status.LEAVING: "wait",
    Status.SENT: "wait",
    Status.RECEIVED: "ok",
    Status.REFUSED: "danger",
    Status.CANCELLING: "wait",
    Status.CANCELLED: "neutral",
}


def sentence(sent: Transmission) -> str:
    """Return where this sending is, and whose turn it is."""
    status = Status(sent.status)
    left = dates.in_words(dates.day_of(sent.sent_at)) if sent.sent_at else ""
    if status == Status.RECEIVED and sent.received_on:
        how = {Road.PAPER: "sur papier", Road.ELSEWHERE: "transmis ailleurs", Road.ELECTRONIC: "par le dispositif"}
        return f"Reçu en préfecture le {dates.in_words(sent.received_on)} ({how[Road(sent.road)]})."
    if status == Status.SENT and sent.road == Road.PAPER:
        return f"Parti sur papier le {left}\u00a0: notez la date du tampon quand l’exemplaire revient."
    if status == Status.SENT:
        return f"Remis au dispositif le {left}\u00a0: l’accusé de la préfecture est attendu."
    if status == Status.ASKED and sent.says:
        return f"{sent.says} L’envoi est retenté de lui-même."
    if status in (Status.ASKED, Status.LEAVING):
        return "En train de partir par le dispositif."
    if status == Status.REFUSED:
        return sent.says
    if status == Status.CANCELLING:
        return "L’annulation est demandée à la préfecture\u00a0: sa réponse est attendue."
    return "La transmission est annulée\u00a0: l’acte peut repartir."
