"""Rules: who may start, pause, resume, stop and retry a batch, and when."""

from __future__ import annotations

from datetime import date

from socle.batches.contract import Gesture, Wish
from socle.batches.models import MOVES, Batch, Status
from socle.people.models import OPERATOR_ROLES, Operator, Role, User
from socle.people.rules import holds
from socle.programme.models import Programme

# Who leads the batches of their operator, besides whoever follows one.
LEADERS = (Role.PROGRAMME_OFFICER, Role.TECHNICIAN)
# Beyond, a form, a confirmation and a report are no longer read by anyone.
MOST = 5000


def why_not_start(
    gesture: Gesture, count: int, *, programme: Programme, operator: Operator, by: User, on: date
) -> str | None:
    """Say why this person may not start this gesture on so many things, or None."""
    if not by.is_system and not holds(by, *OPERATOR_ROLES, on=on, operator=operator):
        return "Seules les personnes de cet opérateur peuvent agir en son nom."
    if reason := gesture.why_not(Wish(by, programme), on=on):
        return reason
    if not count:
        return "Rien n’est choisi : cochez au moins une ligne de la liste."
    if count > MOST:
        return f"{count} lignes d’un coup, c’est plus que la limite de {MOST} : resserrez les filtres."
    return None


def why_not_steer(batch: Batch, *, by: User, on: date) -> str | None:
    """Say why this person may not pause, resume, stop or retry this batch, or None."""
    if by.is_system or by.pk == (batch.followed_by_id or batch.started_by_id):
        return None
    if holds(by, *LEADERS, on=on, operator=batch.operator):
        return None
    return "Seules la personne qui suit ce lot et celles chargées du programme ou de la technique le conduisent."


def _why_not_move(batch: Batch, target: Status, sentence: str) -> str | None:
    return None if target in MOVES[Status(batch.status)] else sentence


def why_not_pause(batch: Batch, *, by: User, on: date) -> str | None:
    """Say why a batch cannot be paused, or None."""
    wrong = f"Ce lot est {batch.get_status_display()} : il n’y a rien à mettre en pause."
    return why_not_steer(batch, by=by, on=on) or _why_not_move(batch, Status.PAUSED, wrong)


def why_not_resume(batch: Batch, *, by: User, on: date) -> str | None:
    """Say why a batch cannot be resumed, or None."""
    wrong = None if batch.status == Status.PAUSED else "Ce lot n’est pas en pause."
    return why_not_steer(batch, by=by, on=on) or wrong


def why_not_cancel(batch: Batch, *, by: User, on: date) -> str | None:
    """Say why what remains of a batch cannot be given up, or None. What is done stays done."""
    wrong = f"Ce lot est {batch.get_status_display()} : il n’en reste rien à arrêter."
    return why_not_steer(batch, by=by, on=on) or _why_not_move(batch, Status.CANCELLED, wrong)


def why_not_retry(batch: Batch, count: int, *, by: User, on: date) -> str | None:
    """Say why the lines that failed or were left cannot be tried again, or None."""
    if reason := why_not_steer(batch, by=by, on=on):
        return reason
    return None if count else "Aucune ligne de ce lot n’est en échec ni laissée : il n’y a rien à reprendre."
