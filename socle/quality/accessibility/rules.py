"""Rules: who may record an audit, and what an audit and a plan must say: a French sentence of refusal, or None."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from socle.people.models import Role, User
from socle.people.rules import holds
from socle.sites.parameters import value_of

NOT_AN_AUDITOR = "L’équipe technique ou le suivi du programme d’un opérateur déclare un audit\u00a0: demandez-le-leur."

# Who records the audits of the sites, and mends what is the operator's there.
KEEPERS = (Role.TECHNICIAN, Role.PROGRAMME_OFFICER)


def why_not_audit(*, by: User, on: date) -> str | None:
    """Say why this person may not record the audits of a site, or None; that it is of their territory is the door's."""
    if by.is_system or holds(by, *KEEPERS, on=on):
        return None
    return NOT_AN_AUDITOR


def why_not_declare(*, made_on: date, rate: Decimal, failing: str, derogated: str, on: date) -> str | None:
    """Say why the result of an audit cannot be recorded so, or None."""
    if made_on > on:
        return "L’audit ne peut pas avoir lieu dans l’avenir\u00a0: corrigez sa date."
    if not 0 <= rate <= 100:
        return "Un taux va de 0 à 100\u00a0: recopiez celui du rapport d’audit."
    if rate < 100 and not (failing.strip() or derogated.strip()):
        return "Recopiez les non-conformités du rapport\u00a0: la déclaration d’accessibilité les publie."
    if rate == 100 and failing.strip():
        return "Un taux de 100\u00a0% ne va pas avec des non-conformités\u00a0: corrigez l’un ou l’autre."
    return None


def why_not_plan(first_year: int, last_year: int) -> str | None:
    """Say why a multi-year plan cannot be kept so, or None."""
    longest = value_of("plan-years")
    if not 2005 <= first_year <= last_year <= 2100:
        return "Le schéma commence avant de finir\u00a0: vérifiez ses deux années."
    if last_year - first_year + 1 > longest:
        return f"Un schéma pluriannuel couvre {longest} ans au plus\u00a0: rapprochez ses deux années."
    return None
