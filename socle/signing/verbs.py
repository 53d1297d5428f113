"""The verbs that this room writes in the journal, and their French words."""

VERBS: dict[str, str] = {
    "round.closed": "Parapheur clos, toutes les places sont signées",
    "round.opened": "Parapheur ouvert",
    "slot.signed": "Place de signature remplie",
}
