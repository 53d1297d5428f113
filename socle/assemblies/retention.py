"""Retention rules of this room: how long its personal data is kept."""

from socle.lib.declared import CHOICE, Ending, Fate, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "membres-assemblees",
        "Membres d’une assemblée qui n’y siègent plus\u00a0: adresse électronique et date de naissance",
        "personnes élues",
        "après la fin de leur mandat",
        365,
        CHOICE,
        Fate.ERASED,
        "socle.assemblies.erasure.forget_contacts",
        ends=Ending.MACHINE,
        because="Des coordonnées\u00a0: le mandat, les votes et les actes restent.",
    ),
)

# Models that hold an e-mail address or a telephone number, and the rule that answers for them.
ANSWERED: dict[str, str] = {
    "assemblies.Member": "membres-assemblees",
}
