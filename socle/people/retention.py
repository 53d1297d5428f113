"""Retention rules of this room: how long its personal data is kept."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import models

from socle.lib.declared import CHOICE, Ending, Fate, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "comptes",
        "Comptes des personnes qui n’exercent plus aucune fonction",
        "élus, agents des mairies et des opérateurs",
        "après la fin de la dernière fonction ou la dernière connexion",
        3 * 365,
        CHOICE,
        Fate.PSEUDONYMISED,
        "socle.people.erasure.forget_former_people",
        ends=Ending.MACHINE,
        because="Un compte n’est pas une archive\u00a0: les fonctions exercées et ce qui fut fait restent.",
    ),
    Rule(
        "comptes-jamais-ouverts",
        "Comptes sans fonction, jamais ouverts",
        "personnes invitées qui ne sont pas venues",
        "après la création du compte",
        365,
        CHOICE,
        Fate.PSEUDONYMISED,
        "socle.people.erasure.forget_people_who_never_came",
        ends=Ending.MACHINE,
        because="Un compte qui n’a jamais servi n’a rien produit.",
    ),
    Rule(
        "invitations",
        "Invitations acceptées, retirées ou expirées",
        "personnes invitées à une fonction",
        "après leur réponse ou leur expiration",
        365,
        CHOICE,
        Fate.ERASED,
        "socle.people.erasure.erase_invitations",
        ends=Ending.MACHINE,
        because="Un moyen d’entrer (jeton)\u00a0: la fonction qu’il a donnée reste.",
    ),
    Rule(
        "filtres-supprimes",
        "Filtres de listes que leur auteur ou leur autrice a supprimés",
        "agents des opérateurs",
        "après leur suppression",
        1,
        CHOICE,
        Fate.ERASED,
        "socle.people.filters.erase_removed",
        ends=Ending.MACHINE,
        because="Un outil de travail, qui ne dit rien d’une affaire.",
    ),
    Rule(
        "sessions",
        "Sessions de connexion",
        "toute personne qui s’est connectée",
        "après leur fin",
        1,
        CHOICE,
        Fate.ERASED,
        "socle.people.retention.end_sessions",
        ends=Ending.MACHINE,
        because="Un jeton de connexion.",
    ),
)

# Models that hold an e-mail address or a telephone number, and the rule that answers for them.
ANSWERED: dict[str, str] = {
    "people.User": "comptes",
    "people.Operator": "contacts-publics",
    "people.Beneficiary": "contacts-publics",
    "people.Invitation": "invitations",
    "people.OpenSession": "sessions",
}


def end_sessions(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Sessions that ended: nobody can come in with them any more."""
    over = Session.objects.filter(expire_date__lt=before)
    return over.count() if is_dry else over.delete()[0]
