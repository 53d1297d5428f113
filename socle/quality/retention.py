"""Retention rules of this room: how long its personal data is kept."""

from socle.lib.declared import Ending, Fate, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "audience",
        "Nombres de pages vues sur les sites des communes : des pages, jamais des personnes",
        "personne : ni adresse, ni appareil, ni visiteur n’y est distingué",
        "après le mois compté",
        760,
        "Aucune donnée personnelle. Durée proposée, pour comparer un mois à celui des deux années d’avant.",
        Fate.ERASED,
        "socle.quality.audience.reading.erase_old",
        ends=Ending.MACHINE,
        because="Des nombres tirés d’un journal technique.",
    ),
)
