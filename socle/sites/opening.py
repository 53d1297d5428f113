"""Sections that a site is born without, opened when its mairie wants them: each is an index page under the home."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from django.db import transaction
from wagtail.models import Page

from socle.journal import actions as journal
from socle.people.models import User
from socle.sites.models.pages import CommunePage, ContactPage, NewsIndexPage
from socle.sites.models.sites import WebSite
from socle.sites.publishing.actions import changed
from socle.sites.registry import Section, sections

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


def index_of(website: WebSite, section: Section) -> CommunePage | None:
    """Return the index page of this section on this site, or None when it is not opened."""
    found: CommunePage | None = section.index.objects.child_of(website.root_page).first()
    return found


def opened_on(website: WebSite) -> set[str]:
    """Return the codes of the sections that this site has opened."""
    by_model = {section.index: section.code for section in sections().values()}
    pages = Page.objects.child_of(website.root_page).live().only("content_type_id")
    return {by_model[page.specific_class] for page in pages if page.specific_class in by_model}


@transaction.atomic
def open_section(website: WebSite, section: Section, *, by: User, at: datetime) -> CommunePage:
    """Give the site this section, in its menu; return the one it has if it has one, put back online."""
    existing = index_of(website, section)
    if existing is not None and existing.live:
        return existing
    if existing is not None:
        existing.save_revision(user=by).publish()
        changed(website.pk, *existing.shown_as(), at=at)
        made = existing
    else:
        made = section.index(title=section.title, slug=section.slug)
        # Another page of the site may have taken this address already: Wagtail finds a free one.
        if Page.objects.child_of(website.root_page).filter(slug=section.slug).exists():
            made.slug = ""
        open_page(website, made, is_news=True, at=at)
    journal.record("website.section_opened", website, by=by, at=at, section=section.code)
    return made
