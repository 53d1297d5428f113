"""The list of the files of a site, with what each says to whoever reads it otherwise than with their eyes."""

from __future__ import annotations

from typing import Any

from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.functional import cached_property
from wagtail.admin.ui.tables import Column
from wagtail.documents.views.documents import IndexView

from socle.sites.models.media import CommuneDocument
from socle.sites.readability import examine_due, is_due


def summed_up(document: CommuneDocument) -> str:
    """Say in a few words what was seen of a file; its form says what to do."""
    if is_due(document):
        return "sera examiné bientôt"
    return ", ".join(flaw.get_code_display() for flaw in document.flaws.all()) or "rien à signaler"


class DocumentsView(IndexView):
    """Wagtail's list, and one more column."""

    index_url_name = "website_documents"
    index_results_url_name = "website_documents_results"

    @cached_property
    def columns(self) -> list[Any]:  # type: ignore[override]
        columns: list[Any] = list(super().columns)
        columns.insert(2, Column("flaws", label="Lisible par toutes et tous", accessor=summed_up))
        return columns

    def decorate_paginated_queryset(self, object_list: Any) -> Any:
        documents = super().decorate_paginated_queryset(object_list)
        found = list(documents)
        examine_due(found, at=timezone.now())
        prefetch_related_objects(found, "flaws")
        return documents
