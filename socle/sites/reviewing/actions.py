"""Actions on a page to read over: asked, approved, sent back, or let go of when it appears otherwise."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django_scopes import scopes_disabled
from wagtail.models import Page

from socle.journal import actions as journal
from socle.lib.dates import day_of
from socle.lib.refusals import Refused, refuse
from socle.lib.rows import write
from socle.people.models import User
from socle.sites.models.pages import CommunePage
from socle.sites.models.reviews import Review, ReviewStatus
from socle.sites.models.sites import WebSite
from socle.sites.reviewing.rules import why_not_answer, why_not_approve, why_not_ask, why_not_send_back


@transaction.atomic
def ask_review(page: CommunePage, *, website: WebSite, of: User | None, word: str, by: User, at: datetime) -> Review:
    """Show a page to somebody before it appears; asked again, it is the same review. Its reader is written to."""
    word = word.strip()
    refuse(why_not_ask(page, website=website, of=of, word=word, on=day_of(at)))
    review = Review.objects.select_for_update().filter(page=page.pk).open().first()
    if review is None:
        review = Review(website=website, page_id=page.pk)
    review.status, review.word, review.answer = ReviewStatus.WAITING, word, ""
    review.asked_by, review.asked_of, review.asked_at = by, of, at
    review.answered_by = review.answered_at = None
    write(review, ["status", "word", "answer", "asked_by", "asked_of", "asked_at", "answered_by", "answered_at"])
    journal.record("review.asked", review, by=by, at=at, page=page.pk)
    return review


@transaction.atomic
def approve(review: Review, *, seen: str, by: User, at: datetime) -> Review:
    """Publish the page as it was seen. Raises Refused when it has changed since, or cannot appear as it is."""
    review = _held(review)
    page = Page.objects.get(pk=review.page_id).specific
    refuse(why_not_approve(review, page, seen=seen))
    try:
        # A revision of its own: one that a page left open saves by itself could change after it was approved.
        page.get_latest_revision_as_object().save_revision(user=by).publish(user=by)
    except ValidationError as error:
        raise Refused("La page ne peut pas paraître telle quelle\u00a0: " + " ".join(error.messages)) from error
    _answer(review, ReviewStatus.APPROVED, "", by=by, at=at)
    journal.record("review.approved", review, by=by, at=at, page=page.pk)
    page.refresh_from_db()
    journal.record("page.scheduled" if page.scheduled_revision else "page.published", page, by=by, at=at)
    return review


@transaction.atomic
def send_back(review: Review, *, answer: str, by: User, at: datetime) -> Review:
    """Give the page back to whoever asked, with a word; nothing of it is lost nor published."""
    answer = answer.strip()
    review = _held(review)
    refuse(why_not_send_back(review, answer=answer))
    _answer(review, ReviewStatus.SENT_BACK, answer, by=by, at=at)
    journal.record("review.sent_back", review, by=by, at=at, page=review.page_id)
    return review


@transaction.atomic
def take_back(review: Review, *, by: User, at: datetime) -> Review:
    """Ask for it no more: the page stays a draft."""
    review = _held(review)
    if not review.is_sent_back:
        refuse(why_not_answer(review))
    _answer(review, ReviewStatus.CLOSED, "", by=by, at=at)
    journal.record("review.taken_back", review, by=by, at=at, page=review.page_id)
    return review


def close_reviews(page: Page, *, by: User, at: datetime) -> None:
    """A page that was published has nothing left to read over, whoever published it."""
    with scopes_disabled():  # One page.
        for review in Review.objects.filter(page=page.pk).open():
            _answer(review, ReviewStatus.CLOSED, "", by=by, at=at)
            journal.record("review.closed", review, by=by, at=at, page=page.pk)


def _held(review: Review) -> Review:
    """Read it again and keep others from answering at the same time."""
    with scopes_disabled():  # One review, already found in its scope.
        return Review.objects.select_for_update(of=("self",)).select_related("website").get(pk=review.pk)


def _answer(review: Review, status: ReviewStatus, answer: str, *, by: User, at: datetime) -> None:
    review.status, review.answer, review.answered_by, review.answered_at = status, answer, by, at
    review.save(update_fields=["status", "answer", "answered_by", "answered_at"])
