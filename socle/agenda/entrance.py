"""Whoever comes with a device, to which mairie, and all that they reach there: one query at each request."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Aggregate, BigIntegerField, F, JSONField, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django_scopes import scopes_disabled

from socle.agenda.access import Reach, reach_among
from socle.agenda.models import AddressBook, Agenda, Calendar, CalendarAccess
from socle.lib.compiled import Compiled, Given
from socle.lib.dates import day_of
from socle.people.devices.entrance import Shown
from socle.people.devices.models import Use
from socle.people.devices.queries import opened_rows, opener
from socle.people.rules import second_factor_settings

_CALENDAR = ("id", "beneficiary_id", "slug", "name", "kind", "owner_id", "is_public", "colour")
_BOOK = ("id", "beneficiary_id", "slug", "name", "owner_id")
_ACCESS = ("id", "calendar_id", "role", "user_id", "may_write")


class _Gathered(Aggregate):
    """All the values of a subquery, as one list."""

    function = "JSONB_AGG"
    output_field = JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **more)


def let_in(shown: Shown, beneficiary: int, *, at: datetime) -> Reach | None:
    """Return what somebody of a mairie whose agendas are open reaches there, by the device that they show.

    None for all the others, whatever the cause: who helps a mairie, who was wrong, what is closed. Who they are, and
    why they are refused, is then asked step by step.
    """
    if not shown.prefix:
        return None
    rows = _question(second_factor_settings()).ask(beneficiary=beneficiary, prefix=shown.prefix, on=day_of(at))
    entered = opener(rows, shown.secret, shown.login, at=at)
    if entered is None:
        return None
    (person, roles), first = entered, rows[0]
    calendars, books = _rows(Calendar, first.calendars), _rows(AddressBook, first.books)  # type: ignore[attr-defined]
    given = _rows(CalendarAccess, first.given)  # type: ignore[attr-defined]
    return reach_among(person, first.beneficiary, roles, None, calendars, books, given)


@cache
def _question(factors: object) -> Compiled[Agenda]:
    """The question. `factors`: it holds the settings of the second factor as they are."""

    def build() -> Any:
        with scopes_disabled():  # It says itself whose.
            agendas = Agenda.objects.filter(
                beneficiary=Given("beneficiary", BigIntegerField()), suspended_at__isnull=True
            )
            return (
                opened_rows(agendas.select_related("beneficiary"), "beneficiary", use=Use.AGENDA)
                .annotate(
                    calendars=_all_of(Calendar.objects.all(), "beneficiary", _CALENDAR),
                    books=_all_of(AddressBook.objects.all(), "beneficiary", _BOOK),
                    given=_all_of(CalendarAccess.objects.all(), "calendar__beneficiary", _ACCESS),
                )
                .order_by()
            )

    return Compiled(build)


def _all_of(rows: QuerySet[Any], place: str, columns: tuple[str, ...]) -> Subquery:
    """All the rows of the beneficiary of an agenda, by their columns."""
    there = rows.filter(**{place: OuterRef("beneficiary")}).order_by().values(place)
    gathered = there.annotate(all=_Gathered(JSONObject(**{column: F(column) for column in columns})))
    return Subquery(gathered.values("all"))


def _rows(model: type[Model], found: list[dict[str, Any]] | None) -> list[Any]:
    """Rows of which these columns were read; the others are, if somebody asks."""
    names = [one.attname for one in model._meta.concrete_fields if found and one.attname in found[0]]
    return [model.from_db("default", names, [values[name] for name in names]) for values in found or ()]
