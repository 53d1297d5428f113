"""The verbs that this room writes in the journal, and their French words."""

from __future__ import annotations

VERBS: dict[str, str] = {
    "document.kept": "Document conservé",
    "text.published": "Texte publié",
    "upload.infected": "Fichier refusé par l’antivirus",
}
