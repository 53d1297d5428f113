"""Parameters that a text or a practice fixes in numbers, each with its source. An operator may choose otherwise.

A number that was only remembered is never written in a rule: it is here, where it can be seen and changed
(`SOCLE_SITES_PARAMETERS=audit-months=24,news-months=12`).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Parameter:
    """One number: its code, its French label, its value by default, where it comes from."""

    code: str
    label: str
    value: int
    unit: str
    source: str


PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        "audit-months",
        "validité d’un audit d’accessibilité",
        36,
        "mois",
        "La déclaration est mise à jour trois ans au plus après sa publication : accessibilite.numerique.gouv.fr, "
        "obligations, « Validité de la déclaration d’accessibilité ». Compté ici depuis le jour de l’audit.",
    ),
    Parameter(
        "audit-warning-months",
        "rappel avant la fin de validité d’un audit",
        6,
        "mois",
        "Choix de la plateforme : le temps de faire un audit.",
    ),
    Parameter(
        "plan-years",
        "durée la plus longue d’un schéma pluriannuel",
        3,
        "ans",
        "Loi n° 2005-102, article 47, III, selon accessibilite.numerique.gouv.fr, « Schéma pluriannuel ».",
    ),
    Parameter(
        "news-months",
        "âge de la dernière actualité à partir duquel un site paraît abandonné",
        6,
        "mois",
        "Choix de la plateforme : aucun texte ne le fixe.",
    ),
    Parameter(
        "acts-months",
        "temps sans acte publié au-delà duquel on le signale",
        4,
        "mois",
        "Choix de la plateforme, d’après la réunion du conseil municipal au moins une fois par trimestre "
        "(CGCT, L. 2121-7, cité de mémoire).",
    ),
    Parameter(
        "receipt-working-days",
        "délai de l’accusé de réception complet d’une demande",
        10,
        "jours ouvrés",
        "Code des relations entre le public et l’administration, article R. 112-11-2 : dix jours ouvrés au plus après "
        "la réception.",
    ),
    Parameter(
        "hours-months",
        "âge des horaires à partir duquel on demande s’ils sont toujours exacts",
        12,
        "mois",
        "Choix de la plateforme\u00a0: aucun texte ne le fixe.",
    ),
    Parameter(
        "page-months",
        "âge d’une page libre à partir duquel on demande de la relire",
        18,
        "mois",
        "Choix de la plateforme\u00a0: aucun texte ne le fixe.",
    ),
    Parameter(
        "procedures-months",
        "âge de la page des démarches à partir duquel on demande de la relire",
        12,
        "mois",
        "Choix de la plateforme\u00a0: aucun texte ne le fixe.",
    ),
    Parameter(
        "list-months",
        "temps sans ajout à l’annuaire au-delà duquel on demande de le relire",
        18,
        "mois",
        "Choix de la plateforme\u00a0: aucun texte ne le fixe.",
    ),
    Parameter(
        "waste-months",
        "âge des tournées de collecte à partir duquel on demande de les relire",
        12,
        "mois",
        "Choix de la plateforme\u00a0: le calendrier de la collecte change d’ordinaire avec l’année.",
    ),
    Parameter(
        "council-months",
        "durée d’un mandat du conseil, au-delà de laquelle on demande s’il est terminé",
        72,
        "mois",
        "Six ans\u00a0: Code électoral, article L. 227 (cité de mémoire). Une loi peut prolonger un mandat\u00a0: "
        "il se confirme alors.",
    ),
    Parameter(
        "again-months",
        "temps pendant lequel ce qui fut confirmé hors de son terme n’est plus demandé",
        6,
        "mois",
        "Choix de la plateforme\u00a0: aucun texte ne le fixe.",
    ),
    Parameter(
        "reminder-weekday",
        "jour du message «\u00a0À faire\u00a0», le premier du mois\u00a0: 1 le lundi, 7 le dimanche",
        1,
        "jour",
        "Choix de la plateforme\u00a0: aucun texte ne le fixe.",
    ),
    Parameter(
        "alert-mail-minutes",
        "temps laissé pour retirer une alerte avant qu’elle parte par courriel, sauf urgence",
        3,
        "minutes",
        "Choix de la plateforme : une faute se voit sur le site, et se retire.",
    ),
)
_BY_CODE = {parameter.code: parameter for parameter in PARAMETERS}


def value_of(code: str) -> int:
    """Return the number in force: the operator's, else the one by default."""
    chosen = settings.SOCLE_SITES_PARAMETERS.get(code)
    if chosen is None:
        return _BY_CODE[code].value
    if not str(chosen).isdigit() or not 1 <= int(chosen) <= 600:
        raise ImproperlyConfigured(
            f"SOCLE_SITES_PARAMETERS : « {code}={chosen} » n’est pas un nombre entier de 1 à 600. Corrigez-le."
        )
    return int(chosen)
