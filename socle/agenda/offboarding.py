"""Holdings of a person who leaves: a calendar of their own. What they wrote in those of the mairie stays."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import QuerySet
from django_scopes import scopes_disabled

from socle.agenda.models import Calendar
from socle.journal import actions as journal
from socle.people.models import Membership, User
from socle.people.offboarding import Kind

HOLDINGS: tuple[Kind, ...] = (
    Kind(
        "agendas",
        "Agendas personnels",
        "socle.agenda.offboarding.calendars",
        "Ils se ferment, et sont effacés avec le compte\u00a0; ce qui est dans les agendas de la mairie y reste.",
        "socle.agenda.offboarding.pass_calendars",
        {"mairie": "mairie:calendars"},
    ),
)


def _own(membership: Membership) -> QuerySet[Calendar]:
    with scopes_disabled():  # Of the one mairie that the person leaves.
        found: QuerySet[Calendar] = Calendar.objects.filter(
            beneficiary=membership.beneficiary_id, owner=membership.user_id
        )
        return found.order_by("pk") if membership.beneficiary_id is not None else found.none()


def calendars(membership: Membership, on: date) -> list[str]:
    """The calendars of this person there, by their names."""
    return [calendar.name for calendar in _own(membership)]


def pass_calendars(membership: Membership, *, to: User | None, by: User, at: datetime) -> int:
    """Pass the calendars to a successor; without one they stay closed, and are erased with the account."""
    found = list(_own(membership)) if to is not None else []
    for calendar in found:
        calendar.owner = to
        calendar.name = f"{calendar.name} (suite)"[:120]
        calendar.save(update_fields=["owner", "name"])
        journal.record("calendar.handed_over", calendar, by=by, at=at)
    return len(found)
