"""A priority that changes under an agreement: something to look at, never a refusal."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django_scopes import scopes_disabled

from socle.agreements.models import Agreement, Status
from socle.agreements.rules import why_not_follow
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.programme import assessments
from socle.programme.models import Assessment, Programme


@transaction.atomic
def keep_assessments(*, by: User, at: datetime) -> int:
    """Keep the ranks of every programme that changed; return how many rows were written.

    The journal of a commune under agreement says that its priority changed; its agreement is not touched.
    """
    count = 0
    for programme in Programme.objects.order_by("pk"):
        written = assessments.keep(programme, by=by, at=at)
        changed = {one.commune_id: one for one in written if one.has_changed_priority}
        with scopes_disabled():  # The map is everybody's: every beneficiary in turn.
            running = list(_running(programme).filter(beneficiary__commune__in=changed)) if changed else []
        for agreement in running:
            assessment = changed[agreement.bound.commune_id]
            journal.record(
                "agreement.priority_changed",
                agreement,
                by=by,
                at=at,
                agreement=agreement.number,
                priority="yes" if assessment.is_priority else "no",
                year=programme.priority_vintage.year,
            )
        count += len(written)
    return count


def _running(programme: Programme) -> Any:
    running = Agreement.objects.filter(programme=programme).exclude(status=Status.CANCELLED)
    return running.select_related("beneficiary").order_by("pk")


def to_look_at(agreements: Any) -> QuerySet[Assessment]:
    """Return the changes of priority nobody has looked at yet, of communes under one of these agreements.

    `agreements` is within the scope in force. Each comes with its `commune`, and `agreement_number`.
    """
    unseen = Assessment.objects.filter(has_changed_priority=True, seen_at__isnull=True)
    running = agreements.exclude(status=Status.CANCELLED)
    return (
        unseen.filter(
            commune__beneficiary__agreements__in=running,
            programme=F("commune__beneficiary__agreements__programme"),
            assessed_at__gt=F("commune__beneficiary__agreements__drafted_at"),
        )
        .annotate(agreement_number=F("commune__beneficiary__agreements__number"))
        .select_related("commune", "vintage")
        .order_by("-assessed_at", "commune__search_name", "pk")
    )


def why_not_see(agreement: Agreement, *, by: User, on: date) -> str | None:
    """Say why this person may not say that they looked at the change, or None: whoever writes the agreement may."""
    return why_not_follow(agreement.beneficiary, agreement.programme, by=by, on=on)


@transaction.atomic
def see(agreement: Agreement, *, by: User, at: datetime) -> int:
    """Note that the changes of priority of this agreement's commune were looked at; return how many."""
    refuse(why_not_see(agreement, by=by, on=dates.day_of(at)))
    unseen = Assessment.objects.filter(
        programme=agreement.programme_id,
        commune=agreement.bound.commune_id,
        has_changed_priority=True,
        seen_at__isnull=True,
        assessed_at__gt=agreement.drafted_at,
    )
    count = unseen.update(seen_at=at)
    if count:
        journal.record("agreement.priority_seen", agreement, by=by, at=at, agreement=agreement.number)
    return count
