"""Rules: what may be kept, and until when."""

from __future__ import annotations

import io
import logging
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

import pikepdf

from socle.documents.models import Document
from socle.lib import dates

# What a stream of a file from outside may unfold to: a bomb of 20 Mo would otherwise fill the memory of the machine.
# The limit is the library's and holds for the whole process; our own documents stay a hundred times below it.
_MOST_MEMORY = 96 * 1024 * 1024
pikepdf.settings.set_qpdf_limits(
    flate_max_memory=_MOST_MEMORY,
    png_max_memory=_MOST_MEMORY,
    tiff_max_memory=_MOST_MEMORY,
    run_length_max_memory=_MOST_MEMORY,
)

logger = logging.getLogger(__name__)

MAX_SIZE = 50 * 1024 * 1024
# What is read and kept piece by piece: the most that the transmission of an act may weigh.
MAX_STREAM = 150 * 1024 * 1024
# What a person may hand over through a screen; a scanned deliberation weighs a few megabytes.
MAX_UPLOAD = 20 * 1024 * 1024
# What makes a PDF act on whoever opens it. An act is read, it does nothing.
_ACTIVE_NAMES = ("/JavaScript", "/JS", "/Launch", "/ImportData", "/SubmitForm", "/RichMedia", "/GoToE")
_ACTIVE_KEYS = ("/JS", "/XFA")
_MOST_OBJECTS = 200_000
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


def _why_not_read(content: bytes, *, may_repair: bool) -> str | None:
    try:
        with pikepdf.open(io.BytesIO(content), attempt_recovery=may_repair) as pdf:
            if not len(pdf.pages):
                return "Ce PDF n’a aucune page\u00a0: déposez-en un autre."
            if len(pdf.objects) > _MOST_OBJECTS or any(_is_active(thing) for thing in _things(pdf)):
                return (
                    "Ce PDF contient un programme ou un formulaire qui s’exécute\u00a0: il n’est pas accepté. "
                    "Imprimez-le en PDF, ou numérisez le document signé, puis déposez-le de nouveau."
                )
    except pikepdf.PasswordError:
        return (
            "Ce PDF est protégé par un mot de passe\u00a0: enregistrez-le sans protection, puis déposez-le de nouveau."
        )
    except Exception as error:  # Bytes from anywhere: whatever they make the reader do is a refusal, never a failure.
        logger.info("upload.unreadable error=%s", type(error).__name__)
        return "Ce PDF est abîmé ou incomplet\u00a0: ouvrez-le pour le vérifier, puis déposez-le de nouveau."
    return None


def _things(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Every dictionary of the file, those inside others included, without recursion."""
    waiting = [*pdf.objects, pdf.Root]
    seen = 0
    while waiting:
        thing = waiting.pop()
        seen += 1
        if seen > 5 * _MOST_OBJECTS:
            raise ValueError("too many objects")
        if isinstance(thing, pikepdf.Array):
            waiting += _direct(thing.as_list())
        elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            yield thing
            waiting += _direct(value for _, value in thing.items())


def _direct(values: Iterable[Any]) -> list[pikepdf.Object]:
    """Those that are part of the object; the others are objects of their own, and are met there."""
    kinds = (pikepdf.Array, pikepdf.Dictionary)
    return [value for value in values if isinstance(value, kinds) and not value.is_indirect]


def _is_active(thing: pikepdf.Object) -> bool:
    if any(key in thing for key in _ACTIVE_KEYS):
        return True
    return any(
        str(thing[key]) in _ACTIVE_NAMES for key in ("/S", "/Subtype") if isinstance(thing.get(key), pikepdf.Name)
    )
