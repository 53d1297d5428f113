"""Retention rules of this room: how long its personal data is kept."""

from socle.lib.declared import Ending, Fate, Rule

# The pieces are kept under this rule (`documents.actions.keep`).
EVIDENCE = "pieces-subventions"

RULES: tuple[Rule, ...] = (
    Rule(
        EVIDENCE,
        "Pièces des subventions\u00a0: bulletins de paie, feuilles de temps, factures",
        "agents des partenaires, fournisseurs",
        "après le jour que donnent le dispositif et la date des comptes (gardées tant qu’elle est inconnue)",
        0,
        "Obligation légale (RGPD, art. 6, 1, c)\u00a0: prouver chaque dépense pendant la durée que fixe le dispositif.",
        Fate.ERASED,
        "socle.grants.erasure.end_pieces",
        ends=Ending.MACHINE,
        because="Une copie déposée pour prouver la dépense\u00a0: l’original est dans la comptabilité de "
        "qui l’a payée.",
    ),
)
