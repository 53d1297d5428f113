"""Promises of the text: what a beneficiary is owed on a day, counted from the first of its agreement; kept, or late."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.db import transaction
from django.db.models import Q, QuerySet
from django_scopes import scopes_disabled

from socle.agreements.contract import proofs
from socle.agreements.endings import term_end
from socle.agreements.models import Agreement, PromiseKept, Status
from socle.agreements.rules import why_not_follow
from socle.documents.models import Document
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.programme.models import Promise

# An agreement that is over still owes the last of what it promised, for as long as somebody may be expected to do it.
MONTHS_AFTER = 12


@dataclass(frozen=True)
class Due:
    """One period of a promise of an agreement: what is done between these two days, both included, keeps it."""

    agreement: Agreement
    promise: Promise
    begins_on: date
    due_on: date

    @property
    def key(self) -> str:
        """How a form says it."""
        return f"{self.agreement.pk}.{self.promise.pk}.{self.due_on.isoformat()}"

    def is_late(self, on: date) -> bool:
        """Whether its last day is past."""
        return self.due_on < on


@lru_cache(maxsize=10_000)
def periods(starts_on: date, ends_on: date, every_months: int) -> tuple[tuple[date, date], ...]:
    """The first and last days of every whole period of a term, in order; the last one ends with the term or before."""
    found: list[tuple[date, date]] = []
    begins_on = starts_on
    while (due_on := term_end(starts_on, every_months * (len(found) + 1))) <= ends_on:
        found.append((begins_on, due_on))
        begins_on = date.fromordinal(due_on.toordinal() + 1)
    return tuple(found)


def owing(agreements: QuerySet[Agreement], *, on: date) -> QuerySet[Agreement]:
    """Keep the agreements that owe something on this day: those in force, and those over for less than a year."""
    ended = Q(status=Status.ENDED, ends_on__gte=dates.add_months(on, -MONTHS_AFTER))
    return agreements.filter(Q(status=Status.SIGNED) | ended, type__in=Promise.objects.order_by().values("type"))


def still_due(agreements: QuerySet[Agreement], *, on: date, until: date = date.max) -> list[Due]:
    """List what these agreements still owe until a day, kept periods left out, in order; three queries.

    Of each agreement are read its number, its type and its days: thousands of lines are counted from them alone.
    """
    found = owing(agreements, on=on).order_by()
    noted = _in_force().filter(agreement__in=found.values("pk")).order_by()
    kept = set(noted.values_list("agreement", "promise", "due_on"))
    promised: dict[int, list[Promise]] = {}
    for promise in Promise.objects.order_by("order"):
        promised.setdefault(promise.type_id, []).append(promise)
    due = [
        Due(agreement, promise, begins_on, due_on)
        for agreement in found
        if agreement.starts_on is not None and agreement.ends_on is not None
        for promise in promised.get(agreement.type_id, ())
        for begins_on, due_on in periods(agreement.starts_on, agreement.ends_on, promise.every_months)
        if due_on <= until and (agreement.pk, promise.pk, due_on) not in kept
    ]
    return sorted(due, key=lambda one: (one.due_on, one.agreement.number, one.promise.order))


def next_of(dues: Iterable[Due]) -> list[Due]:
    """The first of what is due of each promise of each agreement."""
    first: dict[tuple[int, int], Due] = {}
    for one in dues:
        first.setdefault((one.agreement.pk, one.promise.pk), one)
    return list(first.values())


@dataclass(frozen=True)
class Standing:
    """Where an agreement stands with one promise: the first period still owed, the last one kept."""

    promise: Promise
    due: Due | None
    kept: PromiseKept | None
    is_late: bool


def standings(agreement: Agreement, *, on: date) -> list[Standing]:
    """Where this agreement stands with each promise of its type; none before it is concluded, nor for an amendment."""
    if agreement.amends_id is not None:
        return []
    due = {one.promise: one for one in next_of(still_due(Agreement.every.filter(pk=agreement.pk), on=on))}
    kept = {one.promise: one for one in kept_of(agreement).order_by("due_on", "pk")}
    promises = sorted({**due, **kept}, key=lambda one: one.order)
    return [Standing(one, due.get(one), kept.get(one), is_late=one in due and due[one].is_late(on)) for one in promises]


def kept_of(agreement: Agreement) -> QuerySet[PromiseKept]:
    """Return what this agreement has kept, the latest period first."""
    return _in_force().filter(agreement=agreement).select_related("promise", "document")


def _in_force() -> QuerySet[PromiseKept]:
    return PromiseKept.objects.filter(withdrawn_at__isnull=True)


def why_not_keep(due: Due, *, kept_on: date, by: User, on: date) -> str | None:
    """Say why it cannot be noted that this was kept that day, or None. Kept late, it is kept all the same."""
    agreement = due.agreement
    if reason := why_not_follow(agreement.beneficiary, agreement.programme, by=by, on=on):
        return reason
    if kept_on > on:
        return f"Le {dates.in_words(kept_on)} n’est pas encore venu\u00a0: vérifiez la date."
    if kept_on < due.begins_on:
        return (
            f"Convention {agreement.number}\u00a0: ce qui est dû le {dates.in_words(due.due_on)} se fait à partir du "
            f"{dates.in_words(due.begins_on)}."
        )
    if _in_force().filter(agreement=agreement, promise=due.promise, due_on=due.due_on).exists():
        return f"Convention {agreement.number}\u00a0: c’est déjà noté comme tenu."
    return None


def why_not_withdraw(kept: PromiseKept, *, by: User, on: date) -> str | None:
    """Say why what was noted cannot be withdrawn, or None."""
    if reason := why_not_follow(kept.agreement.beneficiary, kept.agreement.programme, by=by, on=on):
        return reason
    return "C’est déjà retiré." if kept.withdrawn_at is not None else None


@transaction.atomic
def keep(dues: Sequence[Due], *, kept_on: date, reference: str = "", by: User, at: datetime) -> list[PromiseKept]:
    """Note that all of these were kept on that day; refused for one, nothing is noted. Raises Refused."""
    return [_keep(one, kept_on=kept_on, reference=reference.strip(), by=by, at=at) for one in dues]


def _keep(
    due: Due, *, kept_on: date, reference: str, document: Document | None = None, by: User, at: datetime
) -> PromiseKept:
    # One gesture at a time on an agreement: none is kept twice.
    Agreement.every.select_for_update().get(pk=due.agreement.pk)
    refuse(why_not_keep(due, kept_on=kept_on, by=by, on=dates.day_of(at)))
    kept = PromiseKept.objects.create(
        agreement=due.agreement,
        promise=due.promise,
        due_on=due.due_on,
        kept_on=kept_on,
        reference=reference,
        document=document,
        recorded_at=at,
    )
    journal.record(
        "agreement.promise_kept",
        due.agreement,
        by=by,
        at=at,
        promise=due.promise.code,
        due_on=due.due_on.isoformat(),
        kept_on=kept_on.isoformat(),
    )
    return kept


@transaction.atomic
def withdraw(kept: PromiseKept, *, by: User, at: datetime) -> PromiseKept:
    """Take back what was noted by mistake: it is owed again. Raises Refused."""
    kept = PromiseKept.objects.select_for_update(of=("self",)).select_related("promise").get(pk=kept.pk)
    refuse(why_not_withdraw(kept, by=by, on=dates.day_of(at)))
    kept.withdrawn_at = at
    kept.save(update_fields=["withdrawn_at"])
    journal.record(
        "agreement.promise_withdrawn",
        kept.agreement,
        by=by,
        at=at,
        promise=kept.promise.code,
        due_on=kept.due_on.isoformat(),
    )
    return kept


def keep_proved(*, by: User, at: datetime) -> int:
    """Note what other rooms have proved, each proof for the first period owed on its day; return how many.

    Asked for every day. A proof keeps one period, once: what somebody withdrew is not noted again on the same one.
    """
    noted, on = 0, dates.day_of(at)
    with scopes_disabled():  # The tick works for every beneficiary in turn.
        agreements = Agreement.objects.select_related("programme", "beneficiary__department")
        due = [one for one in still_due(agreements, on=on) if one.promise.kept_by and one.begins_on <= on]
        for keeper in sorted({one.promise.kept_by for one in due}):
            owed: dict[int | None, list[Due]] = {}
            for one in due:
                if one.promise.kept_by == keeper:
                    owed.setdefault(one.agreement.beneficiary_id, []).append(one)
            since = min(one.begins_on for dues in owed.values() for one in dues)
            known = PromiseKept.objects.filter(promise__kept_by=keeper, kept_on__gte=since)
            used = set(known.order_by().values_list("agreement", "promise", "kept_on"))
            for proof in proofs(keeper, since=since):
                theirs = owed.get(proof.beneficiary_id, [])
                for one in next_of(one for one in theirs if one.begins_on <= proof.on):
                    use = (one.agreement.pk, one.promise.pk, proof.on)
                    if use in used:
                        continue
                    with transaction.atomic():
                        _keep(one, kept_on=proof.on, reference=proof.reference, document=proof.document, by=by, at=at)
                    used.add(use)
                    theirs.remove(one)
                    noted += 1
    return noted
