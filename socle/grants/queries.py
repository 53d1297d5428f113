"""Operations as screens read them: the plan and what became of it, the own share, what blocks, what is at risk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django_scopes import scopes_disabled

from socle.grants.eligibility import BETWEEN, aid_of, flat_amount, rate_of
from socle.grants.models import (
    Claim,
    ClaimLine,
    ClaimStatus,
    CostCategory,
    Expense,
    GrantPartner,
    Operation,
    PlanLine,
    Statement,
    Status,
)
from socle.grants.statements import dues_of
from socle.lib.dates import in_words
from socle.lib.money import euros, to_cents
from socle.lib.text import counted
from socle.people.models import Operator
from socle.provisioning.models import Installation
from socle.provisioning.models import State as Live

State = Expense.State
NOTHING = Decimal(0)
# A window that closes within so many days, and evidence still missing so many days after a payment, are a risk.
CLOSING, LATE = timedelta(days=90), timedelta(days=60)
Key = tuple[int, int]


def operations_of(operator: Operator) -> QuerySet[Operation]:
    """The operations of which this operator is a partner."""
    return Operation.objects.filter(partners__operator=operator)


def partners_seen(operation: Operation, operator: Operator) -> list[GrantPartner]:
    """The partners whose lines this operator reads: all for the lead, itself for another; none for a stranger."""
    partners = list(operation.partners.select_related("operator", "operation"))
    mine = [one for one in partners if one.operator_id == operator.pk]
    return partners if any(one.is_lead for one in mine) else mine


def unclaimed(expenses: QuerySet[Expense]) -> QuerySet[Expense]:
    """Those of these expenses that no standing claim holds."""
    held = ClaimLine.objects.exclude(claim__status=ClaimStatus.CANCELLED).filter(expense=OuterRef("pk"))
    return expenses.exclude(Exists(held))


def flats_of(
    operation: Operation, partner: GrantPartner, costs: Mapping[tuple[int, int], Decimal]
) -> dict[CostCategory, Decimal]:
    """The amount of each flat rate for a partner, from the categories that it is computed on; those of something."""
    flats = {}
    for category in operation.categories.filter(kind=CostCategory.Kind.FLAT).prefetch_related("base"):
        base = sum((costs.get((partner.pk, one.pk), Decimal(0)) for one in category.base.all()), Decimal(0))
        if amount := flat_amount(category, base):
            flats[category] = amount
    return flats


@dataclass(frozen=True)
class Unclaimed:
    """Expenses that no standing claim holds, in euros: lines ready and their aid before ceilings, lines that wait."""

    ready: int
    eligible: Decimal
    aid: Decimal
    set_aside: int
    incomplete: Decimal
    waiting: QuerySet[Expense]


def unclaimed_by(operation: Operation, partners: list[GrantPartner]) -> Unclaimed:
    """Read what these partners have that no standing claim holds, flat rates computed on what is ready."""
    standing = unclaimed(Expense.objects.counting().filter(partner__in=[one.pk for one in partners]))
    incomplete = standing.filter(state=State.INCOMPLETE).select_related("partner__operator")
    ready = standing.filter(state__in=(State.ELIGIBLE, State.PARTIAL))
    found = ready.order_by().values("partner", "category").annotate(sum=Sum("eligible"), lines=Count("pk"))
    sums = list(found.values_list("partner", "category", "sum", "lines"))
    costs = {(partner, category): amount for partner, category, amount, _ in sums}
    for partner in partners:
        costs |= {(partner.pk, one.pk): value for one, value in flats_of(operation, partner, costs).items()}
    rates = {one.pk: rate_of(one, operation) for one in operation.categories.all()}
    each = [(partner, amount, rates[category]) for (partner, category), amount in costs.items()]
    return Unclaimed(
        ready=sum(lines for *_, lines in sums),
        eligible=sum(costs.values(), NOTHING),
        aid=aid_of(each, left={}, left_of_grant=None).total,
        set_aside=standing.filter(state=State.NOT).count(),
        incomplete=incomplete.aggregate(sum=Sum("eligible"))["sum"] or NOTHING,
        waiting=incomplete.order_by("partner", "pk"),
    )


# --- The plan --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Cell:
    """An amount planned for a partner and a category, and what became of it, in euros."""

    planned: Decimal = NOTHING
    committed: Decimal = NOTHING
    claimed: Decimal = NOTHING
    accepted: Decimal = NOTHING

    def __add__(self, other: Cell) -> Cell:
        return Cell(
            self.planned + other.planned,
            self.committed + other.committed,
            self.claimed + other.claimed,
            self.accepted + other.accepted,
        )

    @property
    def amounts(self) -> tuple[Decimal, Decimal, Decimal, Decimal]:
        return self.planned, self.committed, self.claimed, self.accepted

    @property
    def is_over(self) -> bool:
        """Whether more is committed than planned, where something is."""
        return bool(self.planned) and self.committed > self.planned


@dataclass(frozen=True)
class Plan:
    """The financing plan of some partners, by partner and category; totals are the sums of the cells."""

    operation: Operation
    partners: tuple[GrantPartner, ...]
    categories: tuple[CostCategory, ...]
    cells: Mapping[Key, Cell]
    by_year: Mapping[tuple[int, int, int], Decimal]

    def of_partner(self, partner: GrantPartner) -> Cell:
        return _sum(cell for (one, _), cell in self.cells.items() if one == partner.pk)

    def of_category(self, category: CostCategory) -> Cell:
        return _sum(cell for (_, one), cell in self.cells.items() if one == category.pk)

    @property
    def total(self) -> Cell:
        return _sum(self.cells.values())


def _sum(cells: Iterable[Cell]) -> Cell:
    total = Cell()
    for one in cells:
        total = total + one
    return total


def plan_of(operation: Operation, partners: list[GrantPartner]) -> Plan:
    """Read the plan of these partners, and what became of it, flat rates computed on what their base commits."""
    ids = [one.pk for one in partners]
    categories = tuple(operation.categories.prefetch_related("base"))
    by_year = {
        (one.partner_id, one.category_id, one.year): one.amount for one in PlanLine.objects.filter(partner__in=ids)
    }
    planned: dict[Key, Decimal] = {}
    for (partner, category, _), amount in by_year.items():
        planned[partner, category] = planned.get((partner, category), NOTHING) + amount
    committed = _sums(Expense.objects.counting().filter(partner__in=ids), "eligible")
    standing = ClaimLine.objects.filter(partner__in=ids).exclude(claim__status=ClaimStatus.CANCELLED)
    claimed, accepted = _sums(standing, "eligible"), _sums(standing, "accepted")
    for partner in ids:
        for flat in categories:
            if flat.kind == CostCategory.Kind.FLAT:
                base = sum((committed.get((partner, one.pk), NOTHING) for one in flat.base.all()), NOTHING)
                # Several claims are rounded each: together, they may be a cent above.
                key = (partner, flat.pk)
                committed[key] = max(flat_amount(flat, base), claimed.get(key, NOTHING))
    pairs = {(partner, category.pk) for partner in ids for category in categories}
    cells = {
        key: Cell(*(found.get(key) or NOTHING for found in (planned, committed, claimed, accepted))) for key in pairs
    }
    return Plan(operation, tuple(partners), categories, cells, by_year)


def _sums(rows: QuerySet[Expense] | QuerySet[ClaimLine], field: str) -> dict[Key, Decimal]:
    found = rows.order_by().values("partner", "category").annotate(sum=Sum(field))
    return {
        (partner, category): amount for partner, category, amount in found.values_list("partner", "category", "sum")
    }


@dataclass(frozen=True)
class OwnShare:
    """Own share of the partners: the cost less all public funding (rule 19), in euros."""

    cost: Decimal
    aid: Decimal
    other_funding: Decimal
    revenue: Decimal
    least: Decimal | None

    @property
    def amount(self) -> Decimal:
        return self.cost - self.aid - self.other_funding

    @property
    def is_low(self) -> bool:
        """Whether it falls below the least that the scheme asks, to the cent."""
        return self.least is not None and self.amount < to_cents(self.cost * self.least)


def own_share(plan: Plan) -> OwnShare:
    """Read the own share of the partners of a plan: of what they commit, other funding counted once in the cost."""
    operation = plan.operation
    rates = {one.pk: rate_of(one, operation) for one in plan.categories}
    ids = [one.pk for one in plan.partners]
    aid = sum((cell.committed * rates[category] for (_, category), cell in plan.cells.items()), NOTHING)
    if operation.grant is not None and len(ids) == operation.partners.count():
        aid = min(aid, operation.grant)
    sums = Expense.objects.counting().filter(partner__in=ids, other_funding__gt=0).exclude(state=State.NOT)
    other = sums.aggregate(sum=Sum("other_funding"))["sum"] or NOTHING
    revenue = (
        GrantPartner.objects.filter(pk__in=ids)
        .aggregate(sum=Sum("revenues__amount", filter=Q(revenues__withdrawn_at=None)))["sum"]
        or NOTHING
    )  # fmt: skip
    return OwnShare(plan.total.committed + other, to_cents(aid), other, revenue, operation.min_own_share)


# --- The three lists -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Point:
    """One thing to look at: of which operation, what, who can bring it, and how many lines it is about."""

    operation: Operation
    says: str
    who: str = ""
    count: int = 0
    claim: Claim | None = None
    query: str = ""


def blocking(operations: Iterable[Operation], operator: Operator) -> list[Point]:
    """List what keeps lines out of the next claim, by partner: who can bring it, and how many lines it is."""
    points = []
    for operation in operations:
        partners = {one.pk: one for one in partners_seen(operation, operator)}
        waiting = unclaimed(Expense.objects.counting().filter(partner__in=partners, state=State.INCOMPLETE))
        found = waiting.order_by().values("partner", "missing").annotate(lines=Count("pk"))
        counts: dict[tuple[int, str], int] = {}
        for partner, missing, lines in found.values_list("partner", "missing", "lines"):
            for piece in missing.split(BETWEEN):
                key = (partner, piece[:1].lower() + piece[1:])
                counts[key] = counts.get(key, 0) + lines
        for (partner, piece), count in sorted(counts.items(), key=lambda item: -item[1]):
            says = f"{counted(count, 'ligne')}\u00a0: manque {piece}"
            points.append(Point(operation, says, partners[partner].operator.name, count, query="etat=incomplete"))
    return points


def at_risk(plans: Iterable[Plan], *, on: date) -> list[Point]:
    """Money that may be lost: windows that close, evidence that is late, a plan exceeded, an own share too low."""
    points = []
    for plan in plans:
        operation, partners = plan.operation, plan.partners
        if operation.status not in (Status.DRAFT, Status.FILED, Status.COMPLETE, Status.GRANTED):
            continue
        windows = (
            ("la période des dépenses", operation.spend_until),
            ("la période des paiements", operation.paid_until),
            ("le temps des demandes", operation.claim_until),
        )
        for name, last in windows:
            if last is not None and on <= last <= on + CLOSING:
                points.append(Point(operation, f"{name} finit le {in_words(last)}", "chef de file"))
        standing = Expense.objects.counting().filter(partner__in=[one.pk for one in partners])
        late = standing.filter(state=State.INCOMPLETE, paid_on__lt=on - LATE).aggregate(sum=Sum("eligible"))["sum"]
        if late:
            says = f"{euros(late)} payés depuis plus de {LATE.days}\u00a0jours, sans toutes leurs pièces"
            points.append(Point(operation, says, "partenaires", query="etat=incomplete"))
        for (partner, category), cell in plan.cells.items():
            if cell.is_over:
                name = next(one.operator.name for one in partners if one.pk == partner)
                title = next(one.name for one in plan.categories if one.pk == category)
                over = euros(cell.committed - cell.planned)
                points.append(Point(operation, f"{title}\u00a0: {over} de plus que le plan", name))
        if own_share(plan).is_low:
            points.append(Point(operation, "la part propre est au-dessous du minimum du dispositif", "chef de file"))
    return points


def to_answer(operations: Iterable[Operation], operator: Operator, *, on: date) -> list[Point]:
    """List what waits: statements to certify or to be visaed, claims without an answer, aid not paid on yet."""
    points = []
    for operation in operations:
        seen = {one.pk for one in partners_seen(operation, operator)}
        claims = operation.claims.exclude(status=ClaimStatus.CANCELLED).prefetch_related(
            "statements__partner__operator", "statements__payments"
        )
        for claim in claims:
            points += _of_claim(operation, claim, seen, on)
    return points


def _of_claim(operation: Operation, claim: Claim, seen: set[int], on: date) -> list[Point]:
    points = []
    name = f"demande n°\u00a0{claim.number}"
    statements = [one for one in claim.statements.all() if one.partner_id in seen]
    if claim.status == ClaimStatus.PREPARED:
        for one in statements:
            who = one.partner.operator.name
            if one.certified_at is None:
                points.append(Point(operation, f"{name}\u00a0: état à certifier", f"présidence de {who}", claim=claim))
            elif one.visa_on is None:
                points.append(Point(operation, f"{name}\u00a0: état à viser", f"comptable de {who}", claim=claim))
    elif claim.status == ClaimStatus.SENT and claim.sent_on:
        days = counted((on - claim.sent_on).days, "jour")
        points.append(Point(operation, f"{name}\u00a0: sans réponse depuis {days}", operation.authority, claim=claim))
    elif claim.status == ClaimStatus.PAID:
        for due in dues(claim):
            if due.left > 0 and due.statement.partner_id in seen and not due.statement.partner.is_lead:
                says = f"{name}\u00a0: {euros(due.left)} à reverser depuis {counted(due.days(on), 'jour')}"
                points.append(Point(operation, says, due.statement.partner.operator.name, claim=claim))
    return points


@dataclass(frozen=True)
class Due:
    """Aid due to a partner of what was received for a claim, what was paid on, and since when it waits (rule 23)."""

    statement: Statement
    amount: Decimal
    paid: Decimal
    received_on: date
    last_paid_on: date | None

    @property
    def left(self) -> Decimal:
        return self.amount - self.paid

    def days(self, on: date) -> int:
        """Days elapsed from the reception to the last payment that settles it, or to this day while some is left."""
        until = on if self.left or self.last_paid_on is None else self.last_paid_on
        return (until - self.received_on).days


def dues(claim: Claim) -> list[Due]:
    """Return the aid due to each partner of a paid claim, from accepted spend."""
    if claim.received_on is None:
        return []
    amounts = dues_of(claim)
    found = []
    for one in claim.statements.select_related("partner__operator").prefetch_related("payments"):
        payments = list(one.payments.all())
        last = max((payment.paid_on for payment in payments), default=None)
        paid = sum((payment.amount for payment in payments), NOTHING)
        found.append(Due(one, amounts[one.pk], paid, claim.received_on, last))
    return found


# --- Indicators ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Indicators:
    """Figures that the platform itself counts of the programme of an operation; nobody types them."""

    beneficiaries: int
    inhabitants: int
    services: int


def indicators(operation: Operation) -> Indicators:
    """Count the beneficiaries equipped by agreements begun by the last day of spending: they have a service that runs.

    Their inhabitants are those of the latest vintage loaded; services are counted one by one.
    """
    with scopes_disabled():  # A count of the whole programme, whoever reads it.
        live = Installation.objects.filter(
            state=Live.LIVE,
            right__agreement__programme=operation.programme,
            right__agreement__starts_on__lte=operation.spend_until,
        ).order_by()
        people = dict(live.values_list("beneficiary", "beneficiary__commune__population"))
        return Indicators(len(people), sum(one or 0 for one in people.values()), live.count())
