"""The agenda of a site, opened with its first event: a site is born without it."""

from __future__ import annotations

from datetime import datetime

from socle.people.models import User
from socle.sections.events.section import EXTENSION
from socle.sites.models.pages import CommunePage
from socle.sites.models.sites import WebSite
from socle.sites.opening import index_of, open_section


def agenda_of(website: WebSite) -> CommunePage | None:
    """Return the agenda of this site, or None when it has none yet."""
    return index_of(website, EXTENSION)


def open_agenda(website: WebSite, *, by: User, at: datetime) -> CommunePage:
    """Give the site its agenda; return the one it has if it has one."""
    return open_section(website, EXTENSION, by=by, at=at)
