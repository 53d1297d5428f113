"""What may be written of the menus, and undone: a French sentence of refusal, or None."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from socle.lib.dates import weekday_in_words
from socle.websites.canteen.writings import WrittenDay
from socle.websites.models.menus import MenuWriting
from socle.websites.models.sites import WebSite

# Further away, a date is a slip of the keyboard.
FURTHEST = timedelta(days=366)
# More dishes than any canteen serves in a day: beyond, a file was read wrongly.
MOST_DISHES = 40
# How long a writing can be undone.
UNDO = timedelta(days=30)


def why_not_on(day: date, *, on: date) -> str | None:
    """Say why nothing is written of this day."""
    if abs(day - on) > FURTHEST:
        return f"Le {weekday_in_words(day)} est très loin d’aujourd’hui\u00a0: vérifiez l’année."
    return None


def why_not_write(days: Sequence[WrittenDay], *, on: date) -> str | None:
    """Say why these days cannot be written so."""
    if len({day.on for day in days}) < len(days):
        return "Le même jour est écrit deux fois\u00a0: gardez-en un."
    for day in days:
        if reason := why_not_on(day.on, on=on):
            return reason
        if day.is_closed and day.dishes:
            return (
                f"Le {weekday_in_words(day.on)} a des plats et «\u00a0pas de repas\u00a0»\u00a0: effacez les plats, "
                "ou décochez la case."
            )
        if len(day.dishes) > MOST_DISHES:
            return f"Le {weekday_in_words(day.on)} a plus de {MOST_DISHES} plats\u00a0: vérifiez ce jour."
    return None


def last_writing(website: WebSite, *, at: datetime) -> MenuWriting | None:
    """Return the writing that may be undone, if there is one."""
    last = MenuWriting.objects.filter(website=website, undone_at=None).first()
    return last if last is not None and at - last.at <= UNDO else None


def why_not_undo(writing: MenuWriting | None, *, at: datetime) -> str | None:
    """Say why this writing cannot be undone."""
    if writing is None:
        return "Il n’y a rien à annuler depuis trente jours."
    if writing.undone_at is not None:
        return "C’est déjà annulé."
    last = last_writing(writing.website, at=at)
    return None if last is not None and last.pk == writing.pk else "Annulez d’abord ce qui a été écrit depuis."
