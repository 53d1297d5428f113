"""The lists whose filters may be saved: every one that has filters, by the code that its saved filters bear."""

from __future__ import annotations

from functools import cache

from django.http import Http404
from django.utils.module_loading import import_string

from socle.lib.refusals import Refused
from socle.people.models import SavedFilter
from socle.provisioning.desk import desks
from socle.provisioning.desk.access import Access
from socle.provisioning.desk.lists import Filters


@cache
def lists() -> dict[str, type[Filters]]:
    """Return the filters of each list, by its code, in the order in which the desks are named."""
    named = (import_string(name) for desk in desks() for name in desk.lists)
    return {one.code: one for one in (getattr(one, "filters", one) for one in named)}


# Longer than any filter that a form of ours can say.
LONGEST = 1000


def list_of(code: str) -> type[Filters]:
    """Return the filters of a list by its code; raise `Refused` when there is none."""
    if code not in lists():
        raise Refused("Cette liste n’existe pas\u00a0: repartez de la liste à filtrer.")
    return lists()[code]


def read(filters: type[Filters], query: str, access: Access) -> str:
    """Return the address to keep, once read by the list itself; raise `Refused` on what the list does not know."""
    if len(query) > LONGEST:
        raise Refused("Ce filtre est trop long\u00a0: raccourcissez-le, puis enregistrez-le de nouveau.")
    asked = filters.of(query, access)
    if asked.unknown():
        raise Refused("Cette adresse demande un filtre que la liste ne connaît pas\u00a0: filtrez depuis la liste.")
    if lost := asked.lost(asked.query):
        raise Refused(f"Cette valeur n’existe pas dans la liste\u00a0: {', '.join(lost)}. Choisissez-en une autre.")
    return asked.address


def saved_or_404(access: Access, saved_id: int) -> SavedFilter:
    """Return a saved filter that this person sees: theirs, or shared with their operator; else answer 404."""
    saved = SavedFilter.objects.seen_by(access.user, access.operator).filter(pk=saved_id).first()
    if saved is None or saved.list_code not in lists() or lists()[saved.list_code].why_not_read(access) is not None:
        raise Http404("Ce filtre n’existe pas, ou n’est pas partagé avec vous.")
    return saved
