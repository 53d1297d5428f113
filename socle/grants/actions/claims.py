"""Actions on claims: prepare, certify, record a visa, send, note the answer, the money received and paid on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, F, Max, Sum
from django.db.models.functions import Coalesce

from socle.documents import actions as documents
from socle.grants import rules, statements
from socle.grants.actions.operations import kept
from socle.grants.eligibility import Aid, aid_of, rate_of
from socle.grants.judging import CHUNK, judge_again, judged
from socle.grants.models import (
    Claim,
    ClaimLine,
    ClaimStatus,
    Expense,
    Operation,
    Paper,
    Payment,
    Statement,
)
from socle.grants.queries import flats_of, unclaimed
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.people.models import User
from socle.signing.contract import trust

State = Expense.State
Costs = dict[tuple[int, int], Decimal]


@transaction.atomic
def prepare(operation: Operation, *, is_balance: bool = False, by: User, at: datetime) -> Claim:
    """Prepare a claim of all that is ready: each expense is judged again, then frozen. Raises Refused."""
    on = dates.day_of(at)
    operation = Operation.objects.select_for_update().get(pk=operation.pk)
    refuse(rules.why_not_lead(by, operation, on=on) or rules.why_not_prepare(operation, on=on))
    number = (operation.claims.aggregate(last=Max("number"))["last"] or 0) + 1
    nothing = Decimal(0)
    claim = Claim.objects.create(
        operation=operation, number=number, is_balance=is_balance, eligible=nothing, aid=nothing, prepared_by=by,
        prepared_at=at,
    )  # fmt: skip
    costs, digests = _freeze(claim)
    claim.eligible = sum(costs.values(), nothing)
    aid = _aid(claim, costs)
    refuse(rules.why_not_claim_amount(operation, aid=aid.total, eligible=claim.eligible, is_balance=is_balance))
    claim.aid, claim.is_capped = aid.total, aid.is_capped
    claim.save(update_fields=["eligible", "aid", "is_capped"])
    for partner in operation.partners.filter(pk__in={one for one, _ in costs}):
        Statement.objects.create(
            claim=claim, partner=partner, sha256=digests[partner.pk], aid=aid.by_partner[partner.pk],
            eligible=sum((amount for (one, _), amount in costs.items() if one == partner.pk), nothing),
        )  # fmt: skip
    _judge_doubles(claim)
    journal.record("claim.prepared", claim, by=by, at=at, eligible=str(claim.eligible), aid=str(claim.aid))
    return claim


def _freeze(claim: Claim) -> tuple[Costs, dict[int, str]]:
    """Write the lines of a claim, partner by partner; return what each and each category bears, and their digests."""
    costs: Costs = {}
    digests: dict[int, str] = {}
    rank = 0
    for partner in claim.operation.partners.select_related("operator"):
        lines: list[ClaimLine] = []
        digest = statements.Digest(claim, partner)

        def freeze(line: ClaimLine, into: list[ClaimLine] = lines, told: statements.Digest = digest) -> None:
            told.add(line)
            into.append(line)
            if len(into) == CHUNK:
                ClaimLine.objects.bulk_create(into, batch_size=1000)
                into.clear()

        categories = {one.pk: one for one in claim.operation.categories.all()}
        for one in judged(claim.operation, unclaimed(Expense.objects.counting().filter(partner=partner))):
            if one.state == State.INCOMPLETE:
                continue  # Its turn comes once it is complete; one that counts for nothing is kept with the reason.
            rank += 1
            category = categories[one.category_id]
            line = ClaimLine(claim=claim, rank=rank, partner=partner, category=category, expense=one)
            line.eligible, line.reason = one.eligible, one.why
            freeze(line)
            costs[partner.pk, category.pk] = costs.get((partner.pk, category.pk), Decimal(0)) + one.eligible
        for category, amount in flats_of(claim.operation, partner, costs).items():
            rank += 1
            freeze(ClaimLine(claim=claim, rank=rank, partner=partner, category=category, eligible=amount))
            costs[partner.pk, category.pk] = amount
        ClaimLine.objects.bulk_create(lines, batch_size=1000)
        digests[partner.pk] = digest.sha256
    return costs, digests


def _aid(claim: Claim, costs: Costs) -> Aid:
    """The aid of these costs, within what the other claims leave of the ceilings."""
    operation = claim.operation
    rates = {one.pk: rate_of(one, operation) for one in operation.categories.all()}
    others = Statement.objects.filter(claim__operation=operation).exclude(claim__status=ClaimStatus.CANCELLED)
    asked = others.exclude(claim=claim).order_by().values("partner").annotate(sum=Sum(Coalesce("aid_due", "aid")))
    taken: dict[int, Decimal] = dict(asked.values_list("partner", "sum"))
    left = {
        one.pk: None if one.ceiling is None else one.ceiling - taken.get(one.pk, Decimal(0))
        for one in operation.partners.all()
    }
    of_grant = None if operation.grant is None else operation.grant - sum(taken.values(), Decimal(0))
    each = [(partner, amount, rates[category]) for (partner, category), amount in costs.items()]
    return aid_of(each, left=left, left_of_grant=of_grant)


def _judge_doubles(claim: Claim) -> None:
    """Judge again the expenses, of any operation, that share an invoice with a line of this claim."""
    keys = claim.lines.exclude(expense__invoice_key="").exclude(expense=None).order_by().values("expense__invoice_key")
    shared = Expense.objects.counting().filter(invoice_key__in=keys).order_by().values("invoice_key")
    doubles = shared.annotate(times=Count("pk")).filter(times__gt=1).values("invoice_key")
    found = Expense.objects.counting().filter(invoice_key__in=doubles)
    for operation in Operation.objects.filter(partners__expenses__in=found).distinct():
        judge_again(operation, found.filter(partner__operation=operation))


@transaction.atomic
def cancel(claim: Claim, *, by: User, at: datetime) -> None:
    """Cancel a claim that was not sent: its lines are free again; what was certified is no more. Raises Refused."""
    refuse(
        rules.why_not_lead(by, claim.operation, on=dates.day_of(at))
        or rules.why_not_claim_move(claim, ClaimStatus.CANCELLED)
    )
    _move(claim, ClaimStatus.CANCELLED)
    _judge_doubles(claim)
    journal.record("claim.cancelled", claim, by=by, at=at)


def _move(claim: Claim, to: ClaimStatus, **fields: object) -> None:
    moved = Claim.objects.filter(pk=claim.pk, status=claim.status).update(status=to, **fields)
    claim.refresh_from_db()
    if not moved:
        refuse(rules.why_not_claim_move(claim, to))


@transaction.atomic
def certify(statement: Statement, *, quality: str, by: User, at: datetime) -> Statement:
    """Certify the statement of a partner, in the name of its representative, and keep it as a PDF. Raises Refused."""
    refuse(rules.why_not_certify(by, statement, on=dates.day_of(at)))
    statement.certified_by, statement.certified_as, statement.certified_at = by, quality.strip()[:120], at
    claim, operator = statement.claim, statement.partner.operator
    name = f"etat-{operator.code}-demande-{claim.number}.pdf"
    pdf = statements.as_pdf(claim, [statement], at=at)
    title = f"État des dépenses de {operator.name}, demande n°\u00a0{claim.number}"
    statement.document = kept(
        claim.operation, pdf, title=title, filename=name, content_type="application/pdf", by=by, at=at
    )
    statement.save(update_fields=["certified_by", "certified_as", "certified_at", "document"])
    journal.record(
        "claim.certified", claim, by=by, at=at, partner=statement.partner_id, sha256=statement.document.sha256
    )
    return statement


@dataclass(frozen=True)
class Visa:
    """A visa as a comptable handed it back: the file, their name and quality, the day, and how it was signed."""

    content: bytes
    content_type: str
    name: str
    quality: str
    on: date | None
    way: str
    # The control code that the paper bears.
    code: str = ""


def record_visa(statement: Statement, visa: Visa, *, by: User, at: datetime) -> Statement:
    """Keep the statement that the comptable of a partner signed: on paper, or by a certificate. Raises Refused.

    A visa on another version is refused: by its bytes when a certificate signs them, by its code on paper.
    """
    today = dates.day_of(at)
    refuse(
        rules.why_not_keep(by, statement.partner, on=today)
        or rules.why_not_visa(statement, name=visa.name, quality=visa.quality, on=visa.on, today=today)
    )
    assert statement.document is not None
    content = visa.content
    if visa.way == Statement.Way.CERTIFICATE:
        from socle.signing import deposits

        content, _, _ = deposits.take(
            content,
            current=documents.read(statement.document),
            former=[],
            field_name=statements.VISA_FIELD,
            names=[visa.name],
            trust=trust(),
            since=statement.document.kept_at,
            at=at,
        )
    elif visa.code.replace(" ", "").upper() != statement.code:
        raise Refused(
            f"Le code de contrôle n’est pas celui de cet état ({statement.code})\u00a0: ce visa porte sur une autre "
            "version. Imprimez la version présente, et faites-la viser."
        )
    with transaction.atomic():
        title = f"{statement.document.title}, visé par le comptable"
        document = kept(
            statement.claim.operation, content, title=title, filename="etat-vise.pdf",
            content_type=visa.content_type, by=by, at=at,
        )  # fmt: skip
        statement.visa, statement.visa_name, statement.visa_quality = document, visa.name.strip(), visa.quality.strip()
        statement.visa_way, statement.visa_on = visa.way, visa.on
        statement.save(update_fields=["visa", "visa_name", "visa_quality", "visa_way", "visa_on"])
        journal.record(
            "claim.visa_recorded", statement.claim, by=by, at=at, partner=statement.partner_id,
            sha256=document.sha256, way=visa.way,
        )  # fmt: skip
    return statement


@transaction.atomic
def send(claim: Claim, *, on: date, by: User, at: datetime) -> None:
    """Note that a claim left for the authority, every statement certified and visaed. Raises Refused."""
    refuse(
        rules.why_not_lead(by, claim.operation, on=dates.day_of(at))
        or rules.why_not_send(claim, list(claim.statements.select_related("partner__operator")))
    )
    _move(claim, ClaimStatus.SENT, sent_on=on)
    journal.record("claim.sent", claim, by=by, at=at, on=on.isoformat())


@dataclass(frozen=True)
class Answer:
    """The answer of the authority about one line: the amount accepted, and why not all of it."""

    rank: int
    accepted: Decimal
    refusal: str = ""


@transaction.atomic
def note_answer(
    claim: Claim, answers: list[Answer], *, on: date, letter: Paper | None = None, by: User, at: datetime
) -> Claim:
    """Note the answer of the authority: lines that it does not name are accepted. Raises Refused.

    A flat rate follows the lines that it is computed on, but where the answer names it.
    """
    operation = claim.operation
    refuse(
        rules.why_not_lead(by, operation, on=dates.day_of(at)) or rules.why_not_claim_move(claim, ClaimStatus.ANSWERED)
    )
    named = {one.rank: one for one in answers}
    if len(named) < len(answers):
        raise Refused("La réponse nomme deux fois la même ligne.")
    lines = {one.rank: one for one in claim.lines.filter(rank__in=named)}
    if unknown := sorted(set(named) - set(lines)):
        raise Refused(f"La demande n’a pas de ligne {unknown[0]}.")
    for one in answers:
        refuse(rules.why_not_answer_line(lines[one.rank], accepted=one.accepted, refusal=one.refusal))
    claim.lines.exclude(rank__in=named).update(accepted=F("eligible"))
    for rank, line in lines.items():
        line.accepted, line.refusal = named[rank].accepted, named[rank].refusal.strip()[:500]
        line.save(update_fields=["accepted", "refusal"])
    costs = _accepted(claim)
    for line in claim.lines.filter(expense=None).exclude(rank__in=named).select_related("category", "partner"):
        flat = flats_of(operation, line.partner, costs).get(line.category, Decimal(0))
        if flat != line.eligible:
            line.accepted, line.refusal = flat, "forfait recalculé sur les dépenses acceptées"
            line.save(update_fields=["accepted", "refusal"])
    costs = _accepted(claim)
    aid = _aid(claim, costs)
    for statement in claim.statements.all():
        statement.accepted = sum((a for (one, _), a in costs.items() if one == statement.partner_id), Decimal(0))
        statement.aid_due = aid.by_partner.get(statement.partner_id, Decimal(0))
        statement.save(update_fields=["accepted", "aid_due"])
    accepted = sum(costs.values(), Decimal(0))
    _move(claim, ClaimStatus.ANSWERED, answered_on=on, answer=letter, accepted=accepted, aid_due=aid.total)
    journal.record("claim.answered", claim, by=by, at=at, accepted=str(accepted), refused=sorted(named))
    return claim


def _accepted(claim: Claim) -> Costs:
    found = claim.lines.order_by().values("partner", "category").annotate(sum=Sum("accepted"))
    return {
        (partner, category): amount for partner, category, amount in found.values_list("partner", "category", "sum")
    }


@transaction.atomic
def note_received(claim: Claim, *, amount: Decimal, on: date, by: User, at: datetime) -> None:
    """Note the money that the lead received for a claim. Raises Refused."""
    refuse(
        rules.why_not_note_money(by, claim.operation, on=dates.day_of(at))
        or rules.why_not_claim_move(claim, ClaimStatus.PAID)
        or rules.why_not_amount(amount)
    )
    if claim.aid_due is not None and amount > claim.aid_due:
        raise Refused("Le versement dépasse l’aide due\u00a0: vérifiez-le auprès de l’autorité de gestion.")
    _move(claim, ClaimStatus.PAID, received=amount, received_on=on)
    journal.record("claim.paid", claim, by=by, at=at, amount=str(amount), on=on.isoformat())


@transaction.atomic
def pay_on(statement: Statement, *, amount: Decimal, on: date, reason: str = "", by: User, at: datetime) -> Payment:
    """Note what the lead paid on to a partner; a negative amount is recovered, and says why. Raises Refused."""
    refuse(
        rules.why_not_note_money(by, statement.claim.operation, on=dates.day_of(at))
        or rules.why_not_amount(amount, is_signed=True)
    )
    if statement.claim.status != ClaimStatus.PAID:
        raise Refused("L’aide n’est pas reçue\u00a0: rien ne se reverse encore.")
    if not amount or (amount < 0 and not reason.strip()):
        raise Refused("Un reversement a un montant\u00a0; une somme reprise dit pourquoi.")
    paid = statement.payments.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    due = statements.due_of(statement)
    if paid + amount > due or paid + amount < 0:
        raise Refused("Ce montant dépasse ce qui reste à reverser, ou à reprendre.")
    payment = Payment.objects.create(
        statement=statement, amount=amount, paid_on=on, reason=reason.strip()[:200], noted_by=by, noted_at=at
    )
    journal.record("claim.paid_on", statement.claim, by=by, at=at, partner=statement.partner_id, amount=str(amount))
    return payment
