"""Openings: what each screen of the editor takes, in the terms of the one table of `people.capabilities`."""

from __future__ import annotations

from socle.people.capabilities import Capability

PREFIX = "/mairie/site/"

# Screens of ours that publish. The others say what the site is (its looks, what it holds): they are settings.
PUBLISHING = frozenset(
    """
    website_home website_hours website_news website_days website_alert website_event website_album website_add_pictures
    website_see website_see_page website_versions website_go_back website_ask_review website_review
    website_take_back_review
    """.split()  # noqa: SIM905
)
# Wagtail's own, of which the guard opens a few by their names: its pages, and the images and files put in them.
OF_WAGTAIL = ("wagtailadmin_", "wagtailimages", "wagtaildocs")


def takes(name: str | None) -> Capability:
    """Return what the screen of this name takes; one that nobody thought about is a setting."""
    name = name or ""
    return Capability.PUBLISH if name in PUBLISHING or name.startswith(OF_WAGTAIL) else Capability.ADMINISTER
