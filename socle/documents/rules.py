"""What may be kept."""

from __future__ import annotations

MAX_SIZE = 50 * 1024 * 1024
EXTENSIONS = {
    "application/pdf": ".pdf",
    "application/json": ".json",
    "application/zip": ".zip",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "text/csv": ".csv",
    "text/plain": ".txt",
}
_STARTS = {
    "application/pdf": b"%PDF-",
    "application/zip": b"PK",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}


def why_not_keep(content: bytes, *, content_type: str) -> str | None:
    """Say in French why these bytes cannot be kept as a file of this type, or None."""
    if content_type not in EXTENSIONS:
        return "Ce type de fichier n’est pas accepté : déposez un PDF."
    if not content:
        return "Le fichier est vide : choisissez-en un autre."
    if len(content) > MAX_SIZE:
        return "Le fichier dépasse 50\u00a0Mo : réduisez-le avant de le déposer."
    if not content.startswith(_STARTS.get(content_type, b"")):
        kind = "un PDF" if content_type == "application/pdf" else "du type annoncé"
        return f"Ce fichier n’est pas {kind}\u00a0: ouvrez-le pour le vérifier, puis déposez-le de nouveau."
    return None
