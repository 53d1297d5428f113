"""How long the personal data of this room is kept."""

from __future__ import annotations

from socle.lib.declared import CHOICE, Fate, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "abonnes-alertes-non-confirmes",
        "Adresses laissées pour recevoir les alertes d’un site, jamais confirmées",
        "habitants qui demandent les alertes de leur commune",
        "après leur dépôt",
        7,
        CHOICE,
        Fate.ERASED,
        "socle.websites.subscriptions.forgetting.erase_unconfirmed",
    ),
    Rule(
        "abonnes-alertes",
        "Adresses confirmées, abonnées aux alertes d’un site",
        "habitants qui reçoivent les alertes de leur commune",
        "",
        None,
        "Consentement (RGPD, art. 6, 1, a)\u00a0: gardées tant que la personne le veut\u00a0; chaque message porte "
        "le lien qui les efface aussitôt.",
        Fate.KEPT,
    ),
    Rule(
        "messages-habitants",
        "Messages écrits sur les sites des communes, répondus ou classés, et leurs pièces",
        "habitants qui écrivent à leur mairie",
        "après la dernière réponse ou le classement",
        365,
        CHOICE,
        Fate.ERASED,
        "socle.websites.messages.forgetting.erase_treated",
    ),
    Rule(
        "messages-sans-suite",
        "Messages écrits sur les sites des communes, que personne n’a traités",
        "habitants qui écrivent à leur mairie",
        "après leur réception ou leur reprise",
        3 * 365,
        CHOICE,
        Fate.ERASED,
        "socle.websites.messages.forgetting.erase_forgotten",
    ),
    Rule(
        "messages-indesirables",
        "Messages écrits sur les sites des communes, dits indésirables",
        "personnes qui écrivent à une mairie",
        "après qu’ils ont été dits indésirables",
        30,
        CHOICE,
        Fate.ERASED,
        "socle.websites.messages.forgetting.erase_spam",
    ),
    Rule(
        "elus",
        "Composition du conseil, telle que le site la montre ou l’a montrée",
        "élus et élues de la commune",
        "",
        None,
        "Mission d’intérêt public (RGPD, art. 6, 1, e)\u00a0: qui siège est public. Un portrait se montre avec "
        "l’accord de la personne, et se retire quand elle le reprend.",
        Fate.KEPT,
    ),
    Rule(
        "annuaire",
        "Fiches retirées de l’annuaire d’un site",
        "personnes nommées dans l’annuaire de leur commune",
        "après le retrait de la fiche",
        365,
        "Consentement (RGPD, art. 6, 1, a) : retirée, la fiche n’est plus publiée ; la durée laisse le temps de "
        "corriger un retrait par erreur.",
        Fate.ERASED,
        "socle.websites.directory.forgetting.erase_removed_entries",
    ),
    Rule(
        "anciens-sites",
        "Textes lus sur l’ancien site d’une commune, et qui n’en ont pas été apportés",
        "personnes nommées sur l’ancien site de leur commune",
        "après le début de la lecture",
        180,
        CHOICE,
        Fate.ERASED,
        "socle.websites.importing.forgetting.erase_texts",
    ),
    Rule(
        "audience",
        "Nombres de pages vues sur les sites des communes : des pages, jamais des personnes",
        "personne : ni adresse, ni appareil, ni visiteur n’y est distingué",
        "après le mois compté",
        760,
        "Aucune donnée personnelle. Durée proposée, pour comparer un mois à celui des deux années d’avant.",
        Fate.ERASED,
        "socle.websites.audience.reading.erase_old",
    ),
)

# Models that hold an e-mail address or a telephone number, and the rule that answers for them.
ANSWERED: dict[str, str] = {
    "websites.MunicipalFacts": "contacts-publics",
    "websites.DirectoryEntry": "annuaire",
    "websites.Equipment": "contacts-publics",
    "websites.ContactMessage": "messages-habitants",
    "websites.AlertSubscription": "abonnes-alertes",
}
