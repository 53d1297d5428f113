"""How far an act is on its road, what the prefecture wrote of it and what to do, in the words of both doors."""

from __future__ import annotations

from datetime import datetime

from socle.deliberations.models import Incoming, Reply, Road, Status, Transmission, TransmissionAccount
from socle.deliberations.numbering import normalise
from socle.deliberations.transmission_rules import number_sent
from socle.lib import dates

# What a message calls for; the others are only to be read.
WHAT_TO_DO: dict[str, str] = {
    Incoming.Kind.LETTER: "Lisez ce courrier. Répondre n’est pas obligatoire\u00a0: si vous le faites, déposez un PDF.",
    Incoming.Kind.REQUEST: (
        "La préfecture demande des pièces. Déposez-les en un PDF\u00a0; sinon, déposez la lettre qui dit pourquoi vous "
        "ne les envoyez pas. Le délai du contrôle repart quand elles sont reçues."
    ),
    Incoming.Kind.OBSERVATIONS: (
        "La préfecture demande de corriger ou de retirer l’acte. Parlez-en à la personne qui représente l’organisme, "
        "puis déposez la réponse signée\u00a0: ce qui justifie l’acte, ou le rejet des observations."
    ),
    Incoming.Kind.REFERRAL: (
        "La préfecture porte l’acte devant le tribunal administratif. Prévenez la personne qui représente l’organisme "
        "et son conseil\u00a0: la suite se passe devant le tribunal, et non ici."
    ),
}


def letter_sentence(one: Incoming) -> str:
    """Return what a message asks, of which act, as a list of what is to be done says it."""
    about = f", {one.transmission.act.name}" if one.transmission is not None else ""
    return f"Préfecture\u00a0: {one.get_kind_display()}{about}"


def certificate_sentence(account: TransmissionAccount, *, at: datetime) -> str:
    """Return until when the certificate of a body holds, as a list of what is to be done says it."""
    if account.certificate_ends_at is None:
        return ""
    is_over = account.certificate_ends_at <= at
    day = dates.in_words(dates.day_of(account.certificate_ends_at))
    return f"Certificat de transmission {'fini depuis le' if is_over else 'valable jusqu’au'} {day}\u00a0: à changer"


def reply_sentence(one: Reply) -> str:
    """Return where this answer is, and whose turn it is."""
    left = dates.in_words(dates.day_of(one.sent_at)) if one.sent_at else ""
    if one.status == Status.RECEIVED and one.received_on:
        return f"Reçue en préfecture le {dates.in_words(one.received_on)}."
    if one.status == Status.SENT and one.flow == Reply.Flow.LETTER:
        return (
            f"Remise au dispositif le {left}. La préfecture n’accuse pas réception d’une réponse à un courrier simple."
        )
    if one.status == Status.SENT:
        return f"Remise au dispositif le {left}\u00a0: l’accusé de la préfecture est attendu."
    if one.status == Status.REFUSED:
        return f"{one.says} Répondez de nouveau."
    return f"{one.says} L’envoi est retenté de lui-même." if one.says else "En train de partir par le dispositif."


def sent_under(sent: Transmission) -> str:
    """Return under which number an act left, when it is not its own: that one had served already; else nothing."""
    number = number_sent(sent.identifier) if sent.road == Road.ELECTRONIC else ""
    if not number or number == normalise(sent.act.number):
        return ""
    return (
        f"Numéro transmis\u00a0: {number}. Le numéro «\u00a0{sent.act.number}\u00a0» a déjà servi, et n’est jamais "
        "pris deux fois."
    )


def sentence(sent: Transmission) -> str:
    """Return where this sending is, and whose turn it is."""
    return " ".join(filter(None, (_sentence(sent), sent_under(sent))))


def _sentence(sent: Transmission) -> str:
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
