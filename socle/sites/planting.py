"""Planting the first pages of a site: a whole tree at once, in as many queries as there are pages and a few more.

Wagtail adds a page at a time, and asks a dozen questions whose answers are known of pages that nobody has written yet:
a site made among nine hundred others would ask them a hundred times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import F
from wagtail.models import Page, PageLogEntry

from socle.sites.models.pages import CommunePage

# The columns of the table of all pages.
COMMON = [field for field in Page._meta.concrete_fields if not field.primary_key]


def plant(under: Page, pages: Sequence[CommunePage], *, at: datetime) -> None:
    """Write these pages, live, under one that has no child yet; `children_to_plant` of one are planted under it.

    Their slugs are told apart by whoever wrote them. Neither signal nor index is told: the caller does it.
    """
    planted = list(_laid_out(under, pages, at=at))
    rows = Page.objects.bulk_create(
        Page(**{field.attname: getattr(page, field.attname) for field in COMMON}) for page in planted
    )
    Page.objects.filter(pk=under.pk).update(numchild=F("numchild") + len(pages))
    for page, row in zip(planted, rows, strict=True):
        page.pk = page.page_ptr_id = page.id = row.pk
        # Its own table alone: the row of all pages is written.
        page.save_base(raw=True, force_insert=True)
    PageLogEntry.objects.bulk_create(
        PageLogEntry(
            content_type_id=page.content_type_id,
            label=page.title,
            action="wagtail.create",
            timestamp=at,
            content_changed=True,
            page_id=page.pk,
        )
        for page in planted
    )


def _laid_out(under: Page, pages: Sequence[CommunePage], *, at: datetime) -> Iterator[CommunePage]:
    """Give each page its place in the tree, and what Wagtail would fill in when it saves it."""
    for rank, page in enumerate(pages, 1):
        below = getattr(page, "children_to_plant", [])
        page.depth, page.numchild = under.depth + 1, len(below)
        page.path = Page._get_path(under.path, page.depth, rank)
        page.set_url_path(under)
        page.draft_title, page.locale_id = page.title, under.locale_id
        page.content_type = ContentType.objects.get_for_model(page)
        page.show_in_menus = page.show_in_menus_default
        page.first_published_at = page.last_published_at = at
        yield page
        yield from _laid_out(page, below, at=at)
