"""Who keeps which filter of a list, alone or for their operator: a French sentence of refusal, or None."""

from __future__ import annotations

from datetime import date

from socle.people.models import OPERATOR_ROLES, Operator, SavedFilter, User
from socle.people.rules import holds

# Beyond, nobody finds theirs among them.
MOST_SAVED_FILTERS = 30


def why_not_save_filter(operator: Operator, list_code: str, name: str, query: str, *, by: User, on: date) -> str | None:
    """Say why this person may not keep this filter under this name, or None."""
    if not holds(by, *OPERATOR_ROLES, on=on, operator=operator):
        return "Seules les personnes de cet opérateur y enregistrent un filtre."
    if not query:
        return "Rien n’est filtré ni trié\u00a0: filtrez d’abord la liste, puis donnez un nom à ce filtre."
    if reason := _why_not_named(name):
        return reason
    mine = SavedFilter.objects.kept().filter(user=by, operator=operator, list_code=list_code)
    if mine.exclude(name=name).count() >= MOST_SAVED_FILTERS:
        return f"Vous avez déjà {MOST_SAVED_FILTERS} filtres sur cette liste\u00a0: supprimez-en un d’abord."
    return None


def why_not_keep_filter(saved: SavedFilter, *, by: User, on: date) -> str | None:
    """Say why this person may not change this filter, or None: it is its author's; without one, everybody's there."""
    if saved.user_id is not None and saved.user_id != by.pk:
        return "Ce filtre est à la personne qui le partage\u00a0: enregistrez le vôtre, sous le nom que vous voulez."
    if not holds(by, *OPERATOR_ROLES, on=on, operator=saved.operator):
        return "Seules les personnes de cet opérateur changent ses filtres."
    return None


def why_not_change_filter(saved: SavedFilter, *, by: User, on: date) -> str | None:
    """Say why this filter cannot be shared, renamed or removed by this person, or None."""
    if reason := why_not_keep_filter(saved, by=by, on=on):
        return reason
    return None if saved.removed_at is None else "Ce filtre est supprimé\u00a0: rétablissez-le d’abord."


def why_not_rename_filter(saved: SavedFilter, name: str, *, by: User, on: date) -> str | None:
    """Say why this filter cannot be called so, or None."""
    return why_not_change_filter(saved, by=by, on=on) or _why_not_named(name) or _why_not_alone(saved, by=by, name=name)


def why_not_restore_filter(saved: SavedFilter, *, by: User, on: date) -> str | None:
    """Say why this filter cannot be taken back, or None."""
    return why_not_keep_filter(saved, by=by, on=on) or _why_not_alone(saved, by=by, name=saved.name)


def _why_not_named(name: str) -> str | None:
    return None if name else "Donnez un nom au filtre\u00a0: c’est ainsi que vous le retrouverez."


def _why_not_alone(saved: SavedFilter, *, by: User, name: str) -> str | None:
    namesakes = SavedFilter.objects.kept().filter(
        user=by, operator=saved.operator_id, list_code=saved.list_code, name=name
    )
    if namesakes.exclude(pk=saved.pk).exists():
        return f"Un autre de vos filtres sur cette liste s’appelle «\u00a0{name}\u00a0»\u00a0: renommez-le d’abord."
    return None
