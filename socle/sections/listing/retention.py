"""Retention rules of this room: how long its personal data is kept."""

from socle.lib.declared import Ending, Fate, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "annuaire",
        "Fiches retirées de l’annuaire d’un site",
        "personnes nommées dans l’annuaire de leur commune",
        "après le retrait de la fiche",
        365,
        "Consentement (RGPD, art. 6, 1, a) : retirée, la fiche n’est plus publiée ; la durée laisse le temps de "
        "corriger un retrait par erreur.",
        Fate.ERASED,
        "socle.sections.listing.actions.erase_removed_entries",
        ends=Ending.MACHINE,
        because="Une fiche déjà retirée par la mairie, publiée avec l’accord de la personne qui l’a repris.",
    ),
)

# Models that hold an e-mail address or a telephone number, and the rule that answers for them.
ANSWERED: dict[str, str] = {
    "listing.ListingEntry": "annuaire",
}
