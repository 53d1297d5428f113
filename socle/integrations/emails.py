"""E-mails to whoever answers for a webhook: it is stopped, or something was given up."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.urls import reverse

from socle.integrations import rules
from socle.integrations.models import DeliveryStatus, Status, Webhook
from socle.lib import dates
from socle.lib.due import APART
from socle.outbox import departures
from socle.people.capabilities import Capability, those_who
from socle.people.models import Beneficiary, Membership, User

# What is given up is told once a day at most: an address that is down fills no mailbox.
TOLD_EVERY = timedelta(days=1)


def tell_owners(*, at: datetime) -> int:
    """Write to those who have not been told yet; return how many webhooks were told of."""
    stopped = Q(status=Status.STOPPED) & (Q(told_at__isnull=True) | Q(told_at__lt=F("stopped_at")))
    given_up = Q(given_up_at__isnull=False) & (
        Q(told_at__isnull=True)
        | Q(told_at__lt=F("given_up_at"), told_at__lte=at - TOLD_EVERY)
        # By a clock that had gone ahead.
        | Q(told_at__gt=at + APART)
    )
    waiting = Webhook.objects.exclude(status=Status.REMOVED).filter(stopped | given_up).values_list("pk", flat=True)
    for pk in list(waiting):
        _tell(pk, at=at)
    return len(waiting)


@transaction.atomic
def _tell(pk: int, *, at: datetime) -> None:
    """One transaction: when the message cannot leave, it is not said to have left, and is tried again."""
    webhook = (
        Webhook.objects.select_for_update(of=("self",)).select_related("operator", "beneficiary", "held_by").get(pk=pk)
    )
    given_up = webhook.deliveries.filter(status=DeliveryStatus.GIVEN_UP, position__isnull=False)
    if webhook.told_at:
        given_up = given_up.filter(ended_at__gt=webhook.told_at)
    door = "mairie" if isinstance(webhook.owner, Beneficiary) else "console"
    said = {
        "webhook": webhook,
        "owner": webhook.owner,
        "is_stopped": webhook.status == Status.STOPPED,
        "given_up": given_up.count(),
        "url": f"{settings.PLATFORM_URL}{reverse(f'{door}:webhook', args=[webhook.pk])}",
    }
    subject = f"Webhook {'arrêté' if said['is_stopped'] else 'en difficulté'} : {webhook.name}"
    text = render_to_string("integrations/webhook_trouble.txt", said)
    for person in _whom(webhook, at=at):
        # One message per person: nobody sees the address of another.
        departures.send(("webhook.trouble", webhook.pk, webhook.told_at, person.pk), subject, text, person.email)
    webhook.told_at = at
    webhook.save(update_fields=["told_at"])


def _whom(webhook: Webhook, *, at: datetime) -> list[User]:
    """Whoever answers for it; when they serve no more, those who may take it over."""
    if rules.why_not_answered_for(webhook, at=at) is None and webhook.held_by.is_active and webhook.held_by.email:
        return [webhook.held_by]
    owner = webhook.owner
    members = Membership.objects.active_on(dates.day_of(at))
    if isinstance(owner, Beneficiary):
        members = members.filter(beneficiary=owner, role__in=those_who(Capability.ADMINISTER))
    else:
        members = members.filter(operator=owner, role__in=rules.KEEPERS)
    return list(User.objects.filter(pk__in=members.values("user"), is_active=True).exclude(email="").order_by("pk"))
