"""What a person who leaves holds here: drafts, and pages they locked. What they wrote is the commune's, and stays."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q, QuerySet
from django_scopes import scopes_disabled
from wagtail.models import Page

from socle.people.models import Membership, User
from socle.websites.models.sites import WebSite


def _pages(membership: Membership) -> QuerySet[Page]:
    """The pages of that mairie's site that wait for this person: their last unpublished words, or their lock."""
    with scopes_disabled():  # One site: that of the very place the person leaves.
        site = WebSite.objects.select_related("root_page").filter(beneficiary=membership.beneficiary_id).first()
    if site is None or membership.beneficiary_id is None:
        return Page.objects.none()
    drafts = Q(has_unpublished_changes=True, latest_revision__user=membership.user_id)
    theirs = drafts | Q(locked_by=membership.user_id)
    return Page.objects.filter(theirs, path__startswith=site.root_page.path).order_by("path")


def pages(membership: Membership, on: date) -> list[str]:
    """The drafts and the locked pages of this person, by their titles."""
    return [page.draft_title for page in _pages(membership)]


def pass_pages(membership: Membership, *, to: User | None, by: User, at: datetime) -> int:
    """Locks are opened, and the pages are those of whoever takes over; a draft stays as it was written."""
    keys = list(_pages(membership).values_list("pk", flat=True))
    found = Page.objects.filter(pk__in=keys)
    found.filter(locked_by=membership.user_id).update(locked=False, locked_by=None, locked_at=None)
    if to is not None:
        found.update(owner=to)
    return len(keys)
