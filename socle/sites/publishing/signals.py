"""Changes made in Wagtail's screens, noted as changes to publish.

Wagtail tells of a publication by its signals only (a page scheduled for tonight is published by no view of ours), and
of an image or a file by Django's. They are listened to here and nowhere else; what is ours notes its own changes.
"""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.utils import timezone
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

from socle.sites.actions import website_of_collection
from socle.sites.models.media import CommuneDocument, CommuneImage
from socle.sites.models.pages import CommunePage
from socle.sites.publishing.actions import changed as changed_here
from socle.sites.publishing.reads import EVERYTHING


def connect() -> None:
    """Listen, once per process."""
    page_published.connect(_page_changed, dispatch_uid="publish-page")
    page_unpublished.connect(_page_changed, dispatch_uid="unpublish-page")
    # The addresses below it change, and every link that leads there.
    page_slug_changed.connect(_site_changed, dispatch_uid="publish-slug")
    post_page_move.connect(_site_changed, dispatch_uid="publish-move")
    post_delete.connect(_page_deleted, dispatch_uid="publish-delete")
    for model, prefix in ((CommuneImage, "image"), (CommuneDocument, "document")):
        for signal in (post_save, post_delete):
            signal.connect(
                _file_changed(prefix), sender=model, weak=False, dispatch_uid=f"publish-{prefix}-{id(signal)}"
            )


def _page_changed(sender: Any, instance: Any, **kwargs: Any) -> None:
    if isinstance(instance, CommunePage) and (website := instance.website()) is not None:
        changed_here(website.pk, *instance.shown_as(), at=timezone.now())


def _page_deleted(sender: Any, instance: Any, **kwargs: Any) -> None:
    if isinstance(instance, CommunePage):
        _page_changed(sender, instance)


def _site_changed(sender: Any, instance: Any, **kwargs: Any) -> None:
    page = instance.specific
    if isinstance(page, CommunePage) and (website := page.website()) is not None:
        changed_here(website.pk, EVERYTHING, at=timezone.now())


def _file_changed(prefix: str) -> Any:
    def changed(sender: Any, instance: Any, created: bool = False, **kwargs: Any) -> None:
        # Nothing shows yet a file just added.
        if not created and (website := website_of_collection(instance.collection_id)) is not None:
            changed_here(website.pk, f"{prefix}:{instance.pk}", at=timezone.now())

    return changed
