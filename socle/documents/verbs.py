"""The verbs that this room writes in the journal, and their French words."""

FAMILY = "Modèles et documents"
VERBS: dict[str, str] = {
    "document.ended": "Document détruit au terme de sa conservation",
    "document.kept": "Document conservé",
    "document.term_set": "Terme de conservation d’un document fixé",
    "text.draft_discarded": "Projet de texte mis de côté",
    "text.draft_restored": "Projet de texte repris",
    "text.draft_saved": "Projet de texte enregistré",
    "text.published": "Texte publié",
    "upload.infected": "Fichier refusé par l’antivirus",
}
