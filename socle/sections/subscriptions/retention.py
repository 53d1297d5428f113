"""Retention rules of this room: how long its personal data is kept."""

from __future__ import annotations

from socle.lib.declared import CHOICE, Ending, Fate, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "abonnes-alertes-non-confirmes",
        "Adresses laissées pour recevoir les alertes d’un site, jamais confirmées",
        "habitants qui demandent les alertes de leur commune",
        "après leur dépôt",
        7,
        CHOICE,
        Fate.ERASED,
        "socle.sections.subscriptions.erasure.erase_unconfirmed",
        ends=Ending.MACHINE,
        because="Un jeton\u00a0: l’adresse n’a jamais été confirmée.",
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
        ends=Ending.MACHINE,
        because="Une adresse d’envoi, effacée aussitôt que la personne le demande.",
    ),
)

# Models that hold an e-mail address or a telephone number, and the rule that answers for them.
ANSWERED: dict[str, str] = {
    "subscriptions.AlertSubscription": "abonnes-alertes",
}
