"""Rules: what may be done with a message, and when: a French sentence of refusal, or None."""

from __future__ import annotations

import re
from datetime import date, datetime

from socle.inbox.models import MOVES, ContactMessage, Status
from socle.lib.dates import day_of
from socle.people.capabilities import Capability, those_who
from socle.people.models import Beneficiary, User
from socle.sites.holidays import working_day_after
from socle.sites.parameters import value_of

# What sets the day of `full_receipt_due_on`, as a list of what is late says it.
FULL_RECEIPT = "code des relations entre le public et l’administration, article\u00a0R.\u00a0112-11-2"
MOST_WORDS, MOST_ANSWER = 5_000, 20_000
# Whoever writes to a mairie shows a page or two; a program that sells shows many.
MOST_LINKS = 4
# What a ready answer leaves to whoever sends it: the reason of a refusal, a missing piece.
BLANK = re.compile(r"\[à écrire\s*:([^\]]*)\]")
LINK = re.compile(r"https?://|www\.", re.IGNORECASE)


def why_not_send(*, name: str, email: str, phone: str, words: str) -> str | None:
    """Say why this message cannot be kept."""
    if not name:
        return "Indiquez votre nom\u00a0: la mairie sait ainsi à qui elle répond."
    if not email and not phone:
        return "Laissez une adresse électronique ou un téléphone\u00a0: la mairie ne pourrait pas vous répondre."
    if not words:
        return "Écrivez votre message."
    if len(words) > MOST_WORDS:
        return "Votre message dépasse 5\u202f000 caractères\u00a0: raccourcissez-le, ou joignez un document."
    if len(LINK.findall(words)) > MOST_LINKS:
        return "Votre message contient beaucoup d’adresses de sites\u00a0: gardez les quatre plus utiles."
    return None


def why_not_replay(known: ContactMessage, *, beneficiary: Beneficiary, name: str, words: str) -> str | None:
    """Say why this form is not the message it already made: another one sent under its number."""
    if (known.beneficiary_id, known.name, known.words) == (beneficiary.pk, name, words):
        return None
    return "Ce formulaire a déjà servi à un autre message\u00a0: rouvrez la page de contact pour en écrire un nouveau."


def _why_not_move(message: ContactMessage, to: Status, already: str) -> str | None:
    return None if to in MOVES[Status(message.status)] else already


def why_not_answer(message: ContactMessage) -> str | None:
    """Say why nobody can answer this message from the screen."""
    if not message.email:
        return "Cette personne n’a laissé qu’un téléphone\u00a0: appelez-la, puis classez le message."
    if message.status in (Status.CLOSED, Status.SPAM):
        return f"Ce message est {message.get_status_display()}\u00a0: reprenez-le avant d’y répondre."
    return None


def why_not_say(words: str) -> str | None:
    """Say why these words are no answer."""
    if not words:
        return "Écrivez la réponse."
    if blank := BLANK.search(words):
        return f"Complétez d’abord la réponse\u00a0: «\u00a0{blank[1].strip()[:80]}\u00a0» reste à écrire."
    return "La réponse dépasse 20\u202f000 caractères\u00a0: raccourcissez-la." if len(words) > MOST_ANSWER else None


def why_not_close(message: ContactMessage) -> str | None:
    """Say why this message cannot be put away."""
    return _why_not_move(message, Status.CLOSED, f"Ce message est déjà {message.get_status_display()}.")


def why_not_reopen(message: ContactMessage) -> str | None:
    """Say why this message cannot be taken up again."""
    return _why_not_move(message, Status.NEW, "Ce message est déjà à traiter.")


def why_not_spam(message: ContactMessage) -> str | None:
    """Say why this message cannot be called spam."""
    if message.status == Status.ANSWERED:
        return "Vous avez répondu à ce message\u00a0: classez-le plutôt."
    return _why_not_move(message, Status.SPAM, f"Ce message est déjà {message.get_status_display()}.")


def why_not_assign(message: ContactMessage, person: User | None, *, on: date) -> str | None:
    """Say why this message cannot be entrusted to this person."""
    if person is None:
        return None
    held = person.memberships.active_on(on).filter(beneficiary=message.beneficiary_id)
    if not person.is_active or not held.filter(role__in=those_who(Capability.ANSWER)).exists():
        return "Cette personne n’exerce pas de fonction qui réponde aux habitants\u00a0: choisissez-en une autre."
    return None


def full_receipt_due_on(received_at: datetime) -> date:
    """The last day on which the receipt of a request must say what a silence would mean (CRPA, R. 112-11-2)."""
    return working_day_after(day_of(received_at), value_of("receipt-working-days"))
