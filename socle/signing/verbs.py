"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Signatures"
VERBS: dict[str, str] = {
    "paper.attested": "Papier attesté par une seconde personne",
    "paper.contested": "Signature sur papier contestée, la place est de nouveau libre",
    "paper.recorded": "Signature sur papier enregistrée, avec sa numérisation",
    "paper.settled": "Signature sur papier acquise",
    "reading.kept": "Liste de documents relue, pour être signée d’un geste",
    "round.closed": "Parapheur clos, toutes les places sont signées",
    "round.opened": "Parapheur ouvert",
    "slot.signed": "Place de signature remplie",
    "trusted_list.kept": "Liste de confiance lue",
}
