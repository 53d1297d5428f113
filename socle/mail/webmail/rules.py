"""Rules: who may read a box in the browser, and when: a French sentence of refusal, or None."""

from __future__ import annotations

from datetime import date

from socle.mail import queries
from socle.mail.models import Mailbox, Opening
from socle.mail.webmail.queries import address
from socle.people.models import OpenSession, User


def why_not_read(mailbox: Mailbox, *, by: User, on: date) -> str | None:
    """Say why this person cannot read this box in the browser, or None."""
    if not address():
        return "La messagerie ne se lit pas encore dans le navigateur : réglez un téléphone ou un ordinateur."
    if queries.signing_in(on).filter(mailbox=mailbox, user=by).exists():
        return None
    if not Opening.objects.filter(mailbox=mailbox, user=by).exists():
        return "Cette boîte ne vous est pas ouverte : demandez-le à une personne de la mairie."
    if not mailbox.is_active:
        return "Cette boîte n’est pas en service : personne ne l’ouvre."
    if queries.openings_in_force(on).filter(mailbox=mailbox, user=by).exists():
        return "La messagerie est suspendue : ce qui arrive est gardé, et se lira quand elle sera remise en service."
    return "Vous n’exercez plus de fonction ici : cette boîte ne s’ouvre plus pour vous."


def why_not_from(session: OpenSession | None, *, by: User) -> str | None:
    """Say why a box cannot be opened from this session, or None: what is opened must end with it."""
    if session is None or session.user_id != by.pk:
        return "Votre session n’est pas connue : déconnectez-vous, puis connectez-vous de nouveau."
    return None
