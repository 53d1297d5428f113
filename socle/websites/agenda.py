"""The agenda of a site, made with its first event: a site is born without it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from socle.journal import actions as journal
from socle.people.models import User
from socle.websites.models.events import EventIndexPage
from socle.websites.models.sites import WebSite
from socle.websites.opening import open_page


def agenda_of(website: WebSite) -> EventIndexPage | None:
    """Return the agenda of this site, or None when it has none yet."""
    return EventIndexPage.objects.child_of(website.root_page).first()


@transaction.atomic
def open_agenda(website: WebSite, *, by: User, at: datetime) -> EventIndexPage:
    """Give the site its agenda, in the menu after the news; return the one it has if it has one."""
    if (existing := agenda_of(website)) is not None:
        return existing
    agenda = open_page(website, EventIndexPage(title="Agenda"), is_news=True, at=at)
    journal.record("website.agenda_opened", website, by=by, at=at)
    return agenda
