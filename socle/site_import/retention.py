"""Retention rules of this room: how long its personal data is kept."""

from __future__ import annotations

from socle.lib.declared import CHOICE, Ending, Fate, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "anciens-sites",
        "Textes lus sur l’ancien site d’une commune, et qui n’en ont pas été apportés",
        "personnes nommées sur l’ancien site de leur commune",
        "après le début de la lecture",
        180,
        CHOICE,
        Fate.ERASED,
        "socle.site_import.erasure.erase_texts",
        ends=Ending.MACHINE,
        because="Une copie de l’ancien site, lu pour préparer le nouveau.",
    ),
)
