"""Rules: what may be kept, and until when."""

from __future__ import annotations

import unicodedata

from socle.documents.models import Document
from socle.lib import dates, pdf_checks
from socle.lib.pdf_checks import Fault
from socle.lib.refusals import Refused

MAX_SIZE = 50 * 1024 * 1024
# What is read and kept piece by piece: the most that the transmission of an act may weigh.
MAX_STREAM = 150 * 1024 * 1024
# What a person may hand over through a screen; a scanned deliberation weighs a few megabytes.
MAX_UPLOAD = 20 * 1024 * 1024
EXTENSIONS = {
    "application/pdf": ".pdf",
    "application/gzip": ".tar.gz",
    "application/json": ".json",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "text/csv": ".csv",
    "text/plain": ".txt",
}
# Control, format (directions of writing, spaces without width), private, unknown, separators of lines.
_UNSEEN = ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp")
_STARTS = {
    "application/gzip": b"\x1f\x8b",
    "application/pdf": b"%PDF-",
    "application/xml": b"<",
    "application/zip": b"PK",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}


def why_not_keep(content: bytes, *, content_type: str) -> str | None:
    """Say in French why these bytes cannot be kept as a file of this type, or None."""
    return why_not_keep_file(content[:16], size=len(content), content_type=content_type, most=MAX_SIZE)


def why_not_keep_file(head: bytes, *, size: int, content_type: str, most: int = MAX_STREAM) -> str | None:
    """Say in French why a file of so many bytes, of which these are the first, cannot be kept as this type, or None."""
    if content_type not in EXTENSIONS:
        return "Ce type de fichier n’est pas accepté\u00a0: déposez un PDF."
    if not size:
        return "Le fichier est vide : choisissez-en un autre."
    if size > most:
        return f"Le fichier dépasse {most // 1024**2}\u00a0Mo\u00a0: réduisez-le avant de le déposer."
    if not head.startswith(_STARTS.get(content_type, b"")):
        kind = "un PDF" if content_type == "application/pdf" else "du type annoncé"
        return f"Ce fichier n’est pas {kind}\u00a0: ouvrez-le pour le vérifier, puis déposez-le de nouveau."
    return None


def why_not_set_term(document: Document) -> str | None:
    """Say in French why no last day can be given to this document, or None."""
    if not document.rule:
        return f"Le document «\u00a0{document.title}\u00a0» est conservé sans terme\u00a0: aucune règle ne le détruit."
    return ended_in_words(document)


def ended_in_words(document: Document) -> str | None:
    """Say in French when a document went, at the end of which time, and why then; None while it is there."""
    if document.ended_at is None or document.kept_until is None:
        return None
    day, term = dates.in_words(dates.day_of(document.ended_at)), dates.in_words(document.kept_until)
    return (
        f"Le document «\u00a0{document.title}\u00a0» a été détruit le {day}, au terme de sa conservation, le "
        f"{term}\u00a0: {document.kept_because}. Son empreinte et sa taille restent."
    )


# The longest agreement we know has a tenth of this; beyond, comparing and composing it would hold the machine.
MOST_CHARACTERS = 200_000
MOST_LINES = 4_000


def why_not_words(body: str) -> str | None:
    """Say in French why these words cannot be kept as the draft of a text, or None: whether they parse is not asked.

    Refused with its line: what would not be seen where it stands, as a direction of writing or a control character.
    """
    if not body.strip():
        return "Le texte est vide\u00a0: écrivez-le, ou déposez un fichier."
    if len(body) > MOST_CHARACTERS or body.count("\n") > MOST_LINES:
        return "Ce texte est trop long pour être un acte\u00a0: vérifiez le fichier."
    for number, line in enumerate(body.split("\n"), 1):
        for sign in line:
            if sign == "\ufffc" or (sign != "\t" and unicodedata.category(sign) in _UNSEEN):
                return (
                    f"Texte, ligne {number}\u00a0: un caractère invisible (U+{ord(sign):04X}) ne s’écrit pas dans un "
                    "acte. Effacez-le, puis recommencez."
                )
    return None


def why_not_upload(content: bytes, *, most: int = MAX_UPLOAD) -> str | None:
    """Say in French why a file handed over by a person is not accepted, or None: a PDF that opens, and does nothing.

    The kind is told by the bytes, never by the name. Refused: what is not a PDF from its first byte, what a reader must
    repair, what asks for a password, what holds scripts, forms that run, or commands.
    """
    if len(content) > most:
        size = f"{most // 1024**2}\u00a0Mo"
        return f"Le fichier dépasse {size}\u00a0: numérisez-le en 200 points par pouce, puis déposez-le de nouveau."
    if content.startswith((_STARTS["image/jpeg"], _STARTS["image/png"])):
        return (
            "Ce fichier est une photographie, et non un PDF\u00a0: réunissez les pages en un seul PDF, ce que font les "
            "applications de numérisation des téléphones, puis déposez-le."
        )
    if reason := why_not_keep(content, content_type="application/pdf"):
        return reason
    return _why_not_read(content, may_repair=False)


def why_not_publish_pdf(content: bytes) -> str | None:
    """Say in French why a PDF may not be given to the public, or None: it opens, perhaps mended, and does nothing.

    Many an honest PDF has a table of contents that readers mend by themselves: it may be read, and it is no act.
    """
    if not content.startswith(_STARTS["application/pdf"]):
        return "Ce fichier n’est pas un PDF\u00a0: ouvrez-le pour le vérifier, puis déposez-le de nouveau."
    return _why_not_read(content, may_repair=True)


_FAULTS = {
    Fault.LOCKED: (
        "Ce PDF est protégé par un mot de passe\u00a0: enregistrez-le sans protection, puis déposez-le de nouveau."
    ),
    Fault.EMPTY: "Ce PDF n’a aucune page\u00a0: déposez-en un autre.",
    Fault.ACTIVE: (
        "Ce PDF contient un programme ou un formulaire qui s’exécute\u00a0: il n’est pas accepté. "
        "Imprimez-le en PDF, ou numérisez le document signé, puis déposez-le de nouveau."
    ),
    Fault.DAMAGED: "Ce PDF est abîmé ou incomplet\u00a0: ouvrez-le pour le vérifier, puis déposez-le de nouveau.",
    Fault.COSTLY: (
        "Lire ce PDF demande bien plus que n’en demande un document\u00a0: il n’est pas lu plus loin. Imprimez-le en "
        "PDF, puis déposez le nouveau fichier."
    ),
}


def _why_not_read(content: bytes, *, may_repair: bool) -> str | None:
    try:
        fault = pdf_checks.check(content, may_repair=may_repair).fault
    except Refused as busy:
        return busy.sentence
    return _FAULTS[fault] if fault else None
