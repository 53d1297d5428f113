"""Who may audit a site, when an audit may be concluded: a French sentence of refusal, or None."""

from __future__ import annotations

from datetime import date

from socle.people.models import Role, User
from socle.people.rules import holds
from socle.websites.accessibility.criteria import criteria
from socle.websites.models.accessibility import Audit, Judgement
from socle.websites.models.sites import WebSite
from socle.websites.parameters import value_of

State = Judgement.State
NOT_AN_AUDITOR = (
    "Un audit se tient par l’équipe technique ou le suivi du programme d’un opérateur : demandez-le à l’un d’eux."
)


def why_not_audit(website: WebSite, *, by: User, on: date) -> str | None:
    """Say why this person may not keep the audits of a site, or None; that it is of their territory is the door's."""
    if by.is_system or holds(by, Role.TECHNICIAN, Role.PROGRAMME_OFFICER, on=on):
        return None
    return NOT_AN_AUDITOR


def why_not_change(audit: Audit) -> str | None:
    """Say why nothing of this audit can be changed, or None."""
    if audit.concluded_at is not None:
        return "Cet audit est conclu : rouvrez-le pour le corriger."
    return None


def why_not_judge(criterion: str, state: str, *, reason: str) -> str | None:
    """Say why a criterion cannot be judged so, or None."""
    if criterion not in criteria():
        return f"Le critère « {criterion[:20]} » n’existe pas dans le RGAA 4.1.2 : vérifiez son numéro."
    if state not in State.values:
        return f"Critère {criterion} : l’état « {state[:40]} » n’existe pas. Choisissez l’un des quatre états."
    if state == State.DEROGATED and not reason.strip():
        return f"Critère {criterion} : une dérogation se motive. Dites en quoi la charge serait disproportionnée."
    return None


def why_not_conclude(audit: Audit, *, on: date) -> str | None:
    """Say what an audit still lacks to be concluded, or None."""
    if reason := why_not_change(audit):
        return reason
    judged = set(audit.judgements.values_list("criterion", flat=True))
    if left := [number for number in criteria() if number not in judged]:
        shown = ", ".join(left[:8]) + ("…" if len(left) > 8 else "")
        return f"Critères encore à évaluer : {len(left)} ({shown})."
    if not audit.auditor:
        return "Dites qui a fait l’audit : la déclaration d’accessibilité le publie."
    if audit.made_on is None:
        return "Dites de quel jour est l’audit."
    if audit.made_on > on:
        return "L’audit ne peut pas avoir lieu dans l’avenir : corrigez sa date."
    if not audit.pages.exists():
        return "Dites quelles pages ont été lues : la déclaration d’accessibilité les publie."
    return None


def why_not_reopen(audit: Audit) -> str | None:
    """Say why a concluded audit cannot be corrected, or None."""
    if audit.concluded_at is None:
        return "Cet audit est déjà ouvert."
    if audit.applicable is None:
        return "Cet audit a été repris d’une ancienne déclaration, sans ses critères : commencez-en un autre."
    if Audit.objects.filter(website_id=audit.website_id, concluded_at=None).exists():
        return "Un autre audit de ce site est en cours : concluez-le ou abandonnez-le d’abord."
    return None


def why_not_plan(first_year: int, last_year: int, years: list[int]) -> str | None:
    """Say why a multi-year plan cannot be kept so, or None."""
    longest = value_of("plan-years")
    if not 2005 <= first_year <= last_year <= 2100:
        return "Le schéma commence avant de finir : vérifiez ses deux années."
    if last_year - first_year + 1 > longest:
        return f"Un schéma pluriannuel couvre {longest} ans au plus : rapprochez ses deux années."
    if outside := sorted({year for year in years if not first_year <= year <= last_year}):
        return (
            f"Des actions sont prévues hors du schéma ({', '.join(map(str, outside))}) : "
            "changez leur année, ou celles du schéma."
        )
    return None
