"""Whoever comes with a device, to which mairie, and all that they reach there: one query at each request."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, CharField, DateField, F, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django_scopes import scopes_disabled

from socle.agenda.access import Reach, reach_among
from socle.agenda.models import AddressBook, Calendar, CalendarAccess
from socle.lib.dates import day_of
from socle.lib.prepared import Gathered, Given, Prepared
from socle.people.devices import queries
from socle.people.devices import secret as secrets
from socle.people.devices.models import Use
from socle.people.models import BENEFICIARY_ROLES, Beneficiary, Membership, Role, User

_PERSON = ("id", "email", "name", "is_active")
_PLACE = ("id", "name")
_CALENDAR = ("id", "beneficiary_id", "slug", "name", "kind", "owner_id", "is_public", "colour")
_BOOK = ("id", "beneficiary_id", "slug", "name", "owner_id")
_ACCESS = ("id", "calendar_id", "role", "user_id", "may_write")


def _all_of(rows: QuerySet[Any], place: str, columns: tuple[str, ...]) -> Subquery:
    """All the rows of the beneficiary of a membership, by their columns."""
    there = rows.filter(**{place: OuterRef("beneficiary")}).order_by().values(place)
    gathered = there.annotate(all=Gathered(JSONObject(**{column: F(column) for column in columns})))
    return Subquery(gathered.values("all"))


def _made() -> QuerySet[Any, Any]:
    on: Any = Given("on", DateField())
    devices = queries.entering(on=on).filter(prefix=Given("prefix", CharField()), **{Use.AGENDA.field: True})
    at = Membership.objects.active_on(on).filter(
        beneficiary=Given("beneficiary", BigIntegerField()),
        role__in=BENEFICIARY_ROLES,
        beneficiary__agenda__suspended_at__isnull=True,
        beneficiary__agenda__isnull=False,
        user__device_passwords__in=devices,
    )
    with scopes_disabled():  # It says itself whose.
        return at.values_list(
            "role",
            *(f"user__device_passwords__{column}" for column in ("pk", "digest", "used_at")),
            *(f"user__{column}" for column in _PERSON),
            *(f"beneficiary__{column}" for column in _PLACE),
            _all_of(Calendar.objects.all(), "beneficiary", _CALENDAR),
            _all_of(AddressBook.objects.all(), "beneficiary", _BOOK),
            _all_of(CalendarAccess.objects.all(), "calendar__beneficiary", _ACCESS),
        )


_asked = Prepared("agenda_entrance", _made)


def let_in(login: str, secret: str, beneficiary_id: int, *, at: datetime) -> Reach | None:
    """Return what somebody of a mairie whose agendas are open reaches there, by the device that they show.

    None for all the others, whatever the cause: who helps a mairie, who was wrong, what is closed. Who they are, and
    why they are refused, is then asked step by step.
    """
    written = secrets.read(secret)
    if written is None:
        return None
    rows = list(_asked.ask(on=day_of(at), prefix=secrets.prefix_of(written), beneficiary=beneficiary_id))
    if not rows:
        return None
    (pk, digest, used_at), rest = rows[0][1:4], rows[0][4:]
    person = _row(User, dict(zip(_PERSON, rest, strict=False)))
    if not secrets.is_of(written, digest) or not queries.is_login_of(person, login.strip().casefold()):
        return None
    queries.note_one(pk, used_at, at=at)
    place = _row(Beneficiary, dict(zip(_PLACE, rest[len(_PERSON) :], strict=False)))
    calendars, books, given = (
        [_row(model, one) for one in found or ()]
        for model, found in zip((Calendar, AddressBook, CalendarAccess), rest[-3:], strict=True)
    )
    return reach_among(person, place, frozenset(Role(row[0]) for row in rows), None, calendars, books, given)


def _row(model: type[Model], values: dict[str, Any]) -> Any:
    """A row of which these columns were read; the others are, if somebody asks."""
    names = [one.attname for one in model._meta.concrete_fields if one.attname in values]
    return model.from_db("default", names, [values[name] for name in names])
