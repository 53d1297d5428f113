"""The versions of a page that were online, and going back to one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from wagtail.log_actions import log
from wagtail.models import Page, PageLogEntry, Revision

from socle.journal import actions as journal
from socle.lib.refusals import Refused, refuse
from socle.people.models import User
from socle.sites.models.pages import CommunePage

# Further back than that, nobody recognises a version by its date.
SHOWN = 20
# What the log of pages calls the moment a revision goes online: at once, at its hour, or the first time.
ONLINE = ("wagtail.publish", "wagtail.publish.scheduled")


@dataclass(frozen=True)
class Version:
    """A version online from one moment: its revision, who put it there, and whether it still is."""

    revision: Revision
    at: datetime
    by: str
    is_online: bool


def keep_first_version(page: CommunePage) -> None:
    """Keep what a page was born with, before its first correction: otherwise nobody could come back to it."""
    if not page.live or page.latest_revision_id is not None:
        return
    born = page.save_revision(changed=False, clean=False)
    Page.objects.filter(pk=page.pk).update(live_revision=born)
    page.live_revision = born
    at = page.last_published_at or born.created_at
    log(instance=page, action=ONLINE[0], user=User.objects.system(), revision=born, timestamp=at)


def versions_of(page: Page) -> list[Version]:
    """Return the versions that were online, the latest first, each once: two queries whatever their number."""
    entries = PageLogEntry.objects.filter(page=page.pk, action__in=ONLINE, revision__isnull=False)
    latest: dict[int, PageLogEntry] = {}
    for entry in entries.select_related("user").order_by("-timestamp", "-pk")[: SHOWN * 3]:
        latest.setdefault(entry.revision_id, entry)
    revisions = {found.pk: found for found in page.revisions.filter(pk__in=latest)}
    online = page.live_revision_id if page.live else None
    return [
        Version(revisions[pk], entry.timestamp, entry.user.name if entry.user else "", pk == online)
        for pk, entry in latest.items()
        if pk in revisions
    ][:SHOWN]


def why_not_go_back(page: CommunePage, revision: Revision | None) -> str | None:
    """Say why this page cannot be again what it was."""
    if revision is None or str(revision.object_id) != str(page.pk):
        return "Cette version n’est plus gardée\u00a0: choisissez-en une autre."
    if page.live and revision.pk == page.live_revision_id:
        return "C’est déjà la version en ligne."
    return None


@transaction.atomic
def go_back(page: CommunePage, revision: Revision | None, *, by: User, at: datetime) -> Revision:
    """Put a former version online again, at once and at the address the page has now.

    It becomes a version like another: going back can itself be taken back. Raises Refused, and then nothing is written.
    """
    refuse(why_not_go_back(page, revision))
    assert revision is not None
    former = revision.as_object()
    # What its hours were then no longer means anything.
    former.slug, former.go_live_at, former.expire_at = page.slug, None, None
    try:
        made = former.save_revision(user=by, previous_revision=revision, log_action=True)
        made.publish(user=by, previous_revision=revision)
    except ValidationError as error:
        raise Refused(
            "Cette version ne peut plus être mise en ligne telle quelle\u00a0: " + " ".join(error.messages)
        ) from error
    journal.record("page.restored", page, by=by, at=at, revision=revision.pk)
    return made
