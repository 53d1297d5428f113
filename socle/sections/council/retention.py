"""Retention rules of this room: how long its personal data is kept."""

from __future__ import annotations

from socle.lib.declared import Ending, Fate, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "elus",
        "Composition du conseil, telle que le site la montre",
        "élus et élues de la commune",
        "",
        None,
        "Mission d’intérêt public (RGPD, art. 6, 1, e)\u00a0: qui siège est public. Un portrait se montre avec "
        "l’accord de la personne, et se retire quand elle le reprend.",
        Fate.KEPT,
        ends=Ending.GESTURE,
        because="La mairie en décide\u00a0: le visa des Archives départementales lui revient.",
    ),
)
