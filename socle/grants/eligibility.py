"""How much of an expense a grant pays for, and why not more: rules 14 to 18, 20, 21 and 24, without a query.

A verdict is made of the expense and of `Facts`, read once for many (`judging.facts_of`). Amounts are rounded to the
cent, halves up, line by line; the aid is rounded once (`aid_of`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, Decimal

from socle.grants.models import CostCategory, Evidence, Expense, Operation, VatBasis
from socle.lib.dates import in_days, in_words
from socle.lib.invoices import same_number_key
from socle.lib.money import CENT, euros, in_percent, to_cents
from socle.lib.text import counted, folded

HUNDRED = Decimal(100)
# Between two reasons, or two missing pieces.
BETWEEN = "\u00a0; "
State, Piece = Expense.State, Evidence.Kind


def invoice_key_of(supplier: str, siret: str, number: str) -> str:
    """Return an invoice as it is compared with others: the legal person, and its number whatever its spelling."""
    if not number.strip():
        return ""
    return f"{siret[:9] or folded(supplier)[:50]}|{same_number_key(number)}"[:120]


@dataclass(frozen=True)
class Share:
    """A share of an invoice that an expense charges, as the others see it; 0 for one that is not saved yet."""

    expense: int
    line: str
    key: Decimal
    is_claimed: bool

    @property
    def rank(self) -> tuple[bool, int]:
        """Those already claimed come first, then the oldest."""
        return (not self.is_claimed, self.expense)


@dataclass(frozen=True)
class PieceRead:
    """A piece of evidence, as the verdict reads it."""

    kind: str
    is_signed_twice: bool = False
    share: Decimal | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    net: Decimal | None = None
    vat: Decimal | None = None

    def covers(self, expense: Expense) -> bool:
        """Whether this mission letter says the share of this month."""
        first, last = expense.service_from, expense.service_until
        if self.share != expense.key or first is None or last is None:
            return False
        return (self.valid_from or first) <= first and last <= (self.valid_until or last)


@dataclass
class Facts:
    """Facts about an operation that verdicts need, besides the expense itself."""

    operation: Operation
    categories: Mapping[int, CostCategory]
    # Each partner by its SIREN, and those whom the authority's written agreement lets be suppliers.
    partners: Mapping[str, int]
    allowed_suppliers: frozenset[int] = frozenset()
    pieces: Mapping[int, Sequence[PieceRead]] = field(default_factory=dict)
    # The parts of each contract's record that are empty, and the SIREN of its supplier.
    contracts: Mapping[int, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    shares: Mapping[str, Sequence[Share]] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """How much of an expense is eligible, once nothing is `missing`, and why not more, in French."""

    state: str
    eligible: Decimal
    why: str
    missing: str


def judge(expense: Expense, facts: Facts) -> Verdict:
    """Say what of an expense is eligible, what it lacks, and why."""
    operation = facts.operation
    why: list[str] = []
    # Of a person, what stands for the VAT is the employer's charges: both are borne.
    is_staff = facts.categories[expense.category_id].kind == CostCategory.Kind.STAFF
    base = expense.gross if is_staff or operation.vat_basis == VatBasis.GROSS else expense.net
    credits = [one for one in facts.pieces.get(expense.pk, ()) if one.kind == Piece.CREDIT]
    if credits:
        is_gross = operation.vat_basis == VatBasis.GROSS
        nothing = Decimal(0)
        given = sum(((one.net or nothing) + (one.vat or nothing if is_gross else nothing) for one in credits), nothing)
        base = max(base - given, nothing)
        why.append(f"{counted(len(credits), 'avoir déduit')}\u00a0: {euros(given)}")
    key = expense.key
    free = _free_share(expense, facts)
    if free < key:
        key = max(free, Decimal(0))
        why.append(
            "la même facture est déjà retenue, pour ce dossier ou un autre"
            + (f"\u00a0: {in_percent(key / HUNDRED)} en restent" if key else "")
        )
    amount = to_cents(base * key / HUNDRED)
    if expense.other_funding:
        amount = max(amount - expense.other_funding, Decimal(0))
        why.append(f"déjà financée par ailleurs pour {euros(expense.other_funding)}")
    if amount:
        part, reason = _part_in_window(expense, operation)
        if reason:
            why.append(reason)
            amount = to_cents(amount * part)
    if refused := why_not_supplier(expense, facts) or _why_not_paid_then(expense, operation):
        why.append(refused)
        amount = Decimal(0)
    missing = _missing(expense, facts) if amount else []
    if not amount:
        state = State.NOT
    elif missing:
        state = State.INCOMPLETE
    else:
        state = State.PARTIAL if why else State.ELIGIBLE
    return Verdict(state, amount, _sentence(why), _sentence(missing))


def _sentence(parts: list[str]) -> str:
    words = BETWEEN.join(parts)
    return f"{words[:1].upper()}{words[1:]}"[:500]


def _free_share(expense: Expense, facts: Facts) -> Decimal:
    """The share of its invoice, in per cent, that those before this expense leave (rule 17)."""
    shares = facts.shares.get(expense.invoice_key, ()) if expense.invoice_key else ()
    if not shares:
        return HUNDRED
    mine = next((one for one in shares if one.expense == expense.pk), None)
    before = [one for one in shares if one is not mine and (mine is None or one.rank < mine.rank)]
    # A part of an invoice shares nothing with another part; the whole shares with each.
    line = expense.invoice_line
    whole = sum((one.key for one in before if not one.line), Decimal(0))
    if line:
        return HUNDRED - whole - sum((one.key for one in before if one.line == line), Decimal(0))
    parts: dict[str, Decimal] = {}
    for one in before:
        if one.line:
            parts[one.line] = parts.get(one.line, Decimal(0)) + one.key
    return HUNDRED - whole - max(parts.values(), default=Decimal(0))


def _part_in_window(expense: Expense, operation: Operation) -> tuple[Decimal, str]:
    """The part of the service that is within the window of spending, by days, and why not all of it (rule 14)."""
    first = expense.service_from or expense.service_until or expense.invoiced_on
    last = expense.service_until or first
    opens, closes = operation.spend_from, operation.spend_until
    if opens <= first and last <= closes:
        return Decimal(1), ""
    inside = (min(last, closes) - max(first, opens)).days + 1
    window = f"la période des dépenses va du {in_words(opens)} au {in_words(closes)}"
    if inside <= 0:
        return Decimal(0), f"prestation hors période\u00a0: {window}"
    total = (last - first).days + 1
    return Decimal(inside) / total, f"au prorata, {inside}\u00a0jours sur {total}\u00a0: {window}"


def _why_not_paid_then(expense: Expense, operation: Operation) -> str | None:
    if expense.paid_on is None or operation.paid_from <= expense.paid_on <= operation.paid_until:
        return None
    return (
        f"payée le {in_words(expense.paid_on)}, hors de la période des paiements "
        f"({in_days(operation.paid_from, operation.paid_until)})"
    )


def why_not_supplier(expense: Expense, facts: Facts) -> str | None:
    """Say why this supplier is none for this operation, or None: a partner bills no other (rule 18)."""
    partner = facts.partners.get(expense.supplier_siret[:9]) if expense.supplier_siret else None
    if partner is None or partner in facts.allowed_suppliers:
        return None
    return "le fournisseur est un partenaire de l’opération, sans accord écrit de l’autorité de gestion"


def _missing(expense: Expense, facts: Facts) -> list[str]:
    """Name what the line still lacks to enter a claim (rules 16, 20 and 24)."""
    pieces = facts.pieces.get(expense.pk, ())
    kinds = {one.kind for one in pieces}
    missing = []
    if facts.categories[expense.category_id].kind == CostCategory.Kind.STAFF:
        if Piece.PAYSLIP not in kinds:
            missing.append("le bulletin de paie")
        missing += _missing_of_time(expense, pieces)
    else:
        if not expense.invoice_number:
            missing.append("le numéro de la facture")
        if Piece.INVOICE not in kinds:
            missing.append("la facture")
        if Piece.SERVICE not in kinds:
            missing.append("la preuve du service fait")
        missing += _missing_of_purchase(expense, facts)
    if not expense.mandate:
        missing.append("le numéro de mandat")
    if expense.paid_on is None:
        missing.append("la date de paiement")
    return missing


def _missing_of_time(expense: Expense, pieces: Sequence[PieceRead]) -> list[str]:
    letters = [one for one in pieces if one.kind == Piece.MISSION]
    if any(one.covers(expense) for one in letters):
        return []
    if expense.key == HUNDRED:
        return ["la lettre de mission à 100\u00a0% pour cette période"]
    sheets = [one for one in pieces if one.kind == Piece.TIMESHEET]
    if any(one.is_signed_twice for one in sheets):
        return []
    if sheets:
        return ["les deux signatures datées de la feuille de temps"]
    return ["la feuille de temps du mois, ou une lettre de mission à cette quotité"]


def _missing_of_purchase(expense: Expense, facts: Facts) -> list[str]:
    if expense.contract_id is None:
        return ["la fiche du marché"]
    gaps, siren = facts.contracts[expense.contract_id]
    missing = [f"dans la fiche du marché, {gap}" for gap in gaps]
    if expense.supplier_siret[:9] != siren:
        missing.append("le même fournisseur que dans la fiche du marché")
    return missing


# --- The aid ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Aid:
    """The aid of a claim, in euros, and each partner's part of it: they add up."""

    total: Decimal
    is_capped: bool
    by_partner: Mapping[int, Decimal]


def rate_of(category: CostCategory, operation: Operation) -> Decimal:
    """The rate of aid of a category: its own, or the operation's."""
    return operation.rate if category.rate is None else category.rate


def flat_amount(category: CostCategory, base: Decimal) -> Decimal:
    """The amount of a flat-rate category on its base, to the cent (rule 21)."""
    assert category.flat_rate is not None
    return to_cents(base * category.flat_rate)


def aid_of(
    costs: Iterable[tuple[int, Decimal, Decimal]], *, left: Mapping[int, Decimal | None], left_of_grant: Decimal | None
) -> Aid:
    """Compute the aid of costs: partner, eligible amount and rate each (rule 15).

    `left` is what remains of each partner's ceiling, and `left_of_grant` of the grant; None is no ceiling. The sum is
    rounded once; the parts are cents that add up to it, none above its partner's ceiling.
    """
    raw: dict[int, Decimal] = {}
    for partner, eligible, rate in costs:
        raw[partner] = raw.get(partner, Decimal(0)) + eligible * rate
    capped = {one: min(amount, _no_less(left.get(one), amount)) for one, amount in raw.items()}
    whole = sum(capped.values(), Decimal(0))
    total = to_cents(whole)
    most = _no_less(left_of_grant, total)
    is_capped = whole < sum(raw.values(), Decimal(0)) or most < total
    total = min(total, most)
    return Aid(total, is_capped, split(total, capped, whole))


def _no_less(left: Decimal | None, amount: Decimal) -> Decimal:
    return amount if left is None else max(left, Decimal(0))


def split(total: Decimal, weights: Mapping[int, Decimal], whole: Decimal) -> dict[int, Decimal]:
    """Share cents in proportion, the largest remainders first; nobody has more than their weight, rounded up."""
    if not whole:
        return dict.fromkeys(weights, Decimal("0.00"))
    exact = {one: min(weight, weight * total / whole) for one, weight in weights.items()}
    parts = {one: amount.quantize(CENT, ROUND_DOWN) for one, amount in exact.items()}
    left = int((total - sum(parts.values(), Decimal(0))) / CENT)
    takers = [one for one in sorted(exact, key=lambda one: (parts[one] - exact[one], one)) if parts[one] < weights[one]]
    for one in takers[:left]:
        parts[one] += CENT
    return parts
