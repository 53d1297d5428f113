"""Rules: who reads and keeps a grant's file, and when each gesture is open (a French sentence, or None)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from socle.documents.models import Document
from socle.grants.models import (
    CLAIM_MOVES,
    MOVES,
    Claim,
    ClaimLine,
    ClaimStatus,
    Contract,
    CostCategory,
    Evidence,
    Expense,
    GrantPartner,
    Operation,
    Paper,
    Statement,
    Status,
)
from socle.lib import siret
from socle.lib.dates import day_of, in_words
from socle.lib.money import CENT, euros
from socle.people.models import Operator, Role, User
from socle.people.rules import HEADS, holds, in_place

MOST = Decimal("999999999999.99")
# Ours, of no law: time for the accounts of the month to show that an operation was ended by mistake.
REOPENING = timedelta(days=30)
NO_BALANCE = "Aucun solde n’est payé\u00a0: demandez-le, ou écrivez pourquoi l’opération se solde sans lui."
NOT_BY_ITSELF = (
    "Un état ou un versement se certifie par une personne, à son nom, et jamais par la plateforme elle-même."
)
# A controller reads, until a day, and does nothing.
READERS = (Role.FINANCE_OFFICER, Role.CONTROLLER, *HEADS)


# --- Who -------------------------------------------------------------------------------------------------------------
def why_not_read(user: User, operator: Operator, *, on: date) -> str | None:
    """Say why this person reads nothing of the grants in this operator's name, or None: payslips are among them."""
    if user.is_system or holds(user, *READERS, on=on, operator=operator):
        return None
    return "Les subventions se lisent par la personne responsable des finances, la présidence, et qui les contrôle."


def why_not_lead(user: User, operation: Operation, *, on: date) -> str | None:
    """Say why this person does not keep the file of an operation, or None: its lead's finance officer does."""
    lead = operation.partners.filter(is_lead=True).select_related("operator").first()
    if user.is_system or (lead and holds(user, Role.FINANCE_OFFICER, on=on, operator=lead.operator)):
        return None
    return "Le dossier est tenu par la personne responsable des finances du chef de file."


def why_not_open(user: User, operator: Operator, *, on: date) -> str | None:
    """Say why this person opens no operation in this operator's name, or None."""
    if user.is_system or holds(user, Role.FINANCE_OFFICER, on=on, operator=operator):
        return None
    return "Une opération s’ouvre par la personne responsable des finances de l’opérateur."


def why_not_keep(user: User, partner: GrantPartner, *, on: date) -> str | None:
    """Say why this person does not keep the expenses of a partner, or None.

    Its own finance officer does; the lead's, for a partner that has none here.
    """
    if user.is_system or holds(user, Role.FINANCE_OFFICER, on=on, operator=partner.operator):
        return None
    if in_place(Role.FINANCE_OFFICER, on=on, operator=partner.operator):
        return "Chaque partenaire tient ses propres dépenses."
    return why_not_lead(user, partner.operation, on=on)


def why_not_certify(user: User, statement: Statement, *, on: date) -> str | None:
    """Say why this person does not certify the statement of a partner, or None: its legal representative does."""
    if statement.claim.status != ClaimStatus.PREPARED:
        return f"Cette demande est {statement.claim.get_status_display()}\u00a0: rien ne s’y certifie plus."
    if statement.certified_at is not None:
        return "Cet état est déjà certifié."
    if user.is_system:
        return NOT_BY_ITSELF
    if holds(user, *HEADS, on=on, operator=statement.partner.operator):
        return None
    return f"L’état se certifie par la présidence de {statement.partner.operator.name}."


def why_not_note_money(user: User, operation: Operation, *, on: date) -> str | None:
    """Say why this person notes no money received nor paid on, or None: who leads the file does, in their own name."""
    return NOT_BY_ITSELF if user.is_system else why_not_lead(user, operation, on=on)


# --- Operations ------------------------------------------------------------------------------------------------------
def why_not_terms(operation: Operation) -> str | None:
    """Say why these terms are not those of an operation, or None."""
    if not operation.name.strip():
        return "Nommez l’opération."
    if not 0 < operation.rate <= 1:
        return "Un taux d’aide va de 0,01 à 100\u00a0%."
    if operation.spend_from > operation.spend_until or operation.paid_from > operation.paid_until:
        return "Une période commence avant de finir\u00a0: corrigez ses dates."
    if operation.grant is not None and (reason := why_not_amount(operation.grant)):
        return reason
    return None


def why_not_move(operation: Operation, to: Status) -> str | None:
    """Say why an operation does not go to this state, or None."""
    if to in MOVES[Status(operation.status)]:
        return None
    return f"L’état de ce dossier ne le permet pas\u00a0: {operation.get_status_display()}."


def why_not_file(operation: Operation) -> str | None:
    """Say why an application is not filed, or None: an act approves it, and the partners are bound by an agreement."""
    if reason := why_not_move(operation, Status.FILED):
        return reason
    if operation.article_id is None:
        return "Désignez l’article de l’acte qui approuve la demande."
    kinds = set(operation.papers.values_list("kind", flat=True))
    if operation.partners.count() > 1 and Paper.Kind.PARTNERSHIP not in kinds:
        return "La convention de partenariat s’annexe à la demande\u00a0: versez-la."
    if Paper.Kind.APPLICATION not in kinds:
        return "Versez d’abord les pièces de la demande."
    return None


def why_not_close(operation: Operation, *, because: str = "") -> str | None:
    """Say why an operation is not closed, or None: its claims are paid or cancelled, and one paid is of the balance.

    `because` is the word of who closes it all the same, without a balance paid.
    """
    if reason := why_not_move(operation, Status.CLOSED):
        return reason
    claims = Claim.objects.filter(operation=operation)
    if (claim := claims.exclude(status__in=(ClaimStatus.PAID, ClaimStatus.CANCELLED)).first()) is not None:
        return f"La demande n°\u00a0{claim.number} n’est pas payée\u00a0: l’opération ne se solde pas encore."
    if not because.strip() and not has_balance(operation):
        return NO_BALANCE
    return None


def has_balance(operation: Operation) -> bool:
    """Say whether the aid of a claim of the balance was received."""
    return Claim.objects.filter(operation=operation, is_balance=True, status=ClaimStatus.PAID).exists()


def why_not_reopen(operation: Operation, *, on: date) -> str | None:
    """Say why an operation that was refused or closed does not go back to where it was, or None."""
    if operation.status not in (Status.CLOSED, Status.REFUSED):
        return f"L’état de ce dossier ne le permet pas\u00a0: {operation.get_status_display()}."
    if operation.ended_at is None:
        return "Le jour de cette fin n’est pas connu\u00a0: elle ne se reprend plus."
    last = day_of(operation.ended_at) + REOPENING
    if on > last:
        return f"Elle pouvait être rouverte jusqu’au {in_words(last)}\u00a0: elle ne l’est plus."
    return None


def why_not_amount(amount: Decimal, *, is_signed: bool = False) -> str | None:
    """Say why this is no amount in euros and cents, or None."""
    if not amount.is_finite() or abs(amount) > MOST or amount != amount.quantize(CENT):
        return "Un montant s’écrit en euros et en centimes\u00a0: corrigez-le."
    return None if is_signed or amount >= 0 else "Un montant s’écrit sans signe\u00a0: corrigez-le."


def why_not_ceiling(ceiling: Decimal | None) -> str | None:
    """Say why this is no ceiling of a partner's aid, or None; nothing is no ceiling."""
    return None if ceiling is None else why_not_amount(ceiling)


# --- Expenses --------------------------------------------------------------------------------------------------------
def why_not_expense(expense: Expense, category: CostCategory, contract: Contract | None = None) -> str | None:
    """Say why this expense is not recorded, or None. What is missing to claim it does not keep it from being."""
    if category.operation_id != expense.partner.operation_id:
        return "Cette catégorie n’est pas de cette opération."
    if category.kind == CostCategory.Kind.FLAT:
        return f"«\u00a0{category.name}\u00a0» est un forfait\u00a0: il se calcule, et ne reçoit pas de dépense."
    if contract is not None and contract.partner_id != expense.partner_id:
        return "Ce marché n’est pas de ce partenaire."
    if category.kind == CostCategory.Kind.STAFF and not (
        expense.person and expense.service_from and expense.service_until
    ):
        return "Des frais de personnel disent la personne, et les jours du mois."
    for amount in (expense.net, expense.vat, expense.other_funding):
        if reason := why_not_amount(amount):
            return reason
    if not expense.net:
        return "Le montant hors taxes est nul\u00a0: corrigez-le."
    if not expense.key.is_finite() or not 0 < expense.key <= 100:
        return "La part imputée va de 0,0001 à 100\u00a0%."
    if expense.supplier_siret and (reason := siret.why_not_siret(expense.supplier_siret)):
        return reason
    if not expense.subject.strip():
        return "Dites l’objet de la dépense."
    if bool(expense.service_from) != bool(expense.service_until) or (
        expense.service_from and expense.service_until and expense.service_from > expense.service_until
    ):
        return "La prestation va d’un jour à un autre\u00a0: donnez les deux, dans l’ordre."
    if expense.paid_on and expense.mandated_on and expense.paid_on < expense.mandated_on:
        return "Le paiement précède le mandat\u00a0: corrigez l’une des deux dates."
    return None


# What is asked of an invoice, and of a month of a person, alone.
OF_INVOICES = ("supplier", "supplier_siret", "invoice_number", "invoice_line", "invoiced_on", "contract")
OF_STAFF = ("person",)


def why_not_field(category: CostCategory, name: str) -> str | None:
    """Say why an expense of this category has no such field, or None."""
    if category.kind == CostCategory.Kind.STAFF and name in OF_INVOICES:
        return "Des frais de personnel n’ont ni facture, ni fournisseur, ni marché."
    return None


def why_not_recategorise(former: CostCategory, category: CostCategory) -> str | None:
    """Say why an expense does not go from a category to another, or None: what is asked of the two is not the same."""
    if former.kind != category.kind and CostCategory.Kind.STAFF in (former.kind, category.kind):
        return (
            "Une facture ne devient pas des frais de personnel, ni l’inverse\u00a0: retirez-la, et saisissez l’autre."
        )
    return None


def why_not_record_again(expense: Expense, invoice: Document | None) -> str | None:
    """Say why an expense is not recorded of this file, or None: another is already, for the same part of it."""
    if invoice is None:
        return None
    known = Expense.objects.counting().filter(
        partner=expense.partner_id, invoice_line=expense.invoice_line, evidence__document=invoice,
        evidence__kind=Evidence.Kind.INVOICE, evidence__withdrawn_at=None,
    ).first()  # fmt: skip
    if known is None:
        return None
    return (
        f"Cette facture est déjà saisie («\u00a0{known.subject}\u00a0»)\u00a0: pour une autre de ses lignes, dites "
        "laquelle."
    )


def why_not_change(expense: Expense, holding: Mapping[int, ClaimLine] | None = None) -> str | None:
    """Say why this expense changes no more, or None: a standing claim holds it, unless it was wholly refused.

    `holding`: those of `held_by_claims`, already read, where there are many.
    """
    if expense.withdrawn_at is not None:
        return "Cette dépense est retirée."
    if (held := (held_by_claims([expense]) if holding is None else holding).get(expense.pk)) is not None:
        return f"Cette dépense est dans la demande n°\u00a0{held.claim.number}\u00a0: elle ne change plus."
    return None


_TAKEN_BACK = "dites-le à l’autorité de gestion\u00a0; ce qu’elle reprend se note en négatif, au reversement."
# How a credit note that comes late is told, by the state of the claim that holds its expense.
_LATE = {
    ClaimStatus.PREPARED: "annulez cette demande, versez l’avoir, puis préparez-la de nouveau.",
    ClaimStatus.SENT: "dites-le à l’autorité de gestion, et notez dans sa réponse le montant qu’elle accepte.",
    ClaimStatus.ANSWERED: _TAKEN_BACK,
    ClaimStatus.PAID: _TAKEN_BACK,
}


def _why_not_credit(expense: Expense, piece: Evidence) -> str | None:
    """Say why this credit note is not deducted from this expense, or None."""
    if expense.category.kind == CostCategory.Kind.STAFF:
        return "Un avoir corrige une facture\u00a0: ces frais de personnel n’en ont pas."
    if not piece.number.strip():
        return "Dites le numéro de l’avoir."
    net, vat = piece.net or Decimal(0), piece.vat or Decimal(0)
    for amount in (net, vat):
        if reason := why_not_amount(amount):
            return reason
    if not net:
        return "Un avoir dit ce qu’il rend, hors taxes et TVA, sans signe\u00a0: donnez les montants."
    others = list(expense.evidence.filter(kind=Evidence.Kind.CREDIT, withdrawn_at=None).exclude(pk=piece.pk))
    if any(one.number.strip().casefold() == piece.number.strip().casefold() for one in others):
        return f"L’avoir {piece.number.strip()} est déjà versé."
    if reason := why_not_less_than_credits(expense, [*others, piece]):
        return reason
    if (held := held_by_claims([expense]).get(expense.pk)) is not None:
        remedy = _LATE[ClaimStatus(held.claim.status)]
        return f"La demande n°\u00a0{held.claim.number} compte cette dépense\u00a0: {remedy}"
    return None


def why_not_less_than_credits(expense: Expense, credits: Sequence[Evidence]) -> str | None:
    """Say why an expense is not of this amount when these credit notes are deducted from it, or None."""
    for amount, given in (
        (expense.net, [one.net or Decimal(0) for one in credits]),
        (expense.vat, [one.vat or Decimal(0) for one in credits]),
    ):
        if (total := sum(given, Decimal(0))) > amount:
            return f"Les avoirs rendraient {euros(total)} sur {euros(amount)}\u00a0: vérifiez les montants."
    return None


def held_by_claims(expenses: Sequence[Expense]) -> dict[int, ClaimLine]:
    """The lines of standing claims that hold these expenses, by expense, unless they were wholly refused."""
    lines = (
        ClaimLine.objects.filter(expense__in=[one.pk for one in expenses])
        .exclude(claim__status=ClaimStatus.CANCELLED)
        .exclude(accepted=0)
        .select_related("claim")
    )
    return {one.expense_id: one for one in lines if one.expense_id}


def why_not_evidence(expense: Expense, piece: Evidence) -> str | None:
    """Say why this piece proves nothing of this expense, or None."""
    if expense.withdrawn_at is not None:
        return "Cette dépense est retirée."
    if piece.kind not in Evidence.Kind.values:
        return "Dites ce que cette pièce prouve."
    if piece.kind == Evidence.Kind.CREDIT:
        return _why_not_credit(expense, piece)
    if piece.kind == Evidence.Kind.MISSION and (piece.share is None or not 0 < piece.share <= 100):
        return "Une lettre de mission dit une quotité, de 0,0001 à 100\u00a0%."
    if piece.valid_from and piece.valid_until and piece.valid_from > piece.valid_until:
        return "Une lettre de mission vaut d’un jour à un autre\u00a0: dans l’ordre."
    return None


# --- Claims ----------------------------------------------------------------------------------------------------------
def why_not_prepare(operation: Operation, *, on: date) -> str | None:
    """Say why no claim is prepared now, or None."""
    if operation.status != Status.GRANTED:
        return "Une demande de paiement se prépare une fois l’aide attribuée, et avant que l’opération soit soldée."
    if operation.grant is None:
        return "Notez d’abord le montant maximal de l’aide, d’après l’acte attributif."
    if operation.claim_until is not None and on > operation.claim_until:
        return f"Les demandes étaient reçues jusqu’au {in_words(operation.claim_until)}\u00a0: plus rien ne se demande."
    if Claim.objects.filter(operation=operation, status=ClaimStatus.PREPARED).exists():
        return "Une demande est déjà en préparation\u00a0: envoyez-la, ou annulez-la."
    return None


def why_not_claim_amount(operation: Operation, *, aid: Decimal, eligible: Decimal, is_balance: bool) -> str | None:
    """Say why a claim of this amount is not prepared, or None."""
    if not eligible:
        return "Aucune dépense n’est prête\u00a0: voyez ce qui manque, ligne par ligne."
    if not is_balance and operation.least_claim is not None and aid < operation.least_claim:
        return f"Une demande est d’au moins {euros(operation.least_claim)}\u00a0: attendez, ou demandez le solde."
    return None


def why_not_claim_move(claim: Claim, to: ClaimStatus) -> str | None:
    """Say why a claim does not go to this state, or None."""
    if to in CLAIM_MOVES[ClaimStatus(claim.status)]:
        return None
    return f"L’état de cette demande ne le permet pas\u00a0: {claim.get_status_display()}."


def why_not_visa(statement: Statement, *, name: str, quality: str, on: date | None, today: date) -> str | None:
    """Say why no visa of a comptable is recorded on this statement, or None."""
    if statement.claim.status != ClaimStatus.PREPARED:
        return f"Cette demande est {statement.claim.get_status_display()}\u00a0: rien ne s’y vise plus."
    if statement.certified_at is None:
        return "L’état se vise une fois certifié par la présidence."
    if not name.strip() or not quality.strip() or on is None:
        return "Un visa dit le nom du comptable, sa qualité et la date."
    if on > today:
        return "La date du visa est à venir\u00a0: corrigez-la."
    return None


def why_not_send(claim: Claim, statements: Sequence[Statement]) -> str | None:
    """Say why a claim is not ready to be sent, or None: each statement certified, then visaed (rule 22)."""
    if reason := why_not_claim_move(claim, ClaimStatus.SENT):
        return reason
    for one in statements:
        if one.certified_at is None:
            return f"L’état de {one.partner.operator.name} n’est pas certifié par sa présidence."
        if not (one.visa_id and one.visa_name and one.visa_on):
            return f"L’état de {one.partner.operator.name} n’est pas visé par son comptable, avec nom et date."
    return None


def why_not_answer_line(line: ClaimLine, *, accepted: Decimal, refusal: str) -> str | None:
    """Say why this answer is not that of a line, or None."""
    if reason := why_not_amount(accepted):
        return reason
    if accepted > line.eligible:
        return f"Ligne {line.rank}\u00a0: {euros(accepted)} acceptés pour {euros(line.eligible)} demandés."
    if accepted < line.eligible and not refusal.strip():
        return f"Ligne {line.rank}\u00a0: dites pourquoi le montant n’est pas accepté en entier."
    return None
