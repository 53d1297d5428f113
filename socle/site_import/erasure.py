"""Erasure of what was read on a former site and never imported: its texts may name people."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.core.files.storage import default_storage
from django.db import models, transaction
from django_scopes import scopes_disabled

from socle.site_import.models import TO_IMPORT, ImportedItem, ItemState, SiteImport

TOO_OLD = "Son texte a été effacé, faute d’avoir été apporté à temps\u00a0: lisez de nouveau l’ancien site."


def erase_texts(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Erase the texts read before this moment that nobody imported, and the exports that wait; return how many."""
    with scopes_disabled():  # Of every site.
        old = SiteImport.objects.filter(started_at__lt=before)
        texts = ImportedItem.objects.filter(of__in=old).exclude(content="")
        exports = old.exclude(file="")
        count = texts.count() + exports.count()
        if is_dry or not count:
            return count
        with transaction.atomic():
            names = list(exports.values_list("file", flat=True))
            texts.filter(state__in=TO_IMPORT).update(state=ItemState.LEFT, is_chosen=False, says=TOO_OLD, content="")
            texts.update(content="")
            exports.update(file="")
            for name in names:
                transaction.on_commit(partial(default_storage.delete, name))
    return count
