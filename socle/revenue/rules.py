"""Rules: who notes the receipts and the ceiling of an operator, who calls its contributions, and which figures are
refused (French, or None).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from socle.deliberations.models import Act
from socle.lib import siret
from socle.people.models import Operator, Role, User
from socle.people.rules import holds
from socle.revenue.models import YEARS, Receipt

MOST = Decimal("999999999999.99")


def why_not_note(user: User, operator: Operator, *, on: date) -> str | None:
    """Say why this person notes no figure of this operator, or None."""
    if user.is_system or holds(user, Role.FINANCE_OFFICER, on=on, operator=operator):
        return None
    return "Les recettes et le plafond se notent par la personne responsable des finances de l’opérateur."


def why_not_year(year: int) -> str | None:
    """Say why this is no year of an account, or None."""
    first, last = (one.limit_value for one in YEARS)
    return None if first <= year <= last else f"Un exercice va de {first} à {last}\u00a0: corrigez l’année."


def why_not_receipt(*, year: int, kind: str, state: str, amount: Decimal, source: str) -> str | None:
    """Say why this figure of a year is not noted, or None."""
    if reason := why_not_year(year):
        return reason
    if kind not in Receipt.Kind.values or state not in Receipt.State.values:
        return "Choisissez la nature du montant, et s’il est réalisé ou budgété."
    if not amount.is_finite() or not 0 <= amount <= MOST or amount != amount.quantize(Decimal("0.01")):
        return "Un montant s’écrit en euros et en centimes, sans signe\u00a0: corrigez-le."
    if not source.strip():
        return "Dites où ce montant se lit\u00a0: un compte, un chapitre, une page. Sans source, il ne prouve rien."
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


def why_not_set_debtor(*, number: str, engagement: str, engagement_year: int | None) -> str | None:
    """Say why a debtor is not noted so, or None. What it wants may still be missing: its line waits for it."""
    if number and (reason := siret.why_not_siret(number)):
        return reason
    if engagement and engagement_year is None:
        return "Un engagement est d’un exercice\u00a0: écrivez lequel."
    return why_not_year(engagement_year) if engagement_year is not None else None
