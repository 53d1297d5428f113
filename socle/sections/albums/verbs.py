"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Sites internet"
VERBS: dict[str, str] = {
    "website.pictures_added": "Photographies ajoutées à un album",
}
