"""Retention rules of this room: how long its personal data is kept."""

from socle.lib.declared import Ending, Fate, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "documents",
        "Documents signés et actes : noms et qualités des signataires",
        "élus signataires",
        "",
        None,
        "Obligation légale et mission d’intérêt public (RGPD, art. 6, 1, c et e) : ce qui engage une collectivité ne "
        "s’altère pas ; son sort final relève des archives publiques.",
        Fate.KEPT,
        ends=Ending.SLIP,
        because="Archive publique que la plateforme n’efface jamais\u00a0: rien n’en est proposé à l’élimination.",
    ),
)
