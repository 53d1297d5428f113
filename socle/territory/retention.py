"""Retention rules of this room: how long its personal data is kept."""

from socle.lib.declared import Ending, Fate, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "contacts-publics",
        "Coordonnées des mairies et des établissements",
        "personnes morales",
        "",
        None,
        "Données publiques d’organismes publics : aucune personne n’y est nommée.",
        Fate.KEPT,
        ends=Ending.MACHINE,
        because="Une copie de l’annuaire public, remplacée par la suivante.",
    ),
)

# Models that hold an e-mail address or a telephone number, and the rule that answers for them.
ANSWERED: dict[str, str] = {
    "territory.IdentityStation": "contacts-publics",
    "territory.TownHall": "contacts-publics",
}
