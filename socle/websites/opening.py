"""Pages that a site is born without, made when its mairie wants them."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from django.db import transaction

from socle.websites.models.pages import CommunePage, ContactPage
from socle.websites.models.sites import WebSite
from socle.websites.publishing.actions import changed

P = TypeVar("P", bound=CommunePage)


@transaction.atomic
def open_page(website: WebSite, page: P, *, at: datetime) -> P:
    """Put a page in the menu of a site, before the contact, and online."""
    page.show_in_menus = True
    page.first_published_at = page.last_published_at = at
    contact = ContactPage.objects.child_of(website.root_page).first()
    if contact is not None:
        contact.add_sibling(pos="left", instance=page)
    else:
        website.root_page.add_child(instance=page)
    changed(website.pk, *page.shown_as(), at=at)
    return page
