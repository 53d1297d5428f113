"""Rules: who signs when. Who may sign in whose name is known above, by those who know what the document binds."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from socle.lib import dates
from socle.people.models import User
from socle.signing import contract
from socle.signing.evidence import SignIn
from socle.signing.models import Slot, Way

# Between the last time a person was identified and the gesture: long enough to read, too short to walk away.
SIGNED_IN_WITHIN = timedelta(minutes=10)


def why_not_sign(slot: Slot, *, by: User) -> str | None:
    """Say in French why this place cannot be signed now, or None. Every caller shows the sentence as it is."""
    if slot.signed_at is not None:
        signer = slot.signed_by.name if slot.signed_by else "une personne dont le compte n’existe plus"
        return f"Cette place est déjà signée, par {signer}, le {dates.at_in_words(slot.signed_at)}."
    if slot.round.closed_at is not None:
        return (
            f"Le parapheur est clos depuis le {dates.at_in_words(slot.round.closed_at)}\u00a0: rien ne s’y signe plus."
        )
    # All of the round, in the order of ranks: whoever asks several questions of a place reads them once.
    first = next((one for one in slot.round.slots.all() if one.rank < slot.rank and one.signed_at is None), None)
    if first is not None:
        return f"Ce n’est pas encore votre tour. Signature attendue d’abord\u00a0: {first.label}."
    if not by.is_active:
        return "Ce compte est fermé\u00a0: il ne peut pas signer."
    if not by.name.strip():
        return "Votre nom manque à votre compte\u00a0: complétez-le avant de signer."
    return None


def why_not_in_product(slot: Slot, *, sign_in: SignIn | None, at: datetime) -> str | None:
    """Say in French why this place cannot be sealed in the platform by who is identified so, or None.

    A demonstration asks for no password: its people are invented, and what they sign says so.
    """
    if reason := why_not_deposit(slot):
        return reason
    if sign_in is None:
        return None if settings.DEMO else "Identifiez-vous de nouveau pour signer."
    if (sign_in.decided_at or at) - sign_in.at > SIGNED_IN_WITHIN:
        return (
            "Vous vous êtes identifié·e il y a plus de dix minutes\u00a0: déconnectez-vous, reconnectez-vous, "
            "puis signez."
        )
    return None


def why_not_deposit(slot: Slot) -> str | None:
    """Say in French why no electronic signature can be put in this place, or None."""
    if not contract.is_set():
        return (
            "Cette plateforme n’a pas de cachet de signature\u00a0: rien ne s’y signe. La personne qui l’administre "
            "le règle (docs/guide/signer.md)."
        )
    if any(one.way == Way.PAPER for one in slot.round.slots.all()):
        return "Ce document se signe sur papier\u00a0: une signature commencée sur papier s’y achève."
    return None


def why_not_paper(slot: Slot) -> str | None:
    """Say in French why a signature on paper cannot be recorded in this place, or None."""
    if any(one.way not in ("", Way.PAPER) for one in slot.round.slots.all()):
        return "Une partie a déjà signé ce document sous forme électronique\u00a0: il s’achève de même."
    return None
