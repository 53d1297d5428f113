"""Retention rules of this room: how long its personal data is kept."""

from socle.lib.declared import CHOICE, Ending, Fate, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "journal",
        "Journal des actes : des identifiants, jamais un nom",
        "personnes qui agissent",
        "",
        None,
        "Preuve de ce qui fut fait (RGPD, art. 17, 3, b) : l’identifiant ne désigne plus personne une fois le compte "
        "pseudonymisé.",
        Fate.KEPT,
        ends=Ending.SLIP,
        because="Preuve de ce qui fut fait, que la plateforme n’efface jamais\u00a0: rien n’en est "
        "proposé à l’élimination.",
    ),
    Rule(
        "consultations",
        "Consultations : qui a lu un dossier, par identifiant",
        "agents des opérateurs qui consultent",
        "après la consultation",
        365,
        CHOICE,
        Fate.ERASED,
        "socle.journal.readings.erase_readings",
        ends=Ending.MACHINE,
        because="Un journal technique.",
    ),
)
