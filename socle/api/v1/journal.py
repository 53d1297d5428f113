"""The journal, line by line."""

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Query

from socle.api.guard import Caller, caller_of
from socle.api.pages import Key
from socle.api.problems import Problem
from socle.api.shapes import journal as shapes
from socle.api.shapes.values import Identifier
from socle.api.v1.offering import cut_of, operation, url_of
from socle.integrations.models import Scope
from socle.journal import facts
from socle.journal.models import Entry
from socle.journal.verbs import label_of
from socle.lib import dates
from socle.lib.text import whole
from socle.people.models import User

ENTRY_KEYS = {"id": Key("pk", "number")}


def _entries(rows: list[Entry], caller: Caller) -> list[shapes.Entry]:
    authors: dict[str, str] = {}
    if caller.opens(Scope.PEOPLE_READ):
        prefix = "people.user:"
        wanted = {row.by_ref.removeprefix(prefix) for row in rows if row.by_ref.startswith(prefix)}
        authors = {f"{prefix}{user.pk}": str(user) for user in User.objects.filter(pk__in=wanted)}
    return [
        shapes.Entry(
            url=url_of("journal", row.pk),
            id=row.pk,
            verb=row.verb,
            label=label_of(row.verb),
            at=row.at,
            object=f"{row.object_type}:{row.object_id}",
            beneficiary=whole(row.beneficiary_ref),
            by=authors.get(row.by_ref),
            facts=facts.shareable(row),
            position=row.position,
            seal=row.seal,
        )
        for row in rows
    ]


@operation("GET", "/journal", shapes.Journal, tag="Journal", scope=Scope.JOURNAL_READ)
def list_entries(request: HttpRequest, filters: Query[shapes.EntryFilters]):  # type: ignore[no-untyped-def]
    """Lire le journal.

    Du plus ancien au plus récent par défaut : gardez `next` pour reprendre où vous en étiez.
    """
    caller = caller_of(request)
    rows = caller.access.entries()
    if filters.verb:
        rows = rows.filter(verb=filters.verb)
    if filters.beneficiary:
        rows = rows.filter(beneficiary_ref=str(filters.beneficiary))
    if filters.since:
        rows = rows.filter(at__gte=_bounds(filters.since, "since")[0])
    if filters.until:
        rows = rows.filter(at__lt=_bounds(filters.until, "until")[1])
    page = cut_of(request, rows, ENTRY_KEYS, filters)
    return shapes.Journal(data=_entries(page.rows, caller), next=page.next)


def _bounds(day: Any, name: str) -> tuple[Any, Any]:
    try:
        return dates.bounds_of(day)
    except OverflowError as error:
        raise Problem("mal-formee", f"Le jour de « {name} » est hors du calendrier.") from error


@operation("GET", "/journal/{id}", shapes.Entry, tag="Journal", scope=Scope.JOURNAL_READ)
def show_entry(request: HttpRequest, id: Identifier):  # type: ignore[no-untyped-def]
    """Lire une ligne du journal."""
    caller = caller_of(request)
    found = caller.access.entries().filter(pk=id).first()
    if found is None:
        raise Http404("Cette ligne n’existe pas, ou n’est pas de celles que ce jeton voit.")
    return _entries([found], caller)[0]
