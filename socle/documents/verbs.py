"""The verbs that this room writes in the journal, and their French words."""

VERBS: dict[str, str] = {
    "document.kept": "Document conservé",
    "text.published": "Texte publié",
    "upload.infected": "Fichier refusé par l’antivirus",
}
