"""Holdings of a person who leaves: the requests to join that they follow."""

from __future__ import annotations

from datetime import date, datetime

from django.db import models

from socle.joining import rules
from socle.joining.models import JoinRequest
from socle.journal import actions as journal
from socle.lib import dates
from socle.people.models import Membership, Role, User
from socle.people.offboarding import Kind

HOLDINGS: tuple[Kind, ...] = (
    Kind(
        "demandes",
        "Demandes d’adhésion suivies",
        "socle.joining.offboarding.requests",
        "Elles ne sont plus confiées à personne, et restent dans la liste.",
        "socle.joining.offboarding.pass_requests",
        {"console": "console:join_requests"},
    ),
)


def _followed(membership: Membership) -> models.QuerySet[JoinRequest]:
    """Those that this person follows and that are still open; a role at a mairie follows none."""
    if membership.role not in (Role.PROGRAMME_OFFICER, Role.CDG_ADVISOR):
        return JoinRequest.objects.none()
    followed = JoinRequest.objects.open().filter(officer=membership.user)
    return followed.select_related("programme", "commune", "department", "beneficiary")


def requests(membership: Membership, on: date) -> list[str]:
    """Name the requests followed by this role."""
    return [f"{one.place_name}, {one.reference}" for one in _followed(membership).order_by("asked_at")]


def pass_requests(membership: Membership, *, to: User | None, by: User, at: datetime) -> int:
    """Entrust them to the successor where they may follow the department, or to nobody: they then wait in the list."""
    on, passed = dates.day_of(at), 0
    for request in _followed(membership):
        officer = to if to is not None and rules.why_not_handle(request, by=to, on=on) is None else None
        request.officer = officer
        request.save(update_fields=["officer"])
        chosen = officer.pk if officer else None
        journal.record("join.assigned", request, by=by, at=at, reference=request.reference, officer=chosen)
        passed += 1
    return passed
