"""The pages that were asked to appear, or to leave, at an hour: each alone, so that one that fails stops no other."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django_scopes import scopes_disabled
from wagtail.models import Page, Revision

from socle.journal import actions as journal
from socle.people.models import User
from socle.sites.models.pages import CommunePage
from socle.sites.reviewing.actions import close_reviews

log = logging.getLogger("socle.sites")


def follow_schedules(*, at: datetime) -> int:
    """Withdraw the pages whose time is over, publish those whose hour has come; return how many changed.

    The files of the sites follow by Wagtail's own signals, like for any other publication.
    """
    count = 0
    with scopes_disabled():  # Pages of every site, by their hour.
        for page in Page.objects.live().filter(expire_at__lte=at).order_by("expire_at", "pk"):
            count += _alone(_withdraw, page.pk, at)
        due = Revision.page_revisions.filter(approved_go_live_at__lte=at).order_by("approved_go_live_at", "pk")
        for pk in due.values_list("pk", flat=True):
            count += _alone(_publish, pk, at)
    return count


def _alone(act: object, pk: int, at: datetime) -> int:
    try:
        with transaction.atomic():
            return int(act(pk, at))  # type: ignore[operator]
    except Exception:  # Whatever a page does, those of the other communes appear at their hour.
        log.exception("a scheduled page failed: %s", pk)
        return 0


def _withdraw(pk: int, at: datetime) -> bool:
    page = Page.objects.get(pk=pk).specific
    if isinstance(page, CommunePage) and page.is_mandatory:
        # A public site must show it: its hour is forgotten, as if it had not been given.
        Page.objects.filter(pk=pk).update(expire_at=None)
        return False
    page.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
    journal.record("page.unpublished", page, by=User.objects.system(), at=at)
    return True


def _publish(pk: int, at: datetime) -> bool:
    revision = Revision.objects.get(pk=pk)
    revision.publish(log_action="wagtail.publish.scheduled")
    close_reviews(revision.content_object, by=User.objects.system(), at=at)
    journal.record("page.published", revision.content_object.specific, by=User.objects.system(), at=at)
    return True
