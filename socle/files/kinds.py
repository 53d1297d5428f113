"""Type of a file, by its first bytes, and what may be shown of it. Nothing is opened, unfolded or run."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

# How many of the first bytes are looked at.
HEAD = 4096
BYTES, TEXT, PAGE, BUNDLE, OFFICE = (
    "application/octet-stream", "text/plain", "text/html", "application/zip", "application/x-ole-storage",
)  # fmt: skip
PDF, PNG, JPEG, GIF, WEBP = "application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp"
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"%PDF-", PDF),
    (b"PK\x03\x04", BUNDLE),
    (b"PK\x05\x06", BUNDLE),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OFFICE),
)
# What a browser would take for a page, or for a drawing that runs scripts.
_PAGE = re.compile(rb"<\s*(!doctype|html|head|body|script|svg|iframe|\?xml)\b|<\?xml", re.IGNORECASE)
# What a bundle or an old office document is, by its name: their bytes alone do not say without opening them.
_BY_NAME: dict[str, dict[str, str]] = {
    BUNDLE: {
        ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ".odt": "application/vnd.oasis.opendocument.text",
        ".ods": "application/vnd.oasis.opendocument.spreadsheet",
        ".odp": "application/vnd.oasis.opendocument.presentation",
    },
    OFFICE: {
        ".doc": "application/msword",
        ".xls": "application/vnd.ms-excel",
        ".ppt": "application/vnd.ms-powerpoint",
    },
    TEXT: {".csv": "text/csv", ".ics": "text/calendar", ".vcf": "text/vcard"},
}
_WORDS: tuple[tuple[tuple[str, ...], str], ...] = (
    ((PNG, JPEG, GIF, WEBP), "image"),
    ((PDF,), "document PDF"),
    (("text/csv", *(_BY_NAME[BUNDLE][end] for end in (".xlsx", ".ods")), _BY_NAME[OFFICE][".xls"]), "tableau"),
    ((*(_BY_NAME[BUNDLE][end] for end in (".docx", ".odt")), _BY_NAME[OFFICE][".doc"]), "texte mis en forme"),
    ((*(_BY_NAME[BUNDLE][end] for end in (".pptx", ".odp")), _BY_NAME[OFFICE][".ppt"]), "présentation"),
    ((BUNDLE,), "archive"),
    ((PAGE,), "page ou dessin"),
    ((TEXT,), "texte"),
)
PICTURES = frozenset({PNG, JPEG, GIF, WEBP})


def kind_of(head: bytes) -> str:
    """Say what these first bytes are; `application/octet-stream` when they say nothing."""
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if b"\0" in head:
        return BYTES
    if _PAGE.search(head):
        return PAGE
    # A character may be cut at the end of what is looked at.
    for end in range(len(head), max(-1, len(head) - 4), -1):
        try:
            head[:end].decode()
        except UnicodeDecodeError:
            continue
        return TEXT
    return BYTES


def served_as(name: str, kind: str) -> str:
    """The type under which a file of this name, made of these bytes, is sent."""
    return _BY_NAME.get(kind, {}).get(PurePosixPath(name).suffix.lower(), kind)


def in_words(content_type: str) -> str:
    """Return the kind of the file in French."""
    return next((words for kinds, words in _WORDS if content_type in kinds), "fichier")


def is_shown(content_type: str) -> bool:
    """Whether a browser may show it by itself: pictures, PDF. Anything else is kept, never opened as a page."""
    return content_type in PICTURES or content_type == PDF
