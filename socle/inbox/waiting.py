"""Requests and messages of inhabitants that nobody of their mairie has treated yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from socle.inbox.models import ContactMessage, Status
from socle.inbox.queries import ordinary
from socle.inbox.rules import FULL_RECEIPT, full_receipt_due_on
from socle.lib.declared import MairieReader, ToDo, WaitingAtMairie
from socle.people.capabilities import Capability

# Nobody counts further.
MOST = 100


def _messages(mairie: MairieReader, at: datetime) -> Iterator[ToDo]:
    """The requests, which a full receipt awaits by a day of the law, then the other messages: a line each."""
    waiting = ordinary(at).filter(beneficiary=mairie.beneficiary, status=Status.NEW).select_related("assigned_to")
    found = list(waiting.order_by("received_at", "pk")[:MOST])
    requests = [one for one in found if one.subject == ContactMessage.Subject.REQUEST]
    others = [one for one in found if one.subject != ContactMessage.Subject.REQUEST]
    if requests:
        yield ToDo(
            _counted(len(requests), "demande", "Une demande"),
            _where(requests),
            "Répondez, ou écrivez à la personne ce qui manque.",
            since=requests[0].received_at,
            due_on=full_receipt_due_on(requests[0].received_at),
            law=FULL_RECEIPT,
            turn=_turn(requests, mairie),
        )
    if others:
        what = _counted(len(others), "message", "Un message")
        yield ToDo(what, _where(others), since=others[0].received_at, turn=_turn(others, mairie))


def _counted(count: int, noun: str, one: str) -> str:
    return f"{count} {noun}s du site à traiter" if count > 1 else f"{one} du site à traiter"


def _where(found: list[ContactMessage]) -> str:
    return reverse("mairie:message", args=[found[0].pk]) if len(found) == 1 else reverse("mairie:messages")


def _turn(found: list[ContactMessage], mairie: MairieReader) -> str:
    """Whom all of these were entrusted to, when it is one other person; else whoever reads."""
    people = {one.assigned_to for one in found}
    only = people.pop() if len(people) == 1 else None
    return only.name if only is not None and only != mairie.user else ""


AT_MAIRIE: tuple[WaitingAtMairie, ...] = (WaitingAtMairie(Capability.ANSWER, _messages),)
