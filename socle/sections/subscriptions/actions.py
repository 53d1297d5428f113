"""Actions on a subscription: asked, confirmed, ended."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from socle.journal import actions as journal
from socle.lib.queue import enqueue_at_commit
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.sections.subscriptions import rules
from socle.sections.subscriptions.models import AlertSubscription
from socle.sites.models.sites import WebSite


@transaction.atomic
def ask(website: WebSite, email: str, *, at: datetime) -> AlertSubscription:
    """Keep an address, to which a link is written: nobody learns whether it was there already, except its owner."""
    kept, _ = AlertSubscription.objects.update_or_create(
        website=website,
        email=email.strip().lower(),
        defaults={"letter_due_at": at},
        create_defaults={"letter_due_at": at, "asked_at": at},
    )
    enqueue_at_commit("socle.sections.subscriptions.tasks.send_subscription_letters")
    found: AlertSubscription = kept
    return found


@transaction.atomic
def confirm(subscription: AlertSubscription, *, by: User, at: datetime) -> AlertSubscription:
    """Hold the address for proven: it receives the alerts from now on. Said again, it changes nothing."""
    held: AlertSubscription = AlertSubscription.objects.select_for_update().get(pk=subscription.pk)
    refuse(rules.why_not_confirm(held, at=at))
    if held.confirmed_at is None:
        held.confirmed_at = at
        held.save(update_fields=["confirmed_at"])
        # Of the site, never of an address.
        journal.record("website.subscription_confirmed", held.website, by=by, at=at)
    return held


@transaction.atomic
def end(subscription: AlertSubscription, *, by: User, at: datetime) -> None:
    """Erase an address at once. Said again, it changes nothing."""
    website = subscription.website
    erased, _ = AlertSubscription.objects.filter(pk=subscription.pk).delete()
    if erased:
        journal.record("website.subscription_ended", website, by=by, at=at)
