"""Accessibility of a file put on a site, for whoever reads it otherwise than with their eyes: advice, never a refusal.

A PDF is opened by pikepdf, within the limits that `socle.documents.rules` sets for the whole process.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pikepdf
from django.db import models, transaction

from socle.documents import rules
from socle.sites.models.media import CommuneDocument, DocumentFlaw

log = logging.getLogger("socle.sites")
assert rules.MAX_UPLOAD  # The limits of the library are set by this module.

Code = DocumentFlaw.Code
# What to do, in words that need no training.
ADVICE: dict[str, str] = {
    Code.UNREADABLE: "Le fichier n’a pas pu être lu\u00a0: ouvrez-le pour le vérifier, puis déposez-le de nouveau.",
    Code.SCANNED: "C’est une image de texte\u00a0: personne ne peut l’écouter ni y chercher un mot. Déposez plutôt le "
    "fichier qui a été imprimé, ou passez la reconnaissance de caractères du logiciel de numérisation.",
    Code.UNTAGGED: "Il n’a pas de structure\u00a0: un lecteur d’écran n’y trouve ni titres ni ordre de lecture. Depuis "
    "le traitement de texte, exportez en «\u00a0PDF balisé\u00a0» (ou «\u00a0PDF/UA\u00a0»).",
    Code.OLD_FORMAT: "C’est un ancien format, que tout le monde ne peut pas ouvrir\u00a0: enregistrez-le en PDF "
    "balisé.",
}
# Pages looked at for their characters, ancestors of a page asked for what it inherits, forms within forms.
MOST_PAGES, MOST_ANCESTORS = 30, 20
MOST_AT_ONCE = 20


def flaws_in(content: bytes, *, suffix: str) -> list[str]:
    """Return the codes of what hinders the reading of a file, in the order of the advice."""
    if suffix in {".doc", ".xls", ".ppt"}:
        return [Code.OLD_FORMAT]
    if suffix != ".pdf":
        return []
    try:
        found = set(_pdf(content))
    except Exception as error:  # Bytes from anywhere: whatever they make the reader do is an advice, never a failure.
        log.info("document.unreadable error=%s", type(error).__name__)
        return [Code.UNREADABLE]
    return [code for code in ADVICE if code in found]


def _pdf(content: bytes) -> Iterable[str]:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        marks = pdf.Root.get("/MarkInfo")
        is_marked = isinstance(marks, pikepdf.Dictionary) and bool(marks.get("/Marked"))
        if not (is_marked and "/StructTreeRoot" in pdf.Root):
            yield Code.UNTAGGED
        resources = [_resources(page.obj) for page in list(pdf.pages)[:MOST_PAGES]]
        if any(_has(one, "/XObject") for one in resources) and not any(_has_characters(one) for one in resources):
            yield Code.SCANNED


def _resources(page: Any) -> Any:
    """What a page draws with, its own or its ancestors'."""
    for _ in range(MOST_ANCESTORS):
        if (found := page.get("/Resources")) is not None:
            return found
        page = page.get("/Parent")
        if page is None:
            break
    return pikepdf.Dictionary()


def _has(resources: Any, name: str) -> bool:
    found = resources.get(name)
    return isinstance(found, pikepdf.Dictionary) and len(found.keys()) > 0


def _has_characters(resources: Any, depth: int = 0) -> bool:
    """A page without a font writes nothing; what it places may have fonts of its own."""
    if _has(resources, "/Font"):
        return True
    if depth > 3 or not _has(resources, "/XObject"):
        return False
    placed = [resources["/XObject"][name] for name in list(resources["/XObject"].keys())[:50]]
    inner = [one.get("/Resources") for one in placed if isinstance(one, pikepdf.Stream)]
    return any(_has_characters(one, depth + 1) for one in inner if isinstance(one, pikepdf.Dictionary))


# --- Kept beside each file -------------------------------------------------------------------------------------------
def is_due(document: CommuneDocument) -> bool:
    """Say whether this file was never examined, or has been replaced since."""
    return document.examined_at is None or document.examined_hash != document.file_hash


def examine_due(documents: Iterable[CommuneDocument], *, at: datetime) -> int:
    """Examine those of these files that changed, a few at a time; return how many."""
    due = [document for document in documents if is_due(document)][:MOST_AT_ONCE]
    for document in due:
        keep_flaws(document, at=at)
    return len(due)


@transaction.atomic
def keep_flaws(document: CommuneDocument, *, at: datetime) -> list[str]:
    """Examine a file and keep what hinders its reading."""
    suffix = f".{document.file_extension.lower()}"
    try:
        with document.file.storage.open(str(document.file.name)) as file:
            codes = flaws_in(file.read(), suffix=suffix)
    except OSError:
        codes = [Code.UNREADABLE]
    document.examined_at, document.examined_hash = at, document.file_hash
    is_pdf = suffix == ".pdf"
    document.is_tagged = not {Code.UNTAGGED, Code.UNREADABLE} & set(codes) if is_pdf else None
    # Not `save`: nothing that the site shows has changed.
    models.QuerySet(CommuneDocument).filter(pk=document.pk).update(
        examined_at=at, examined_hash=document.file_hash, is_tagged=document.is_tagged
    )
    document.flaws.all().delete()
    DocumentFlaw.objects.bulk_create(DocumentFlaw(document=document, code=code) for code in codes)
    return codes


def advice_for(document: CommuneDocument) -> list[str]:
    """Return what could be better in a file, as sentences, in the order that matters."""
    found = {flaw.code for flaw in document.flaws.all()}
    return [sentence for code, sentence in ADVICE.items() if code in found]
