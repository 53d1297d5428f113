"""Selection of rows in the lists that operators read, and the gestures made on them at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.module_loading import import_string

from socle.batches.actions import Chosen
from socle.batches.contract import Subject
from socle.lib.refusals import Refused
from socle.lib.text import whole
from socle.provisioning.desk import desks
from socle.provisioning.desk.access import Access


@dataclass(frozen=True)
class Selectable:
    """One list whose rows may be chosen: its rows as filtered by an address, and how each is called."""

    code: str
    view: str
    subject: Subject
    rows: Callable[[HttpRequest, Access], QuerySet[Any]]
    call: Callable[[Any], Chosen]


@cache
def selectables() -> dict[str, Selectable]:
    """Return the lists whose rows may be chosen, by their code."""
    lists = (import_string(name) for desk in desks() for name in desk.lists)
    found = (getattr(one, "selectable", None) for one in lists)
    return {one.code: one for one in found if one is not None}


@cache
def list_of() -> dict[Subject, Selectable]:
    """Return, by kind of thing, the list where it is chosen; those started by a page of their own are in none."""
    return {one.subject: one for one in selectables().values()}


def is_chosen(subject: str) -> bool:
    """Whether a list lets things of this kind be chosen."""
    return subject in list_of()


def chosen_rows(
    selectable: Selectable, access: Access, *, filters: str, only: list[str] | None = None, limit: int | None = None
) -> list[Chosen]:
    """Return the rows of a list under these filters (a query string); with `only`, those of these identifiers.

    Always read again through the list, so that nothing is chosen that this person does not see.
    """
    request = HttpRequest()
    request.GET = QueryDict(filters)
    rows = selectable.rows(request, access)
    if only is not None:
        rows = rows.filter(pk__in=[pk for one in only if (pk := whole(one)) is not None])
    return [selectable.call(row) for row in (rows[:limit] if limit else rows)]


def selectable_of(code: str) -> Selectable:
    """Return a list by its code; raise `Refused` when there is none."""
    if code not in selectables():
        raise Refused("Cette liste n’existe pas\u00a0: repartez de la liste où choisir.")
    return selectables()[code]
