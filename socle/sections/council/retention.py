"""Retention rules of this room: how long its personal data is kept."""

from __future__ import annotations

from socle.lib.declared import Fate, Rule

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
    ),
)
