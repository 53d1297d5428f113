"""Holdings of a person who leaves: the messages of inhabitants that they follow."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import QuerySet
from django_scopes import scopes_disabled

from socle.inbox.actions import assign
from socle.inbox.models import ContactMessage, Status
from socle.inbox.rules import why_not_assign
from socle.lib.dates import day_of
from socle.people.models import Membership, User
from socle.people.offboarding import Kind

HOLDINGS: tuple[Kind, ...] = (
    Kind(
        "messages",
        "Messages d’habitants confiés",
        "socle.inbox.offboarding.messages",
        "Ils ne sont plus confiés à personne, et restent dans la liste de la mairie.",
        "socle.inbox.offboarding.pass_messages",
        {"mairie": "mairie:messages"},
    ),
)


def _followed(membership: Membership) -> QuerySet[ContactMessage]:
    """The messages to treat that were entrusted to this person, at this very mairie."""
    if membership.beneficiary_id is None:
        return ContactMessage._base_manager.none()
    with scopes_disabled():  # Of the one mairie that the person leaves.
        entrusted: QuerySet[ContactMessage] = ContactMessage.objects.filter(
            beneficiary=membership.beneficiary_id, assigned_to=membership.user_id, status=Status.NEW
        )
        return entrusted.order_by("received_at")


def messages(membership: Membership, on: date) -> list[str]:
    """The messages that wait for this person, by their numbers: whoever wrote is named to nobody here."""
    return [f"message n°\u00a0{message.number}" for message in _followed(membership)]


def pass_messages(membership: Membership, *, to: User | None, by: User, at: datetime) -> int:
    """Entrust them to the successor, if that person is of the mairie, or to nobody."""
    passed = 0
    with scopes_disabled():  # Of the one mairie that the person leaves.
        for message in list(_followed(membership)):
            chosen = to if why_not_assign(message, to, on=day_of(at)) is None else None
            assign(message, to=chosen, by=by, at=at)
            passed += 1
    return passed
