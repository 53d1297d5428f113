"""Keeping a document, and reading it back as it was kept."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from typing import BinaryIO, cast

from django.core.files.base import File
from django.db import models, transaction

from socle.documents.models import Document
from socle.documents.rules import (
    EXTENSIONS,
    MAX_SIZE,
    MAX_STREAM,
    ended_in_words,
    why_not_keep_file,
    why_not_set_term,
)
from socle.documents.storage import WrittenOnce
from socle.journal import actions as journal
from socle.lib.refusals import Refused, refuse
from socle.lib.text import slug
from socle.people.models import Beneficiary

# Bytes read at a time.
PIECE = 1024 * 1024
# What was kept within `unless_refused`, and goes if a rule refuses what it was kept for.
_KEPT: ContextVar[list[Document] | None] = ContextVar("kept", default=None)


class Altered(Refused):
    """The file of a kept document is gone, or is no longer what was kept. Nothing of it may be shown."""


class Ended(Altered):
    """The document went at the end of its time, by a rule of retention: its row says what was there, and why."""


def keep(
    content: bytes | BinaryIO,
    *,
    title: str,
    filename: str,
    by: models.Model,
    at: datetime,
    beneficiary: Beneficiary | None = None,
    content_type: str = "application/pdf",
    rule: str = "",
    neutral_title: str = "",
) -> Document:
    """Keep these bytes, or those of this file, read piece by piece; return the document that names them.

    For ever, unless a rule of retention is named: it then ends after the day that `set_term` says, and is called by
    `neutral_title`, which names nobody.

    The file is on the disk, whole, before its row is written; if the row cannot be written the file is removed. When
    the caller's own transaction is rolled back later, the file stays without a row: nothing refers to it, and nothing
    is deleted on a guess. Where a rule may still refuse, it is kept within `unless_refused`.

    Raises `Refused` when the bytes are not a file of this type, are empty, or exceed 50 Mo, 150 Mo for a file.
    """
    most = MAX_SIZE if isinstance(content, bytes) else MAX_STREAM
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    size = source.seek(0, io.SEEK_END)
    source.seek(0)
    refuse(why_not_keep_file(source.read(16), size=size, content_type=content_type, most=most))
    source.seek(0)
    if at.tzinfo is None:
        raise ValueError("an instant must be aware")
    if bool(rule) != bool(neutral_title):
        raise ValueError("a document kept under a rule has a title that names nobody, and no other one has")
    document = Document(
        beneficiary=beneficiary,
        title=title[:200],
        content_type=content_type,
        sha256=_digest(source),
        size=size,
        kept_at=at,
        rule=rule,
        neutral_title=neutral_title[:200],
    )
    source.seek(0)
    document.file.save(safe_filename(filename, content_type), File(source), save=False)
    try:
        with transaction.atomic():
            document.save(force_insert=True)
            journal.record("document.kept", document, by=by, at=at, sha256=document.sha256, size=document.size)
    except BaseException:
        _discard(document)
        raise
    if (together := _KEPT.get()) is not None:
        together.append(document)
    return document


@contextmanager
def unless_refused(*others: type[Exception]) -> Iterator[None]:
    """A transaction whose refusal, or one of these `others`, leaves neither the rows nor the files of what was kept.

    Rules come first; this is for those that are asked by an action which is given the document. A refusal is certain:
    the rows are gone. Whatever else breaks, a commit that is cut among them, deletes nothing.
    """
    before = _KEPT.get()
    made: list[Document] = []
    refusals: tuple[type[Exception], ...] = (Refused, *others)
    token = _KEPT.set(made)
    try:
        with transaction.atomic():
            yield
    except refusals:
        for document in made:
            _discard(document)
        raise
    else:
        if before is not None:
            # It goes with the whole, should the whole be refused.
            before += made
    finally:
        _KEPT.reset(token)


def _discard(document: Document) -> None:
    """Remove the file of a document whose row is gone."""
    storage = document.file.storage
    if isinstance(storage, WrittenOnce) and document.file.name:
        # A storage that does not answer leaves a file without a row: nothing refers to it.
        with contextlib.suppress(OSError):
            storage.discard(document.file.name)


@transaction.atomic
def set_term(document: Document, until: date | None, *, because: str, by: models.Model, at: datetime) -> Document:
    """Say until which day, included, a document is kept, and why then; None while the day is unknown: it is kept."""
    refuse(why_not_set_term(document))
    if until is not None and not because:
        raise ValueError("the end of a document has a reason")
    told = {"kept_until": until, "kept_because": because[:300]}
    if not Document.objects.filter(pk=document.pk, ended_at=None).update(**told):
        document.refresh_from_db()
        refuse(why_not_set_term(document))
    document.refresh_from_db()
    journal.record("document.term_set", document, by=by, at=at, until=until.isoformat() if until else "")
    return document


def read(document: Document) -> bytes:
    """Return the bytes of a document, checked against its SHA-256.

    Raises `Altered` when they are not those kept, `Ended` when they went at the end of their time.
    """
    with open_stream(document) as file:
        return file.read()


@contextmanager
def open_stream(document: Document) -> Iterator[BinaryIO]:
    """Open a document to read it piece by piece; all of it was checked against its SHA-256 before. Raises as `read`."""
    with _checked(document) as file:
        yield file


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while piece := file.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _checked(document: Document) -> BinaryIO:
    _refuse_ended(document)
    try:
        file = cast("BinaryIO", document.file.storage.open(str(document.file.name), "rb"))
        is_kept = _digest(file) == document.sha256
        file.seek(0)
    except FileNotFoundError as error:
        # Ended since its row was read.
        _refuse_ended(Document.objects.get(pk=document.pk))
        raise Altered(
            f"Le fichier du document «\u00a0{document.title}\u00a0» est introuvable\u00a0: "
            "prévenez l’opérateur, qui le rétablira depuis une sauvegarde."
        ) from error
    except OSError as error:
        raise Refused(
            f"Le document «\u00a0{document.title}\u00a0» ne peut pas être lu en ce moment\u00a0: rien n’en est perdu. "
            "Réessayez dans quelques minutes, et prévenez l’opérateur si cela dure."
        ) from error
    if is_kept:
        return file
    file.close()
    raise Altered(
        f"Le fichier du document «\u00a0{document.title}\u00a0» a été modifié depuis qu’il est conservé\u00a0: "
        "il n’est pas montré. Prévenez l’opérateur, qui le rétablira depuis une sauvegarde."
    )


def _refuse_ended(document: Document) -> None:
    if (sentence := ended_in_words(document)) is not None:
        raise Ended(sentence)


def digest_of(content: bytes) -> str:
    """Return the SHA-256 under which these bytes would be kept."""
    return hashlib.sha256(content).hexdigest()


def address_of(document: Document) -> str:
    """Where the file of a document is, for whoever keeps the platform: a path, or an address in the storage."""
    _refuse_ended(document)
    address: str = document.file.storage.address(document.file.name)  # type: ignore[attr-defined]
    return address


def safe_filename(filename: str, content_type: str) -> str:
    """Return a name every system accepts: « Convention n° 12.PDF » → convention-n-12.pdf."""
    base = filename.replace("\\", "/").rsplit("/", 1)[-1]
    stem = base.rsplit(".", 1)[0] if "." in base else base
    return (slug(stem)[:80].strip("-_") or "document") + EXTENSIONS[content_type]
