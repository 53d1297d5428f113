"""Pages of a site that this person was asked to read, or whose correction was asked of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.urls import reverse

from socle.lib.declared import MairieReader, ToDo, WaitingAtMairie
from socle.people.capabilities import Capability
from socle.sites.models import Review
from socle.sites.models.reviews import ReviewStatus


def _reviews(mairie: MairieReader, at: datetime) -> Iterator[ToDo]:
    if mairie.website is None:
        return
    mine = Q(status=ReviewStatus.WAITING, asked_of=mairie.user) | Q(status=ReviewStatus.SENT_BACK, asked_by=mairie.user)
    found = Review.objects.filter(mine, website=mairie.website).select_related("page", "asked_by", "answered_by")
    for one in found:
        other, since = (one.asked_by, one.asked_at) if one.is_waiting else (one.answered_by, one.answered_at)
        what = "À relire avant publication" if one.is_waiting else "À reprendre"
        yield ToDo(
            f"{what}\u00a0: {one.page.draft_title or one.page.title}",
            reverse("website_review", args=[one.pk]),
            f"De {other.name}." if other else "",
            since,
        )


AT_MAIRIE: tuple[WaitingAtMairie, ...] = (WaitingAtMairie(Capability.PUBLISH, _reviews),)
