"""Actions on the file of an operation: open it, its partners, its plan, its papers, its grant act, its purchases."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import models, transaction
from django.db.models import Max

from socle.documents import actions as documents
from socle.documents.models import Document
from socle.grants import rules
from socle.grants.judging import judge_again
from socle.grants.models import (
    Contract,
    CostCategory,
    Evidence,
    GrantPartner,
    Operation,
    OperationRevenue,
    Paper,
    PlanLine,
    Status,
)
from socle.grants.retention import EVIDENCE
from socle.grants.schemes import Scheme, retained_until, schemes
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.people.models import Operator, User

TERMS = (
    "name", "authority", "reference", "article", "rate", "grant", "min_own_share", "spend_from",
    "spend_until", "paid_from", "paid_until", "claim_until", "vat_basis", "is_revenue_deducted", "least_claim",
    "authority_siret", "is_notified",
)  # fmt: skip

UNTIED = timedelta(days=30)
LARGE = Decimal(1_000_000)


@transaction.atomic
def open_operation(operation: Operation, *, lead: Operator, by: User, at: datetime) -> Operation:
    """Open the file of an operation, with the categories and flat rates that its scheme proposes. Raises Refused.

    `operation` is not saved yet, and has its terms; `terms_of` gives those of the scheme.
    """
    refuse(rules.why_not_open(by, lead, on=dates.day_of(at)) or rules.why_not_terms(operation))
    scheme = schemes().get(operation.scheme)
    if scheme is None:
        raise Refused("Ce dispositif n’est pas connu\u00a0: choisissez-en un de la liste.")
    operation.opened_by, operation.opened_at, operation.is_fictitious = by, at, operation.is_fictitious or settings.DEMO
    operation.save(force_insert=True)
    GrantPartner.objects.create(operation=operation, operator=lead, is_lead=True)
    by_code = {
        one.code: CostCategory.objects.create(
            operation=operation, code=one.code, name=one.name, kind=one.kind, rate=one.rate
        )
        for one in scheme.categories
    }
    journal.record("operation.opened", operation, by=by, at=at, scheme=scheme.code, lead=lead.pk, by_default=[*by_code])
    return operation


def terms_of(scheme: Scheme) -> dict[str, object]:
    """The terms of a scheme as those of an operation; None is what its call or its grant act decides."""
    return {
        "authority": scheme.authority,
        **{name: scheme.value(name) for name in TERMS if name in scheme.terms},
        "is_revenue_deducted": bool(scheme.value("is_revenue_deducted")),
    }


@transaction.atomic
def set_flat_rate(operation: Operation, code: str, *, by: User, at: datetime) -> CostCategory:
    """Take one of the flat rates of the scheme: it excludes another one on the same base. Raises Refused."""
    refuse(rules.why_not_lead(by, operation, on=dates.day_of(at)))
    found = next((one for one in schemes()[operation.scheme].flat_rates if one.code == code), None)
    if found is None:
        raise Refused("Ce forfait n’est pas de ce dispositif.")
    base = operation.categories.filter(code__in=found.on)
    taken = operation.categories.filter(kind=CostCategory.Kind.FLAT, base__in=base).first()
    if taken is not None:
        raise Refused(f"«\u00a0{taken.name}\u00a0» se calcule déjà sur cette assiette\u00a0: un forfait, pas deux.")
    category = CostCategory.objects.create(
        operation=operation,
        code=found.code,
        name=found.name,
        kind=CostCategory.Kind.FLAT,
        flat_rate=found.rate,
        source=found.source.cited[:200],
    )
    category.base.set(base)
    journal.record("operation.flat_rate_taken", operation, by=by, at=at, category=category.pk, rate=str(found.rate))
    return category


@transaction.atomic
def change_terms(operation: Operation, *, by: User, at: datetime, **terms: object) -> Operation:
    """Change terms of an operation (`TERMS`), as its grant act or an amendment says; verdicts follow."""
    refuse(rules.why_not_lead(by, operation, on=dates.day_of(at)))
    for name, value in terms.items():
        setattr(operation, name, value)
    refuse(rules.why_not_terms(operation))
    operation.save(update_fields=[*terms])
    journal.record("operation.terms_changed", operation, by=by, at=at, terms=sorted(terms))
    judge_again(operation)
    return operation


@transaction.atomic
def add_partner(
    operation: Operation, operator: Operator, *, ceiling: Decimal | None = None, by: User, at: datetime
) -> GrantPartner:
    """Add a partner, or change its ceiling. Raises Refused."""
    refuse(rules.why_not_lead(by, operation, on=dates.day_of(at)) or rules.why_not_ceiling(ceiling))
    partner, is_new = GrantPartner.objects.get_or_create(
        operation=operation, operator=operator, defaults={"ceiling": ceiling}
    )
    if not is_new:
        partner.ceiling = ceiling
        partner.save(update_fields=["ceiling"])
    journal.record("operation.partner_set", operation, by=by, at=at, operator=operator.pk, ceiling=str(ceiling or ""))
    judge_again(operation)
    return partner


@transaction.atomic
def plan(partner: GrantPartner, category: CostCategory, year: int, amount: Decimal, *, by: User, at: datetime) -> None:
    """Plan an amount for a partner, a category and a year; nought takes the line away. Raises Refused."""
    operation = partner.operation
    refuse(rules.why_not_lead(by, operation, on=dates.day_of(at)) or rules.why_not_amount(amount))
    if category.operation_id != operation.pk:
        raise Refused("Cette catégorie n’est pas de cette opération.")
    if not operation.spend_from.year <= year <= operation.spend_until.year:
        raise Refused(f"{year} est hors de la période des dépenses.")
    if amount:
        PlanLine.objects.update_or_create(partner=partner, category=category, year=year, defaults={"amount": amount})
    else:
        PlanLine.objects.filter(partner=partner, category=category, year=year).delete()
    journal.record(
        "operation.planned", operation, by=by, at=at, partner=partner.pk, category=category.pk, year=year,
        amount=str(amount),
    )  # fmt: skip


def kept(
    operation: Operation, content: bytes, *, title: str, filename: str, content_type: str, by: User, at: datetime
) -> Document:
    """Keep a piece of a grant's file: until the day that the scheme says, and for ever while that day is unknown."""
    document = documents.keep(
        content,
        title=title,
        filename=filename,
        content_type=content_type,
        by=by,
        at=at,
        rule=EVIDENCE,
        neutral_title="Pièce d’une opération subventionnée",
    )
    until, because = _term_of(operation)
    return document if until is None else documents.set_term(document, until, because=because, by=by, at=at)


def deposited(
    operation: Operation, content: bytes, *, title: str, filename: str, content_type: str, by: User, at: datetime
) -> Document:
    """Keep a piece that is not tied to anything yet: it goes after a month unless it is (`attach`)."""
    document = kept(operation, content, title=title, filename=filename, content_type=content_type, by=by, at=at)
    until = dates.day_of(at) + UNTIED
    return documents.set_term(document, until, because="pièce déposée et non rattachée à une dépense", by=by, at=at)


def attach(operation: Operation, document: Document, *, by: User, at: datetime) -> Document:
    """Tie a piece to an operation: it is kept as long as the others."""
    until, because = _term_of(operation)
    return documents.set_term(document, until, because=because, by=by, at=at)


def _term_of(operation: Operation) -> tuple[date | None, str]:
    """The last day of the pieces of an operation, and why then; None while it is unknown."""
    scheme = schemes()[operation.scheme]
    # Some schemes keep the pieces of what is planned above a million otherwise.
    planned = PlanLine.objects.filter(partner__operation=operation).aggregate(sum=models.Sum("amount"))["sum"] or 0
    name = "retention_years_large" if planned >= LARGE and scheme.value("retention_years_large") else "retention_years"
    starts_on = operation.accounts_on
    if scheme.value("retention_starts") == "last_payment":
        # Known once nothing more is to be paid.
        is_over = operation.status == Status.CLOSED
        starts_on = operation.claims.aggregate(last=Max("received_on"))["last"] if is_over else None
    until = retained_until(starts_on, scheme.value(name))
    return until, scheme.terms[name].cited if until else ""


@transaction.atomic
def add_paper(
    operation: Operation,
    content: bytes,
    *,
    kind: str,
    name: str,
    filename: str,
    content_type: str = "application/pdf",
    partner: GrantPartner | None = None,
    sent_on: date | None = None,
    by: User,
    at: datetime,
) -> Paper:
    """Add a paper to the file, or a new version of the one of this name. Raises Refused."""
    refuse(rules.why_not_lead(by, operation, on=dates.day_of(at)))
    if kind not in Paper.Kind.values or not name.strip():
        raise Refused("Dites la nature de cette pièce, et son nom.")
    if kind == Paper.Kind.SUPPLIER and (partner is None or partner.operation_id != operation.pk):
        raise Refused("Un accord écrit vise un partenaire\u00a0: dites lequel.")
    document = kept(operation, content, title=name, filename=filename, content_type=content_type, by=by, at=at)
    same = operation.papers.filter(kind=kind, name=name.strip()[:160])
    paper = Paper.objects.create(
        operation=operation,
        kind=kind,
        name=name.strip()[:160],
        version=(same.aggregate(last=Max("version"))["last"] or 0) + 1,
        document=document,
        partner=partner if kind == Paper.Kind.SUPPLIER else None,
        sent_on=sent_on,
        added_by=by,
        added_at=at,
    )
    journal.record("operation.paper_added", operation, by=by, at=at, paper=paper.pk, kind=kind, sha256=document.sha256)
    if kind == Paper.Kind.SUPPLIER:
        judge_again(operation)
    return paper


def _move(operation: Operation, to: Status, **fields: object) -> None:
    moved = Operation.objects.filter(pk=operation.pk, status=operation.status).update(status=to, **fields)
    operation.refresh_from_db()
    if not moved:
        refuse(rules.why_not_move(operation, to))


@transaction.atomic
def file_application(operation: Operation, *, on: date, by: User, at: datetime) -> None:
    """Note the day on which the application was filed. Raises Refused."""
    refuse(rules.why_not_lead(by, operation, on=dates.day_of(at)) or rules.why_not_file(operation))
    _move(operation, Status.FILED, filed_on=on)
    journal.record("operation.filed", operation, by=by, at=at)


@transaction.atomic
def note_complete(operation: Operation, *, on: date, by: User, at: datetime) -> None:
    """Note the day on which the authority says that the file is complete. Raises Refused."""
    refuse(rules.why_not_lead(by, operation, on=dates.day_of(at)) or rules.why_not_move(operation, Status.COMPLETE))
    _move(operation, Status.COMPLETE, complete_on=on)
    journal.record("operation.complete", operation, by=by, at=at)


@transaction.atomic
def note_grant(operation: Operation, *, on: date, grant: Decimal, reference: str, by: User, at: datetime) -> None:
    """Note the grant act: its day, the most that it pays, its number; the act itself is a paper. Raises Refused."""
    refuse(
        rules.why_not_lead(by, operation, on=dates.day_of(at))
        or rules.why_not_move(operation, Status.GRANTED)
        or rules.why_not_amount(grant)
    )
    if not operation.papers.filter(kind=Paper.Kind.GRANT_ACT).exists():
        raise Refused("Versez d’abord l’acte attributif.")
    fields = {"granted_on": on, "grant": grant, "reference": reference.strip()[:60]}
    _move(operation, Status.GRANTED, **fields)
    journal.record("operation.granted", operation, by=by, at=at)


@transaction.atomic
def note_refusal(operation: Operation, *, by: User, at: datetime) -> None:
    """Note that the authority refuses the aid. Raises Refused."""
    refuse(rules.why_not_lead(by, operation, on=dates.day_of(at)) or rules.why_not_move(operation, Status.REFUSED))
    _move(operation, Status.REFUSED, ended_at=at, ended_from=operation.status)
    journal.record("operation.refused", operation, by=by, at=at)


@transaction.atomic
def note_accounts(operation: Operation, *, on: date | None, by: User, at: datetime) -> date | None:
    """Note the day of the accounts, as the authority tells it; every piece then has its last day. Raises Refused.

    Returns that last day; None, « keep », while the day or the scheme's rule is unknown.
    """
    refuse(rules.why_not_lead(by, operation, on=dates.day_of(at)))
    operation.accounts_on = on
    operation.save(update_fields=["accounts_on"])
    journal.record("operation.accounts_noted", operation, by=by, at=at, on=on.isoformat() if on else "")
    return _keep_until(operation, by=by, at=at)


def _keep_until(operation: Operation, *, by: User, at: datetime) -> date | None:
    """Give every piece of an operation its last day, and return it; None, « keep », while it is unknown."""
    until, because = _term_of(operation)
    for document in pieces_of(operation):
        documents.set_term(document, until, because=because, by=by, at=at)
    return until


def pieces_of(operation: Operation) -> models.QuerySet[Document]:
    """Every piece kept for an operation: papers, records of purchases, evidence, statements."""
    evidence = Evidence.objects.filter(expense__partner__operation=operation)
    contracts = Contract.objects.filter(partner__operation=operation)
    statements = operation.claims.order_by()
    return Document.objects.filter(
        models.Q(pk__in=operation.papers.order_by().values("document"))
        | models.Q(pk__in=evidence.order_by().values("document"))
        | models.Q(pk__in=contracts.order_by().values("document"))
        | models.Q(pk__in=statements.values("statements__document"))
        | models.Q(pk__in=statements.values("statements__visa")),
        rule=EVIDENCE,
        ended_at=None,
    )


@transaction.atomic
def close(operation: Operation, *, because: str = "", by: User, at: datetime) -> None:
    """Close an operation whose balance is paid, or another `because` of what is written. Raises Refused."""
    # Who prepares a claim holds the same row: none is begun while it is closed.
    Operation.objects.select_for_update().get(pk=operation.pk)
    refuse(rules.why_not_lead(by, operation, on=dates.day_of(at)) or rules.why_not_close(operation, because=because))
    because = "" if rules.has_balance(operation) else because.strip()[:300]
    _move(operation, Status.CLOSED, ended_at=at, ended_from=operation.status, closed_because=because)
    journal.record("operation.closed", operation, by=by, at=at)
    _keep_until(operation, by=by, at=at)


@transaction.atomic
def reopen(operation: Operation, *, by: User, at: datetime) -> None:
    """Take an operation refused or closed by mistake back to where it was, and its pieces too. Raises Refused."""
    on = dates.day_of(at)
    refuse(rules.why_not_lead(by, operation, on=on) or rules.why_not_reopen(operation, on=on))
    _move(operation, Status(operation.ended_from), ended_at=None, ended_from="", closed_because="")
    journal.record("operation.reopened", operation, by=by, at=at)
    _keep_until(operation, by=by, at=at)


@transaction.atomic
def record_contract(contract: Contract, *, pieces: bytes | None = None, by: User, at: datetime) -> Contract:
    """Record how a supplier was chosen, with its pieces as a PDF, or complete it; its lines are judged. Raises Refused.

    Pieces given replace those there were. Nothing is kept of them when a rule refuses.
    """
    partner = contract.partner
    refuse(rules.why_not_keep(by, partner, on=dates.day_of(at)) or rules.why_not_amount(contract.amount))
    is_new = contract.pk is None
    if is_new and partner.contracts.filter(number=contract.number).exists():
        raise Refused(f"Le marché {contract.number} existe déjà pour ce partenaire.")
    if pieces:
        contract.document = kept(
            partner.operation, pieces, title=f"Marché {contract.number}", filename="marche.pdf",
            content_type="application/pdf", by=by, at=at,
        )  # fmt: skip
    if is_new:
        contract.recorded_by, contract.recorded_at = by, at
        contract.save(force_insert=True)
    else:
        contract.save(update_fields=[
            "subject", "supplier", "supplier_siret", "amount", "procedure", "threshold", "publicity", "awarded_on",
            "notified_on", "document",
        ])  # fmt: skip
    if is_new:
        journal.record("contract.recorded", partner.operation, by=by, at=at, contract=contract.pk)
    else:
        journal.record("contract.completed", partner.operation, by=by, at=at, contract=contract.pk)
        judge_again(partner.operation, contract.expenses.all())
    return contract


@transaction.atomic
def note_revenue(revenue: OperationRevenue, *, by: User, at: datetime) -> OperationRevenue:
    """Note a revenue that the operation brings to a partner. Raises Refused."""
    refuse(rules.why_not_keep(by, revenue.partner, on=dates.day_of(at)) or rules.why_not_amount(revenue.amount))
    if not revenue.amount or not revenue.source.strip():
        raise Refused("Une recette a un montant, et dit d’où elle vient.")
    revenue.noted_by, revenue.noted_at = by, at
    revenue.save(force_insert=True)
    journal.record("operation.revenue_noted", revenue.partner.operation, by=by, at=at, revenue=revenue.pk)
    return revenue
