"""Retention rules of this room: how long its personal data is kept."""

from __future__ import annotations

from socle.lib.declared import CHOICE, Ending, Fate, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "messages-habitants",
        "Messages écrits sur les sites des communes, répondus ou classés, et leurs pièces",
        "habitants qui écrivent à leur mairie",
        "après la dernière réponse ou le classement",
        365,
        CHOICE,
        Fate.ERASED,
        ends=Ending.SLIP,
        because="Ce qu’un service public reçoit et répond est une archive publique.",
        archives="socle.inbox.erasure.TREATED",
    ),
    Rule(
        "messages-sans-suite",
        "Messages écrits sur les sites des communes, que personne n’a traités",
        "habitants qui écrivent à leur mairie",
        "après leur réception ou leur reprise",
        3 * 365,
        CHOICE,
        Fate.ERASED,
        ends=Ending.SLIP,
        because="Ce qu’un service public reçoit est une archive publique, même laissé sans réponse.",
        archives="socle.inbox.erasure.FORGOTTEN",
    ),
    Rule(
        "messages-indesirables",
        "Messages écrits sur les sites des communes, dits indésirables",
        "personnes qui écrivent à une mairie",
        "après qu’ils ont été dits indésirables",
        30,
        CHOICE,
        Fate.ERASED,
        "socle.inbox.erasure.erase_spam",
        ends=Ending.MACHINE,
        because="Un courrier indésirable, dit tel par la mairie.",
    ),
)

# Models that hold an e-mail address or a telephone number, and the rule that answers for them.
ANSWERED: dict[str, str] = {
    "inbox.ContactMessage": "messages-habitants",
}
