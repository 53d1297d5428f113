"""E-mails about a page to read over: to its reader when it is asked, to whoever asked when it is answered."""

from __future__ import annotations

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from socle.outbox import departures
from socle.people.models import User
from socle.sites.models.reviews import Review, ReviewStatus

SUBJECTS = {
    ReviewStatus.WAITING: "À relire avant publication\u00a0: {}",
    ReviewStatus.SENT_BACK: "À reprendre\u00a0: {}",
    ReviewStatus.APPROVED: "Publiée\u00a0: {}",
}


def write(review: Review) -> bool:
    """Write to the person whose turn it is; say whether somebody was to be written to.

    Played twice, the second message bears the name of the first: mailboxes know it for the same.
    """
    status = ReviewStatus(review.status)
    if status not in SUBJECTS:
        return False
    is_asked = status == ReviewStatus.WAITING
    to: User | None = review.asked_of if is_asked else review.asked_by
    by: User | None = review.asked_by if is_asked else review.answered_by
    if to is None or not to.is_active or to == by:
        return False
    page, website = review.page.specific, review.website
    said = {
        "review": review,
        "person": to,
        "by": by,
        "title": page.draft_title or page.title,
        # Whoever serves several communes is led to the one it is about.
        "url": f"{settings.PLATFORM_URL}{reverse('website_review', args=[review.pk])}?commune={website.beneficiary_id}",
        "live": f"{website.root_url}/" if page.live else "",
    }
    key = ("review", review.pk, status.value, review.asked_at if is_asked else review.answered_at)
    text = render_to_string("websites/emails/review.txt", said)
    departures.send(key, SUBJECTS[status].format(said["title"]), text, to.email)
    return True
