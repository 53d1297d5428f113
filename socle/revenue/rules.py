"""Rules: who notes the receipts, the costs and the ceiling of an operator, who calls its contributions, who reckons
what partners owe each other, and which figures are refused (French, or None).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from socle.agreements.models import Agreement, Status
from socle.deliberations.models import Act
from socle.lib import siret
from socle.lib.money import CENT, euros, to_cents
from socle.people.models import Operator, Role, User
from socle.people.rules import HEADS, holds
from socle.programme.models import AgreementType
from socle.revenue.models import YEARS, CostSheet, Receipt

MOST = Decimal("999999999999.99")


def why_not_note(user: User, operator: Operator, *, on: date) -> str | None:
    """Say why this person notes no figure of this operator, or None."""
    if user.is_system or holds(user, Role.FINANCE_OFFICER, on=on, operator=operator):
        return None
    return "Les recettes, les coûts et le plafond se notent par la personne responsable des finances de l’opérateur."


def why_not_year(year: int) -> str | None:
    """Say why this is no year of an account, or None."""
    first, last = (one.limit_value for one in YEARS)
    return None if first <= year <= last else f"Un exercice va de {first} à {last}\u00a0: corrigez l’année."


def why_not_receipt(*, year: int, kind: str, state: str, amount: Decimal, source: str) -> str | None:
    """Say why this figure of a year is not noted, or None."""
    if reason := why_not_year(year) or _why_not_amounts(amount) or _why_not_source(source):
        return reason
    if kind not in Receipt.Kind.values or state not in Receipt.State.values:
        return "Choisissez la nature du montant, et s’il est réalisé ou budgété."
    return None


def _why_not_amounts(*amounts: Decimal) -> str | None:
    if all(one.is_finite() and 0 <= one <= MOST and one == one.quantize(CENT) for one in amounts):
        return None
    return "Un montant s’écrit en euros et en centimes, sans signe\u00a0: corrigez-le."


def _why_not_source(source: str) -> str | None:
    if source.strip():
        return None
    return "Dites où ce montant se lit\u00a0: un compte, un chapitre, une page. Sans source, il ne prouve rien."


def why_not_cost(kind: AgreementType, *, year: int, amounts: dict[str, Decimal], source: str) -> str | None:
    """Say why this cost of a type of agreement is not noted, or None. `amounts` are those of `CostSheet`."""
    if kind.amends_id is not None or not kind.has_beneficiary:
        return "Une fiche de coût est d’une convention qui lie un bénéficiaire, et qui a un prix."
    if reason := why_not_year(year) or _why_not_amounts(*amounts.values()) or _why_not_source(source):
        return reason
    if not any(amounts[name] for name in CostSheet.COSTS):
        return "Une fiche sans aucun coût ne prouve rien\u00a0: écrivez au moins les coûts directs."
    if CostSheet.objects.filter(type=kind, year=year, withdrawn_at=None).exists():
        return f"Une fiche de coût de {year} est déjà notée\u00a0: retirez-la avant d’en noter une autre."
    return None


def why_not_ceiling(act: Act, operator: Operator, *, share: Decimal, year: int, on: date) -> str | None:
    """Say why this act sets no ceiling, or None: it is one of the operator's own assembly, and executory."""
    if reason := why_not_year(year):
        return reason
    if act.operator_id != operator.pk or act.kind != Act.Kind.DELIBERATION:
        return "Un plafond se vote\u00a0: choisissez une délibération de votre propre assemblée."
    if act.executory_on is None or act.executory_on > on:
        return "Cette délibération n’est pas exécutoire\u00a0: notez d’abord sa réception et sa publication."
    if not share.is_finite() or not 0 < share <= 100 or share != share.quantize(Decimal("0.01")):
        return "Un plafond va de 0,01 à 100\u00a0%, à deux décimales."
    return None


def why_not_call(user: User, operator: Operator, *, year: int, on: date) -> str | None:
    """Say why this person calls no contribution of this year for this operator, or None."""
    if not user.is_system and not holds(user, Role.FINANCE_OFFICER, on=on, operator=operator):
        return "Les contributions s’appellent par la personne responsable des finances du chef de file."
    if reason := why_not_year(year):
        return reason
    if year > on.year:
        return (
            f"L’exercice {year} n’a pas commencé\u00a0: ses contributions s’appelleront à partir du 1er\u00a0janvier."
        )
    return None


def why_not_read_calls(*, is_lead: bool, sees_money: bool) -> str | None:
    """Say why what is called is not read in the name of an operator, or None."""
    if not sees_money:
        return "Votre opérateur ne voit pas les montants du programme."
    return None if is_lead else "Les contributions se lisent chez le chef de file du programme, qui les appelle."


def faults_of_title(
    *,
    total: Decimal | None,
    on: date,
    bordereau: str,
    title: str,
    title_on: date | None,
    collected: Decimal | None,
    outstanding: Decimal | None,
) -> list[tuple[str, str]]:
    """List what cannot be in what a finance package says of a call of this amount: each field at fault, and why."""
    faults = [
        (name, "ce numéro a plus de 20 caractères\u00a0: vérifiez-le.")
        for name, number in (("bordereau", bordereau), ("title", title))
        if len(number) > 20
    ]
    if title_on is not None and title_on > on:
        faults.append(("title_on", "ce jour n’est pas encore venu."))
    amounts = {name: one for name, one in (("collected", collected), ("outstanding", outstanding)) if one is not None}
    for name, amount in amounts.items():
        if amount < 0:
            faults.append((name, "un montant négatif ne se lit pas ici\u00a0: corrigez-le."))
        elif total is not None and amount > total:
            faults.append((name, f"{euros(amount)} dépasse le montant appelé, {euros(total)}."))
    if total is not None and not faults and sum(amounts.values()) > total:
        says = f"l’encaissé et le reste font plus que le montant appelé, {euros(total)}."
        faults.append(("outstanding", says))
    return faults


def why_not_set_debtor(*, number: str, engagement: str, engagement_year: int | None) -> str | None:
    """Say why a debtor is not noted so, or None. What it wants may still be missing: its line waits for it."""
    if number and (reason := siret.why_not_siret(number)):
        return reason
    if engagement and engagement_year is None:
        return "Un engagement est d’un exercice\u00a0: écrivez lequel."
    return why_not_year(engagement_year) if engagement_year is not None else None


# --- What partners owe each other ------------------------------------------------------------------------------------
def why_not_read_reckonings(user: User, operator: Operator, *, on: date) -> str | None:
    """Say why this person reads no reckoning in the name of this operator, or None.

    The right comes with being a party, whether or not the operator sees the amounts of the programme.
    """
    if user.is_system or holds(user, Role.FINANCE_OFFICER, *HEADS, on=on, operator=operator):
        return None
    return "Les décomptes se lisent par la personne responsable des finances, et par la présidence."


def why_not_reckon(user: User, operator: Operator, agreement: Agreement, *, on: date) -> str | None:
    """Say why this person notes no reckoning of this agreement in the name of this operator, or None.

    Nor takes it back: what a party noted, the other does not withdraw.
    """
    is_party = agreement.parties.filter(operator=operator).exists()
    if is_party and (user.is_system or holds(user, Role.FINANCE_OFFICER, on=on, operator=operator)):
        return None
    return "Une ligne se note, et se retire, par la personne responsable des finances de la partie qui la note."


def why_not_reckoning(
    agreement: Agreement, *, year: int, unit: str, quantity: Decimal, unit_cost: Decimal, source: str, on: date
) -> str | None:
    """Say why these figures are no reckoning of this agreement, or None."""
    if reason := why_not_year(year) or _why_not_amounts(quantity, unit_cost) or _why_not_source(source):
        return reason
    if not unit.strip():
        return "Dites ce qui est compté\u00a0: un poste, une commune, une journée."
    if not 0 < to_cents(quantity * unit_cost) <= MOST:
        return "La quantité et le coût unitaire font un montant au-dessus de zéro\u00a0: corrigez-les."
    if agreement.beneficiary_id is not None or agreement.status not in (Status.SIGNED, Status.ENDED):
        return "Un décompte suit une convention conclue entre opérateurs."
    assert agreement.starts_on is not None
    assert agreement.ends_on is not None
    if not agreement.starts_on.year <= year <= agreement.ends_on.year:
        return f"La convention n°\u00a0{agreement.number} n’était pas en vigueur en {year}\u00a0: corrigez l’année."
    if year > on.year:
        return f"L’exercice {year} n’a pas commencé\u00a0: son décompte se notera à partir du 1er\u00a0janvier."
    return None
