"""Extension of the sites by what others propose: news, events and alerts that a mairie accepted, and their screen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils import timezone

from socle.lib.text import in_one_line
from socle.sites.models.sites import WebSite
from socle.sites.publishing.reads import depend_on
from socle.sites.registry import Extension, MenuEntry
from socle.sites.search.entries import entry_of
from socle.sites.search.ranking import Entry
from socle.syndication.actions import follow_the_hour
from socle.syndication.models import Kind, ShareOffer, SharingChoice
from socle.syndication.offered import waiting_offers
from socle.syndication.presenters import alerts_of_others, shared_paths, shares_of, shows_picture, with_shared


def found(website: WebSite) -> Iterator[Entry]:
    """Return what the mairie accepted from others, as a search finds it."""
    depend_on("shares")
    for share in shares_of(website, at=timezone.now()):
        is_event = share.kind == Kind.EVENT
        on = share.timing.starts_on if is_event else share.published_on
        text = in_one_line([share.summary, share.text, share.place, share.origin])
        when = share.timing.in_words(share.timing.starts_on) if is_event else ""
        yield entry_of(share.own_path, share.title, "Agenda" if is_event else "Actualité", on, text, when=when)


def screen_context(screen: str, website: WebSite, *, at: datetime) -> dict[str, Any]:
    """The first screen says how many proposals wait."""
    return {"offers": waiting_offers(website, at=at).count()} if screen == "home" else {}


EXTENSION = Extension(
    code="sharing",
    package="socle.syndication",
    editor_urls="socle.syndication.editor_urls",
    site_urls="socle.syndication.site_urls",
    menu=(MenuEntry("Proposé à votre commune", "website_shares", "daily", 35),),
    taken=("propose",),
    first_screen_part="websites/editor/shares_waiting.html",
    screen_context=screen_context,
    alerts=alerts_of_others,
    news=with_shared,
    found=found,
    paths=shared_paths,
    shows_file=shows_picture,
    follow_the_hour=follow_the_hour,
    handed_over=(
        ("contenus-proposes", ShareOffer, "website"),
        ("choix-de-partage", SharingChoice, "website"),
    ),
    not_handed_over={"Share": "written by another body"},
)
