"""Actions on the alerts of a site: published, withdrawn, restored; each appears and leaves at its hour."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from socle.journal import actions as journal
from socle.lib.due import APART
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.sites.models.notices import Alert
from socle.sites.models.sites import WebSite
from socle.sites.publishing.actions import changed
from socle.sites.rules import (
    why_not_change_alert,
    why_not_publish_alert,
    why_not_restore_alert,
    why_not_withdraw_alert,
)


@transaction.atomic
def publish_alert(
    website: WebSite,
    words: str,
    *,
    gravity: int,
    starts_at: datetime,
    ends_at: datetime,
    link: str = "",
    link_words: str = "",
    by: User,
    at: datetime,
) -> Alert:
    """Put a few words above every page of the site, at once or at their hour. Raises Refused."""
    words, link, link_words = words.strip(), link.strip(), link_words.strip()
    refuse(why_not_publish_alert(website, words, link=link, starts_at=starts_at, ends_at=ends_at, at=at))
    alert = Alert.objects.create(
        website=website,
        words=words,
        gravity=gravity,
        link=link,
        link_words=link_words,
        starts_at=starts_at,
        ends_at=ends_at,
        published_at=at,
        published_by=by,
        appeared_at=at if starts_at <= at else None,
    )
    if alert.appeared_at:
        changed(website.pk, "alerts", at=at)
    journal.record(
        "website.alert_published",
        website,
        by=by,
        at=at,
        alert=alert.pk,
        gravity=int(gravity),
        starts_at=starts_at.isoformat(),
        ends_at=ends_at.isoformat(),
    )
    return alert


@transaction.atomic
def change_alert(
    alert: Alert,
    words: str,
    *,
    gravity: int,
    starts_at: datetime,
    ends_at: datetime,
    link: str = "",
    link_words: str = "",
    by: User,
    at: datetime,
) -> Alert:
    """Correct an alert that is shown, or to come; whoever received it by e-mail is not written to again."""
    refuse(why_not_change_alert(alert, at=at))
    words, link = words.strip(), link.strip()
    refuse(
        why_not_publish_alert(
            alert.website, words, link=link, starts_at=starts_at, ends_at=ends_at, at=at, instead_of=alert
        )
    )
    alert.words, alert.gravity, alert.link, alert.link_words = words, gravity, link, link_words.strip()
    alert.starts_at, alert.ends_at = starts_at, ends_at
    # The tick says again what depends on the hour.
    alert.appeared_at = at if starts_at <= at else None
    alert.disappeared_at = None
    alert.save(
        update_fields=[
            *("words", "gravity", "link", "link_words", "starts_at", "ends_at", "appeared_at", "disappeared_at")
        ]
    )
    changed(alert.website_id, "alerts", at=at)
    journal.record("website.alert_changed", alert.website, by=by, at=at, alert=alert.pk, gravity=int(gravity))
    return alert


@transaction.atomic
def withdraw_alert(alert: Alert, *, by: User, at: datetime) -> Alert:
    """Take the words off before their hour; they can be restored."""
    refuse(why_not_withdraw_alert(alert, at=at))
    alert.withdrawn_at = at
    alert.save(update_fields=["withdrawn_at"])
    changed(alert.website_id, "alerts", at=at)
    journal.record("website.alert_withdrawn", alert.website, by=by, at=at, alert=alert.pk)
    return alert


@transaction.atomic
def restore_alert(alert: Alert, *, by: User, at: datetime) -> Alert:
    """Show again the words that were withdrawn, until the hour that was said. Raises Refused when it has passed."""
    refuse(why_not_restore_alert(alert, at=at))
    alert.withdrawn_at = None
    # The tick says again what depends on the hour.
    alert.appeared_at = at if alert.starts_at <= at else None
    alert.disappeared_at = None
    alert.save(update_fields=["withdrawn_at", "appeared_at", "disappeared_at"])
    changed(alert.website_id, "alerts", at=at)
    journal.record("website.alert_put_back", alert.website, by=by, at=at, alert=alert.pk)
    return alert


@transaction.atomic
def follow_the_hour(*, at: datetime) -> int:
    """Tell the sites whose alerts appear or disappear by now; return how many alerts. Called by a tick.

    What was told is kept with the change itself: a tick that was missed, or that ran twice, changes nothing.
    """
    kept = Alert.objects.filter(withdrawn_at=None)
    # What was told of an hour to come was told by a clock gone ahead: it is told again.
    early = kept.filter(Q(appeared_at__gt=at + APART) | Q(disappeared_at__gt=at + APART))
    too_early = list(early.values_list("pk", "website_id"))
    early.update(appeared_at=None, disappeared_at=None)
    appearing = kept.filter(appeared_at=None, starts_at__lte=at)
    disappearing = kept.filter(disappeared_at=None, ends_at__lte=at)
    told = [*too_early, *appearing.values_list("pk", "website_id"), *disappearing.values_list("pk", "website_id")]
    appearing.update(appeared_at=at)
    disappearing.update(disappeared_at=at)
    for website_id in dict.fromkeys(website_id for _, website_id in told):
        changed(website_id, "alerts", at=at)
    return len({pk for pk, _ in told})
