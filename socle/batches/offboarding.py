"""Holdings of a person who leaves: the batches that go on in their name."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q

from socle.batches import actions
from socle.batches.models import Batch, Status
from socle.people.models import Membership, User
from socle.people.offboarding import Kind

HOLDINGS: tuple[Kind, ...] = (
    Kind(
        "lots",
        "Lots en cours ou en pause",
        "socle.batches.offboarding.batches",
        "Ils sont mis en pause : une personne chargée du programme ou de la technique les reprend, ou les arrête.",
        "socle.batches.offboarding.pass_batches",
        {"console": "console:batches"},
    ),
)


def _going(membership: Membership) -> list[Batch]:
    if membership.operator_id is None:
        return []
    theirs = Q(followed_by=membership.user_id) | Q(followed_by__isnull=True, started_by=membership.user_id)
    going = Batch.objects.filter(
        theirs,
        operator=membership.operator_id,
        status__in=[Status.RUNNING, Status.PAUSED],
    )
    return list(going.order_by("pk"))


def batches(membership: Membership, on: date) -> list[str]:
    """The batches of this person that are not over."""
    return [f"n°\u00a0{batch.pk}" for batch in _going(membership)]


def pass_batches(membership: Membership, *, to: User | None, by: User, at: datetime) -> int:
    """They go on in the name of whoever takes over; else they are paused, since nobody may do their lines any more."""
    return sum(actions.hand_to(batch, to=to, by=by, at=at) for batch in _going(membership))
