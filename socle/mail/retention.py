"""Retention rules of this room: how long its personal data is kept."""

from socle.lib.declared import CHOICE, Ending, Fate, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "boites-supprimees",
        "Boîtes aux lettres supprimées : leurs messages",
        "agents et élus des mairies, et qui leur écrit",
        "après la suppression (SOCLE_MAIL_KEPT_DAYS : la date est dite à qui supprime)",
        90,
        CHOICE,
        Fate.ERASED,
        "socle.mail.erasure.erase_deleted_boxes",
        ends=Ending.GESTURE,
        because="La mairie a supprimé la boîte\u00a0: le visa des Archives départementales lui revient "
        "avant de le faire.",
    ),
    Rule(
        "accords-de-renvoi",
        "Adresses extérieures dont la personne n’a pas répondu à la demande d’une mairie",
        "personnes à qui une mairie veut renvoyer du courrier",
        "après l’expiration du lien",
        30,
        CHOICE,
        Fate.ERASED,
        "socle.mail.erasure.erase_unanswered",
        ends=Ending.MACHINE,
        because="Un jeton, resté sans réponse.",
    ),
    Rule(
        "reprises-de-boites",
        "Comptes rendus des reprises d’anciennes boîtes et des restaurations : ancien identifiant, dossiers, nombres",
        "agents et élus des mairies",
        "après la fin de la reprise ou de la restauration",
        365,
        CHOICE,
        Fate.ERASED,
        "socle.mail.erasure.erase_reports",
        ends=Ending.MACHINE,
        because="Un journal technique.",
    ),
    Rule(
        "boites",
        "Adresses des boîtes d’une mairie, de ses groupes et de leurs destinataires",
        "agents et élus des mairies, membres des groupes",
        "",
        None,
        "Tenues par la mairie pour sa correspondance : supprimées par elle, ou à la fin de la convention.",
        Fate.KEPT,
        ends=Ending.GESTURE,
        because="La mairie en décide\u00a0: le visa des Archives départementales lui revient.",
    ),
)

# Models that hold an e-mail address or a telephone number, and the rule that answers for them.
ANSWERED: dict[str, str] = {
    "mail.Mailbox": "boites",
    "mail.Destination": "boites",
    "mail.Forwarding": "boites",
    "mail.Migration": "reprises-de-boites",
}
