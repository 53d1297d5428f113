"""Batch gestures on requests to join: take them in charge, say them receivable."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from socle.agreements.rules import why_not_write
from socle.batches.contract import Subject, Wish
from socle.joining import actions, rules
from socle.joining.models import JoinRequest
from socle.lib import dates
from socle.lib.refusals import refuse


def _requests(subjects: Sequence[str]) -> list[JoinRequest]:
    found = JoinRequest.objects.filter(pk__in=subjects)
    return list(found.select_related("programme", "commune__department", "department", "beneficiary__department"))


class _OnRequests:
    """Base of these gestures: who handles a department is asked once for each, whatever the number of requests."""

    subject = Subject.JOIN_REQUEST
    is_atomic = True
    needs_care = False

    def why_not(self, wish: Wish, *, on: date) -> str | None:
        return why_not_write(by=wish.by, on=on)

    def sort_out(self, subjects: Sequence[str], wish: Wish, *, at: datetime) -> dict[str, str]:
        on = dates.day_of(at)
        of_department: dict[int, str | None] = {}
        refused = {}
        for request in _requests(subjects):
            if request.department_id not in of_department:
                of_department[request.department_id] = rules.why_not_handle(request, by=wish.by, on=on)
            if reason := of_department[request.department_id] or self.why_not_now(request, wish):
                refused[str(request.pk)] = reason
        return refused

    def why_not_now(self, request: JoinRequest, wish: Wish) -> str | None:
        """Say why the request is not where the gesture is made, or None; whoever makes it may."""
        raise NotImplementedError


class TakeInCharge(_OnRequests):
    """Follow each request oneself."""

    code = "take_requests"
    label = "Prendre en charge les demandes"
    explains = "Vous suivez chacune de ces demandes. Celle qu’une autre personne suit déjà n’est pas prise à sa place."

    def why_not(self, wish: Wish, *, on: date) -> str | None:
        if wish.by.is_system:
            return "Prendre en charge se fait en son propre nom : lancez ce geste depuis la console."
        return super().why_not(wish, on=on)

    def why_not_now(self, request: JoinRequest, wish: Wish) -> str | None:
        return rules.why_not_take(request, by=wish.by)

    def do(self, subject: str, wish: Wish, *, at: datetime) -> str:
        (request,) = _requests([subject])
        refuse(rules.why_not_take(request, by=wish.by))
        actions.assign(request, officer=wish.by, by=wish.by, at=at)
        return f"Demande {request.reference} prise en charge."


class Qualify(_OnRequests):
    """Say that each request is studied and receivable."""

    code = "qualify_requests"
    label = "Dire les demandes recevables"
    explains = (
        "Chaque demande dont l’identité est établie est dite étudiée et recevable ; la mairie en est prévenue. Si "
        "personne ne la suit, c’est vous."
    )

    def why_not_now(self, request: JoinRequest, wish: Wish) -> str | None:
        return rules.why_no_qualification(request)

    def do(self, subject: str, wish: Wish, *, at: datetime) -> str:
        (request,) = _requests([subject])
        actions.qualify(request, by=wish.by, at=at)
        return f"Demande {request.reference} étudiée : la mairie en est prévenue."
