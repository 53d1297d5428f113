"""Accessibility of a PDF put on a site, for whoever cannot read it with their eyes: advice, never a refusal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import models

from socle.lib import pdf_checks
from socle.lib.refusals import Refused
from socle.sites.models.media import CommuneDocument

ADVICE = (
    "Ce PDF n’a pas de structure\u00a0: un lecteur d’écran n’y trouve ni titres ni ordre de lecture. Depuis le "
    "traitement de texte, exportez en «\u00a0PDF balisé\u00a0» (ou «\u00a0PDF/UA\u00a0»)\u00a0; un document "
    "numérisé passe d’abord par la reconnaissance de caractères."
)
MOST_AT_ONCE = 20


def is_tagged(content: bytes) -> bool:
    """Say whether a PDF has a structure that a screen reader follows; one that cannot be read has none."""
    try:
        return pdf_checks.check(content, may_repair=True).is_tagged
    except Refused:
        return False


def examine_due(documents: Iterable[CommuneDocument], *, at: datetime) -> int:
    """Examine those of these files that are new, or were replaced, a few at a time; return how many."""
    due = [one for one in documents if one.examined_at is None or one.examined_hash != one.file_hash][:MOST_AT_ONCE]
    for document in due:
        document.examined_at, document.examined_hash, document.is_tagged = at, document.file_hash, None
        if document.file_extension.lower() == "pdf":
            try:
                with document.file.storage.open(str(document.file.name)) as file:
                    document.is_tagged = is_tagged(file.read())
            except OSError:
                document.is_tagged = False
        # Not `save`: nothing that the site shows has changed.
        models.QuerySet(CommuneDocument).filter(pk=document.pk).update(
            examined_at=at, examined_hash=document.examined_hash, is_tagged=document.is_tagged
        )
    return len(due)
