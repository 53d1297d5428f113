"""Pages that a site is born without, made when its mairie wants them."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from django.db import transaction

from socle.websites.models.pages import CommunePage, ContactPage, NewsIndexPage
from socle.websites.models.sites import WebSite
from socle.websites.publishing.actions import changed

P = TypeVar("P", bound=CommunePage)


@transaction.atomic
def open_page(website: WebSite, page: P, *, is_news: bool = False, at: datetime) -> P:
    """Put a page in the menu of a site, and online: after the news if it is some, else before the contact."""
    page.show_in_menus = True
    page.first_published_at = page.last_published_at = at
    neighbour = (NewsIndexPage if is_news else ContactPage).objects.child_of(website.root_page).first()
    if neighbour is not None:
        neighbour.add_sibling(pos="right" if is_news else "left", instance=page)
    else:
        website.root_page.add_child(instance=page)
    changed(website.pk, *page.shown_as(), at=at)
    return page
