"""Retention rules of this room: how long its personal data is kept."""

from socle.lib.declared import Ending, Fate, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "sauvegardes-machines",
        "Ce que les machines des mairies sauvegardent, chiffré par elles",
        "toute personne que leurs fichiers nomment",
        "",
        None,
        "Pour le compte de la mairie (RGPD, art. 28) : chaque sauvegarde est élaguée selon SOCLE_MACHINE_BACKUPS_KEEP, "
        "et le dépôt d’une machine arrêtée s’efface à la demande de la mairie.",
        Fate.KEPT,
        ends=Ending.MACHINE,
        because="Une copie de sauvegarde.",
    ),
)
