"""Retention rules of this room: how long its personal data is kept."""

from socle.lib.declared import CHOICE, Ending, Fate, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "archives-a-emporter",
        "Archives de toutes les données d’une collectivité, prêtes à être emportées",
        "toute personne nommée dans ce que la collectivité a confié",
        "après le jour où elles sont prêtes",
        30,
        "Le temps de les emporter\u00a0: c’est une copie, ce dont elle est faite suit ses propres règles. " + CHOICE,
        Fate.ERASED,
        "socle.provisioning.handover.actions.erase_old",
        ends=Ending.MACHINE,
        because="Une copie\u00a0: ce dont elle est faite suit ses propres règles.",
    ),
)
