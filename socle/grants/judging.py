"""Reading what verdicts need in a few queries, whatever the number of expenses, and keeping the verdict of each."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextvars import ContextVar

from django.db import models, transaction
from django.db.models import Q

from socle.grants.eligibility import Facts, PieceRead, Share, judge
from socle.grants.models import ClaimLine, ClaimStatus, Contract, Evidence, Expense, Operation, Paper

CHUNK = 2000
VERDICT = ("state", "eligible", "why", "missing")
# A claim that was cancelled sets its lines free. What an answer refuses is not asked again by itself.
STANDING = ~Q(claim__status=ClaimStatus.CANCELLED)
# The operations to judge once `judged_together` ends.
_waiting: ContextVar[set[int] | None] = ContextVar("grants_waiting", default=None)


def basis_of(operation: Operation) -> Facts:
    """Read what is the same for every expense of an operation."""
    partners = list(operation.partners.select_related("operator"))
    allowed = operation.papers.filter(kind=Paper.Kind.SUPPLIER).exclude(partner=None)
    contracts = Contract.objects.filter(partner__operation=operation)
    return Facts(
        operation=operation,
        categories={one.pk: one for one in operation.categories.all()},
        partners={one.operator.siret[:9]: one.pk for one in partners if one.operator.siret},
        allowed_suppliers=frozenset(allowed.values_list("partner", flat=True)),
        contracts={one.pk: (one.gaps, one.supplier_siret[:9]) for one in contracts},
    )


def facts_about(basis: Facts, expenses: Iterable[Expense]) -> Facts:
    """Add what is of these expenses alone: their pieces, and their invoices wherever they are charged."""
    ids = [one.pk for one in expenses if one.pk]
    keys = {one.invoice_key for one in expenses if one.invoice_key}
    pieces: dict[int, list[PieceRead]] = defaultdict(list)
    fields = ("expense", "kind", "signed_on", "countersigned_on", "share", "valid_from", "valid_until", "net", "vat")
    for pk, kind, signed_on, countersigned_on, *letter in Evidence.objects.filter(
        expense__in=ids, withdrawn_at=None
    ).values_list(*fields):
        pieces[pk].append(PieceRead(kind, signed_on is not None and countersigned_on is not None, *letter))
    return Facts(
        operation=basis.operation,
        categories=basis.categories,
        partners=basis.partners,
        allowed_suppliers=basis.allowed_suppliers,
        contracts=basis.contracts,
        pieces=pieces,
        shares=shares_of(keys),
    )


def shares_of(keys: Iterable[str]) -> dict[str, list[Share]]:
    """The shares of these invoices that every operation of the installation charges."""
    shares: dict[str, list[Share]] = defaultdict(list)
    claimed = ClaimLine.objects.filter(STANDING, expense=models.OuterRef("pk"))
    found = Expense.objects.counting().filter(invoice_key__in=[*keys]).annotate(is_claimed=models.Exists(claimed))
    for pk, key, line, share, is_claimed in found.values_list("pk", "invoice_key", "invoice_line", "key", "is_claimed"):
        shares[key].append(Share(pk, line, share, is_claimed))
    return shares


def judged(operation: Operation, expenses: models.QuerySet[Expense]) -> Iterator[Expense]:
    """Yield these expenses with their verdict as it is now, chunk by chunk; nothing is kept."""
    basis = basis_of(operation)
    rows = expenses.order_by("pk").iterator(chunk_size=CHUNK)
    while chunk := [one for _, one in zip(range(CHUNK), rows, strict=False)]:
        put_verdicts(basis, chunk)
        yield from chunk


def put_verdicts(basis: Facts, expenses: list[Expense]) -> None:
    """Give each its verdict, in memory."""
    facts = facts_about(basis, expenses)
    for one in expenses:
        _put(one, facts)


def judge_new(basis: Facts, expenses: list[Expense]) -> None:
    """Give expenses that are not saved yet their verdict: those before them, in the list too, share invoices first."""
    facts = facts_about(basis, expenses)
    shares: dict[str, list[Share]] = defaultdict(list)
    shares.update({key: [*known] for key, known in facts.shares.items()})
    facts.shares = shares
    for one in expenses:
        _put(one, facts)
        if one.invoice_key:
            shares[one.invoice_key].append(Share(0, one.invoice_line, one.key, False))


def _put(one: Expense, facts: Facts) -> None:
    verdict = judge(one, facts)
    one.state, one.eligible, one.why, one.missing = verdict.state, verdict.eligible, verdict.why, verdict.missing


@contextlib.contextmanager
def judged_together() -> Iterator[None]:
    """Judge once, at the end of the block, what `judge_again` would after each change, where many come at once.

    One transaction: a verdict is kept with what it follows, or neither is.
    """
    with transaction.atomic():
        waiting: set[int] = set()
        token = _waiting.set(waiting)
        try:
            yield
        finally:
            _waiting.reset(token)
        for operation in Operation.objects.filter(pk__in=waiting).order_by("pk"):
            judge_again(operation, Expense.objects.filter(partner__operation=operation))


def judge_again(operation: Operation, expenses: models.QuerySet[Expense] | None = None) -> int:
    """Keep the verdict of these expenses, all of the operation's by default, and of those that share their invoices.

    Returns how many changed, none within `judged_together`. Called by whoever changes what a verdict reads, within its
    transaction.
    """
    if (waiting := _waiting.get()) is not None:
        waiting.add(operation.pk)
        return 0
    whole = Expense.objects.counting().filter(partner__operation=operation)
    asked = whole if expenses is None else expenses.filter(withdrawn_at=None)
    changed = _keep(operation, asked)
    if expenses is not None:
        keys = expenses.exclude(invoice_key="").order_by().values("invoice_key")
        others = (
            Expense.objects.counting().filter(invoice_key__in=keys).exclude(pk__in=expenses.order_by().values("pk"))
        )
        of_others = Operation.objects.filter(partners__expenses__in=others).distinct()
        for one in of_others:
            changed += _keep(one, others.filter(partner__operation=one))
    return changed


def _keep(operation: Operation, expenses: models.QuerySet[Expense]) -> int:
    basis, changed = basis_of(operation), 0
    rows = list(expenses.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(rows), CHUNK):
        chunk = list(Expense.objects.filter(pk__in=rows[start : start + CHUNK]).order_by("pk"))
        before = [tuple(getattr(one, name) for name in VERDICT) for one in chunk]
        put_verdicts(basis, chunk)
        new = [one for one, was in zip(chunk, before, strict=True) if was != tuple(getattr(one, n) for n in VERDICT)]
        # Rows that are there: written as one statement, ten times as fast as by `bulk_update`.
        Expense.objects.bulk_create(
            new, batch_size=500, update_conflicts=True, update_fields=VERDICT, unique_fields=["id"]
        )
        changed += len(new)
    return changed
