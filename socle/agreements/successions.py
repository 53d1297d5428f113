"""Succession of an agreement whose beneficiary merges: carried to the successor by an amendment, or kept, noted."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django_scopes import scopes_disabled

from socle.agreements.models import IN_PREPARATION, OVER, Agreement, Status, Succession
from socle.agreements.rules import why_not_follow
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people.models import Beneficiary, User


def why_not_succeed(agreement: Agreement, *, by: User, on: date) -> str | None:
    """Say why no successor can be noted on this agreement by this person, or None."""
    if reason := why_not_follow(agreement.beneficiary, agreement.programme, by=by, on=on):
        return reason
    if Succession.objects.filter(agreement=agreement, withdrawn_at__isnull=True).exists():
        return f"La convention n° {agreement.number} a déjà son successeur."
    return None


def why_not_carry(agreement: Agreement, successor: Beneficiary | None, *, by: User, on: date) -> str | None:
    """Say why an agreement cannot be carried to this body by amendment, or None."""
    if agreement.status != Status.SIGNED:
        return "Seule une convention conclue se transfère par avenant : un projet s’abandonne, et se rédige de nouveau."
    if reason := why_not_succeed(agreement, by=by, on=on):
        return reason
    if waiting := agreement.amendments.filter(status__in=IN_PREPARATION).first():
        return f"L’avenant n°\u00a0{waiting.number} est en préparation\u00a0: concluez-le ou abandonnez-le d’abord."
    if successor is None:
        return None
    with scopes_disabled():  # The successor may be any body of the territory.
        running = (
            Agreement.objects.filter(programme=agreement.programme, beneficiary=successor)
            .exclude(status__in=OVER)
            .first()
        )
    if running is not None:
        return (
            f"{successor.name} a déjà sa convention, n° {running.number} : deux ne courent pas ensemble. "
            "Conservez celle-ci, successeur noté."
        )
    return None


@transaction.atomic
def carry(agreement: Agreement, *, successor: Beneficiary, effect_on: date, by: User, at: datetime) -> Succession:
    """Carry a concluded agreement to the successor: an amendment takes its number, the document stays as signed."""
    refuse(why_not_carry(agreement, successor, by=by, on=dates.day_of(at)))
    succession = _note(agreement, successor, next_number(agreement), effect_on, at)
    _give(agreement, successor)
    journal.record(
        "agreement.carried", agreement, by=by, at=at, number=succession.amendment, agreement=agreement.number
    )
    return succession


@transaction.atomic
def note_successor(
    agreement: Agreement, *, successor: Beneficiary, effect_on: date, by: User, at: datetime
) -> Succession:
    """Write who succeeds, and leave the agreement where it is."""
    refuse(why_not_succeed(agreement, by=by, on=dates.day_of(at)))
    succession = _note(agreement, successor, "", effect_on, at)
    journal.record("agreement.successor_noted", agreement, by=by, at=at, number=agreement.number)
    return succession


def _note(agreement: Agreement, successor: Beneficiary, amendment: str, effect_on: date, at: datetime) -> Succession:
    return Succession.objects.create(
        agreement=agreement,
        predecessor=agreement.bound,
        successor=successor,
        amendment=amendment,
        effect_on=effect_on,
        noted_at=at,
    )


def next_number(agreement: Agreement) -> str:
    """The number of its next amendment, « PMC-2026-0001-A2 »: those that carried it to a successor count too."""
    carried = Succession.objects.filter(agreement=agreement).exclude(amendment="").count()
    return f"{agreement.number}-A{agreement.amendments.count() + carried + 1}"


def _give(agreement: Agreement, to: Beneficiary) -> None:
    """Make this body the beneficiary of an agreement, and of its amendments with it."""
    agreement.amendments.update(beneficiary=to)
    agreement.beneficiary = to
    agreement.save(update_fields=["beneficiary"])


@transaction.atomic
def take_back(succession: Succession, *, by: User, at: datetime) -> Succession:
    """Take a succession back: a carried agreement returns to its body. What was written stays written."""
    succession.withdrawn_at = at
    succession.save(update_fields=["withdrawn_at"])
    agreement = succession.agreement
    if succession.amendment:
        _give(agreement, succession.predecessor)
    journal.record("agreement.succession_taken_back", agreement, by=by, at=at, number=agreement.number)
    return succession
