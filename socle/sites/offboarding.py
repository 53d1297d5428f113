"""Holdings of a person who leaves: drafts, pages they locked, pages to read over.

What they wrote is the commune's, and stays.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q, QuerySet
from django_scopes import scopes_disabled
from wagtail.models import Page

from socle.journal import actions as journal
from socle.people.models import Membership, User
from socle.people.offboarding import Kind
from socle.sites.models.reviews import Review
from socle.sites.models.sites import WebSite

HOLDINGS: tuple[Kind, ...] = (
    Kind(
        "pages",
        "Pages du site en brouillon ou verrouillées",
        "socle.sites.offboarding.pages",
        "Les verrous s’ouvrent ; les brouillons restent, et qui écrit le site les reprend.",
        "socle.sites.offboarding.pass_pages",
        {"mairie": "website_home"},
    ),
    Kind(
        "relectures",
        "Pages du site à relire",
        "socle.sites.offboarding.reviews",
        "Elles restent à relire\u00a0: toute personne de la mairie peut le faire.",
        "socle.sites.offboarding.pass_reviews",
        {"mairie": "website_home"},
    ),
)


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


def _reviews(membership: Membership) -> QuerySet[Review]:
    """Return the reviews that this person was asked for on the site of that mairie and has not answered."""
    with scopes_disabled():  # One site: that of the very place the person leaves.
        asked = Review.objects.filter(status="waiting", asked_of=membership.user_id)
        return asked.filter(website__beneficiary=membership.beneficiary_id).select_related("page", "website")


def reviews(membership: Membership, on: date) -> list[str]:
    """The pages this person has to read over, by their titles."""
    return [review.page.draft_title for review in _reviews(membership)]


def pass_reviews(membership: Membership, *, to: User | None, by: User, at: datetime) -> int:
    """Whoever takes over reads them; without anyone, they wait for any person of the mairie."""
    found = list(_reviews(membership))
    for review in found:
        review.asked_of = to
        review.save(update_fields=["asked_of"])
        journal.record("review.handed_over", review, by=by, at=at, page=review.page_id)
    return len(found)
