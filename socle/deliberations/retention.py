"""Retention rules of this room: how long its personal data is kept."""

from socle.lib.declared import Ending, Fate, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "transmission",
        "Réglages de transmission des actes\u00a0: nom, adresse et téléphone de qui la préfecture joint",
        "personnes de l’organisme, nommées par lui",
        "",
        None,
        "Obligation légale (RGPD, art. 6, 1, c)\u00a0: la préfecture répond à cette adresse tant que l’organisme "
        "transmet, et l’organisme la corrige quand il veut.",
        Fate.KEPT,
        ends=Ending.GESTURE,
        because="L’organisme la corrige ou l’efface quand il veut.",
    ),
)

# Models that hold an e-mail address or a telephone number, and the rule that answers for them.
ANSWERED: dict[str, str] = {
    "deliberations.TransmissionAccount": "transmission",
}
