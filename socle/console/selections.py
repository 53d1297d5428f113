"""Selection of rows in the lists of the console, and the gestures made on them at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from socle.agreements.presenters import whom
from socle.batches.actions import Chosen
from socle.batches.contract import Subject
from socle.console.access import Access
from socle.console.views import agreements, communes, installations, joining, late_acts
from socle.lib.refusals import Refused
from socle.lib.text import whole


@dataclass(frozen=True)
class Selectable:
    """One list whose rows may be chosen: its rows as filtered by an address, and how each is called."""

    code: str
    view: str
    subject: Subject
    rows: Callable[[HttpRequest, Access], QuerySet[Any]]
    call: Callable[[Any], Chosen]


def _commune(row: Any) -> Chosen:
    return Chosen(str(row.pk), row.name, row.insee_code)


def _agreement(row: Any) -> Chosen:
    commune = row.beneficiary.commune if row.beneficiary else None
    return Chosen(str(row.pk), f"{row.number}, {whom(row)}", commune.insee_code if commune else "")


def _installation(row: Any) -> Chosen:
    commune = row.beneficiary.commune
    name = f"{row.service.name}, {row.beneficiary.place_name}"
    return Chosen(str(row.pk), name, commune.insee_code if commune else "")


def _body(row: Any) -> Chosen:
    return Chosen(str(row.pk), row.name, row.commune.insee_code if row.commune else "")


def _join_request(row: Any) -> Chosen:
    return Chosen(str(row.pk), f"{row.reference}, {row.place_name}", row.commune.insee_code if row.commune else "")


SELECTABLE: dict[str, Selectable] = {
    one.code: one
    for one in (
        Selectable("communes", "console:communes", Subject.COMMUNE, communes.filtered_rows, _commune),
        Selectable("conventions", "console:agreements", Subject.AGREEMENT, agreements.filtered_rows, _agreement),
        Selectable(
            "installations", "console:installations", Subject.INSTALLATION, installations.filtered_rows, _installation
        ),
        Selectable("demandes", "console:join_requests", Subject.JOIN_REQUEST, joining.filtered_rows, _join_request),
        Selectable("actes-en-retard", "console:late_acts", Subject.BENEFICIARY, late_acts.filtered_rows, _body),
    )
}
LIST_OF: dict[Subject, Selectable] = {one.subject: one for one in SELECTABLE.values()}


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
    if code not in SELECTABLE:
        raise Refused("Cette liste n’existe pas\u00a0: repartez de la liste où choisir.")
    return SELECTABLE[code]
