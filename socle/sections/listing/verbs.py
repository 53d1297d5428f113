"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Sites internet"
VERBS: dict[str, str] = {
    "website.directory_opened": "Annuaire du site ouvert",
    "website.entries_imported": "Fiches importées dans l’annuaire du site",
    "website.entry_added": "Fiche ajoutée à l’annuaire du site",
    "website.entry_changed": "Fiche de l’annuaire du site corrigée",
    "website.entry_put_back": "Fiche remise dans l’annuaire du site",
    "website.entry_removed": "Fiche retirée de l’annuaire du site",
}
