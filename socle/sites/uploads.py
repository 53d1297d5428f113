"""The files a commune puts on its site, judged by their bytes: what they are, what they weigh, what they would do.

Nobody of ours opens an office document: what is measured here is what it says it unfolds to, for the visitor's sake.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import BinaryIO

from socle.documents.rules import MAX_UPLOAD, why_not_publish_pdf

# What an office document may unfold to; the longest reports stay far below.
MOST_UNFOLDED, MOST_ENTRIES = 300 * 1024 * 1024, 10_000
AGAIN = "ouvrez-le pour le vérifier, puis déposez-le de nouveau."
MACROS = (
    "Ce document contient des macros, c’est-à-dire un programme\u00a0: enregistrez-le sans elles, ou en PDF, puis "
    "déposez-le de nouveau."
)
# The first bytes of the office documents of before 2007.
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What a browser would take for a page, had it to guess.
PAGE = re.compile(rb"<\s*(!doctype|html|head|body|script|svg|iframe|\?xml)\b|<\?xml", re.IGNORECASE)
OPEN_DOCUMENTS = {
    ".odt": b"application/vnd.oasis.opendocument.text",
    ".ods": b"application/vnd.oasis.opendocument.spreadsheet",
    ".odp": b"application/vnd.oasis.opendocument.presentation",
}
OFFICE_FOLDERS = {".docx": "word/", ".xlsx": "xl/", ".pptx": "ppt/"}


def why_not_publish_file(file: BinaryIO, *, name: str, size: int) -> str | None:
    """Say in French why this file cannot go on a site, or None. `size` is in bytes; the file is read, and rewound."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in KINDS:
        return f"Un fichier «\u00a0{suffix or name}\u00a0» n’est pas accepté\u00a0: enregistrez le document en PDF."
    if not size:
        return "Le fichier est vide\u00a0: choisissez-en un autre."
    if size > MAX_UPLOAD:
        return "Le fichier dépasse 20\u00a0Mo\u00a0: réduisez-le, ou partagez-le en plusieurs."
    file.seek(0)
    try:
        return KINDS[suffix](file, suffix)
    finally:
        file.seek(0)


def _pdf(file: BinaryIO, suffix: str) -> str | None:
    return why_not_publish_pdf(file.read())


def _old_office(file: BinaryIO, suffix: str) -> str | None:
    # Its macros cannot be told without opening it: it is only ever downloaded, and the visitor's software asks.
    return None if file.read(len(OLD_OFFICE)) == OLD_OFFICE else _not_what_it_says(suffix)


def _office(file: BinaryIO, suffix: str) -> str | None:
    """A bundle of files: Office Open XML (ISO/IEC 29500), or OpenDocument (ISO/IEC 26300)."""
    try:
        with zipfile.ZipFile(file) as bundle:
            entries = bundle.infolist()
            names = [entry.filename for entry in entries]
            if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNFOLDED:
                return "Ce document se déplie en un fichier démesuré\u00a0: enregistrez-le en PDF."
            if any(entry.flag_bits & 1 for entry in entries):
                return "Ce document est protégé par un mot de passe\u00a0: enregistrez-le sans protection."
            if suffix in OPEN_DOCUMENTS:
                is_it = _said_kind(bundle, names) == OPEN_DOCUMENTS[suffix]
            else:
                is_it = "[Content_Types].xml" in names and any(n.startswith(OFFICE_FOLDERS[suffix]) for n in names)
    except Exception:  # Bytes from anywhere: whatever they make the reader do is a refusal, never a failure.
        return _not_what_it_says(suffix)
    if not is_it:
        return _not_what_it_says(suffix)
    if any("vbaproject" in name.lower() or re.match(r"(Basic|Scripts)/", name) for name in names):
        return MACROS
    return None


def _said_kind(bundle: zipfile.ZipFile, names: list[str]) -> bytes:
    if "mimetype" not in names:
        return b""
    with bundle.open("mimetype") as entry:
        return entry.read(100).strip()


def _text(file: BinaryIO, suffix: str) -> str | None:
    content = file.read()
    if b"\0" in content or PAGE.search(content[:4096]):
        return _not_what_it_says(suffix)
    if suffix == ".ics" and not content.removeprefix(b"\xef\xbb\xbf").lstrip().upper().startswith(b"BEGIN:VCALENDAR"):
        return _not_what_it_says(suffix)
    return None


def _not_what_it_says(suffix: str) -> str:
    return f"Ce fichier n’est pas un «\u00a0{suffix}\u00a0», ou il est abîmé\u00a0: {AGAIN}"


KINDS: dict[str, Callable[[BinaryIO, str], str | None]] = {
    ".pdf": _pdf,
    **dict.fromkeys((".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp"), _office),
    **dict.fromkeys((".doc", ".xls", ".ppt"), _old_office),
    **dict.fromkeys((".txt", ".csv", ".ics"), _text),
}
