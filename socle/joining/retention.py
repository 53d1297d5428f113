"""Retention rules of this room: how long its personal data is kept."""

from socle.lib.declared import CHOICE, Ending, Fate, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "demandes-non-confirmees",
        "Demandes d’adhésion que personne n’a confirmées",
        "personnes qui demandent au nom d’une mairie",
        "après la demande",
        7,
        CHOICE,
        Fate.ERASED,
        "socle.joining.erasure.drop_unconfirmed",
        ends=Ending.MACHINE,
        because="Jamais confirmée, elle n’engage personne et n’a pas été instruite.",
    ),
    Rule(
        "demandes-silencieuses",
        "Demandes d’adhésion ouvertes et sans nouvelles : nom, adresse et message de qui les a faites",
        "personnes qui demandent au nom d’une mairie",
        "après le dernier geste, si personne ne répond à la relance qui précède (SOCLE_JOINING_REMINDER_DAYS)",
        365,
        CHOICE,
        Fate.PSEUDONYMISED,
        "socle.joining.erasure.let_silent_go",
        ends=Ending.MACHINE,
        because="La demande, ses dates et sa suite restent\u00a0: s’en vont le nom et les mots de qui l’a faite.",
    ),
    Rule(
        "demandes-adhesion",
        "Demandes d’adhésion closes : nom, adresse et message de qui les a faites",
        "personnes qui demandent au nom d’une mairie",
        "après le refus, le retrait ou le projet de convention",
        365,
        CHOICE,
        Fate.PSEUDONYMISED,
        "socle.joining.erasure.erase_people",
        ends=Ending.MACHINE,
        because="La demande, ses dates et sa suite restent\u00a0: s’en vont le nom et les mots de qui l’a faite.",
    ),
)

# Models that hold an e-mail address or a telephone number, and the rule that answers for them.
ANSWERED: dict[str, str] = {
    "joining.JoinRequest": "demandes-adhesion",
}
