"""Answers ready to be sent to an inhabitant: what they wrote is filled in, what only the mairie knows is left blank.

Their words are the templates `websites/messages/ready_*.txt`. A blank (« [à écrire : le motif] ») is the mairie's to
fill: `rules.why_not_say` lets none leave. None says what a silence is worth, nor where to appeal: it depends on the
procedure, which is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.text import Truncator

from socle.inbox.models import ContactMessage
from socle.inbox.receipts import service_of
from socle.lib.dates import day_of, in_words
from socle.lib.text import in_one_line
from socle.sites.models.sites import WebSite

MOST_QUOTED = 120


@dataclass(frozen=True)
class Ready:
    """One answer: its word in the address, what its link says, and whether the message is still to be treated after it.

    `says` is what whoever sends it should know.
    """

    code: str
    label: str
    stays_open: bool = False
    for_requests: bool = True
    says: str = ""


READY = (
    Ready("recu", "Bien reçu", stays_open=True, for_requests=False),
    Ready(
        "piece",
        "Il manque une pièce",
        says="Ne demandez que ce que la mairie n’a pas, ni ne peut obtenir d’une autre administration.",
    ),
    Ready(
        "refus",
        "Refus",
        says="Un refus dit ses raisons, en fait et en droit, et porte la signature, le prénom, le nom et la qualité de "
        "qui décide\u00a0: demandez à votre centre de gestion comment le notifier.",
    ),
)


def ready_for(message: ContactMessage) -> list[Ready]:
    """Return the answers that suit a message: only a request has pieces, and is refused."""
    is_request = message.subject == ContactMessage.Subject.REQUEST
    return [one for one in READY if is_request or not one.for_requests]


def words_of(ready: Ready, message: ContactMessage, website: WebSite) -> str:
    """Fill a ready answer with who wrote, when, what, and the name of the mairie."""
    said = {
        "message": message,
        # « La mairie d’Arras a bien reçu… »; the name of any other body stands by itself.
        "mairie": service_of(website).name.replace("Mairie ", "La mairie ", 1),
        "received": in_words(day_of(message.received_at)),
        "quoted": Truncator(in_one_line([message.words])).chars(MOST_QUOTED, truncate="…"),
        "noun": "demande" if message.subject == ContactMessage.Subject.REQUEST else "message",
    }
    return render_to_string(f"websites/messages/ready_{ready.code}.txt", said).strip()
