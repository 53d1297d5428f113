"""What a file put on a site says to whoever reads it otherwise than with their eyes: advice, never a refusal.

A PDF is opened by pikepdf, within the limits that `socle.documents.rules` sets for the whole process; an office
document is a bundle of XML, of which a bounded part is read, without following any entity.
"""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pikepdf
from django.db import models, transaction
from lxml import etree  # type: ignore[import-untyped]

from socle.documents import rules
from socle.websites.models.media import CommuneDocument, DocumentFlaw

log = logging.getLogger("socle.websites")
assert rules.MAX_UPLOAD  # The limits of the library are set by this module.

Code = DocumentFlaw.Code
# What to do, in words that need no training.
ADVICE: dict[str, str] = {
    Code.UNREADABLE: "Le fichier n’a pas pu être lu\u00a0: ouvrez-le pour le vérifier, puis déposez-le de nouveau.",
    Code.LOCKED: "Il interdit aux lecteurs d’écran de lire son texte\u00a0: enregistrez-le sans protection.",
    Code.SCANNED: "C’est une image de texte\u00a0: personne ne peut l’écouter ni y chercher un mot. Déposez plutôt le "
    "fichier qui a été imprimé, ou passez la reconnaissance de caractères du logiciel de numérisation.",
    Code.UNTAGGED: "Il n’a pas de structure\u00a0: un lecteur d’écran n’y trouve ni titres ni ordre de lecture. Depuis "
    "le traitement de texte, exportez en «\u00a0PDF balisé\u00a0» (ou «\u00a0PDF/UA\u00a0»).",
    Code.UNTITLED: "Il n’a pas de titre\u00a0: avant d’exporter, écrivez-le dans «\u00a0Fichier, Propriétés\u00a0».",
    Code.NO_LANGUAGE: "Sa langue n’est pas dite\u00a0: un lecteur d’écran le lira peut-être avec l’accent anglais. "
    "Réglez la langue du document sur «\u00a0français\u00a0» avant d’exporter.",
    Code.NO_HEADINGS: "Il n’a pas de titres\u00a0: donnez aux siens les styles «\u00a0Titre 1\u00a0», "
    "«\u00a0Titre 2\u00a0»…",
    Code.MUTE_PICTURES: "Des images n’y ont pas de description\u00a0: clic droit sur l’image, «\u00a0Texte de "
    "remplacement\u00a0».",
    Code.OLD_FORMAT: "C’est un ancien format, que tout le monde ne peut pas ouvrir\u00a0: enregistrez-le en PDF "
    "balisé.",
}
# Pages looked at for their characters, ancestors of a page asked for what it inherits, forms within forms.
MOST_PAGES, MOST_ANCESTORS = 30, 20
# A text shorter than a page needs no headings.
LONG_TEXT = 3000
# Bytes of XML read of one document; what lies beyond is not judged.
MOST_XML = 8 * 1024 * 1024
MOST_AT_ONCE = 20
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
TEXT, DRAW = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}", "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"


def flaws_in(content: bytes, *, suffix: str) -> list[str]:
    """Return the codes of what hinders the reading of a file, in the order of the advice."""
    reader = {".pdf": _pdf, ".docx": _word, ".odt": _open_text}.get(suffix)
    if suffix in {".doc", ".xls", ".ppt"}:
        return [Code.OLD_FORMAT]
    if reader is None:
        return []
    try:
        found = set(reader(content))
    except Exception as error:  # Bytes from anywhere: whatever they make the reader do is an advice, never a failure.
        log.info("document.unreadable error=%s", type(error).__name__)
        return [Code.UNREADABLE]
    return [code for code in ADVICE if code in found]


def _pdf(content: bytes) -> Iterable[str]:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        if pdf.is_encrypted and not pdf.allow.accessibility:
            yield Code.LOCKED
        marks = pdf.Root.get("/MarkInfo")
        is_marked = isinstance(marks, pikepdf.Dictionary) and bool(marks.get("/Marked"))
        if not (is_marked and "/StructTreeRoot" in pdf.Root):
            yield Code.UNTAGGED
        if not str(pdf.docinfo.get("/Title", "")).strip() and not _title_in_metadata(pdf):
            yield Code.UNTITLED
        if not str(pdf.Root.get("/Lang", "")).strip():
            yield Code.NO_LANGUAGE
        resources = [_resources(page.obj) for page in list(pdf.pages)[:MOST_PAGES]]
        if any(_has(one, "/XObject") for one in resources) and not any(_has_characters(one) for one in resources):
            yield Code.SCANNED


def _title_in_metadata(pdf: pikepdf.Pdf) -> str:
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        return str(metadata.get("dc:title", "") or "").strip()


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


def _xml(content: bytes, entry: str) -> Iterable[Any]:
    """Yield the elements of a part of a bundle as they end; entities are left alone, and nothing is fetched."""
    with zipfile.ZipFile(io.BytesIO(content)) as bundle, bundle.open(entry) as part:
        text = part.read(MOST_XML + 1)
    if len(text) > MOST_XML:
        return
    options = {"resolve_entities": False, "no_network": True, "huge_tree": False}
    for _, element in etree.iterparse(io.BytesIO(text), events=("end",), **options):
        yield element


def _word(content: bytes) -> Iterable[str]:
    letters, has_heading, is_mute = 0, False, False
    for element in _xml(content, "word/document.xml"):
        if element.tag == f"{WORD}t":
            letters += len(element.text or "")
        elif element.tag == f"{WORD}pStyle":
            # « Titre1 » in French, « Heading1 » in English.
            has_heading |= (element.get(f"{WORD}val") or "").lower().startswith(("titre", "heading", "title"))
        elif element.tag == f"{WORD}outlineLvl":
            has_heading = True
        elif element.tag == f"{DRAWING}docPr":
            is_mute |= not (element.get("descr") or element.get("title"))
    if letters > LONG_TEXT and not has_heading:
        yield Code.NO_HEADINGS
    if is_mute:
        yield Code.MUTE_PICTURES


def _open_text(content: bytes) -> Iterable[str]:
    letters, has_heading, is_mute = 0, False, False
    for element in _xml(content, "content.xml"):
        if element.tag in {f"{TEXT}p", f"{TEXT}span"}:
            letters += len(element.text or "") + len(element.tail or "")
        elif element.tag == f"{TEXT}h":
            has_heading = True
        elif element.tag == f"{DRAW}frame" and element.find(f"{DRAW}image") is not None:
            is_mute |= element.find(f"{SVG}desc") is None and element.find(f"{SVG}title") is None
    if letters > LONG_TEXT and not has_heading:
        yield Code.NO_HEADINGS
    if is_mute:
        yield Code.MUTE_PICTURES


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
