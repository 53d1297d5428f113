"""E-mails to those who asked for the alerts: the link that confirms, and the alerts as they appear."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.lib import dates, locks
from socle.lib.text import of_place
from socle.outbox import departures
from socle.sections.subscriptions import due, email_links
from socle.sections.subscriptions.due import Due
from socle.sections.subscriptions.models import AlertMailing, AlertSubscription
from socle.sites.models.sites import WebSite

log = logging.getLogger("socle.sites")

LINK_GOOD_FOR = timedelta(days=3)
# A letter that could not leave for so long says nothing useful any more.
STALE = timedelta(days=3)
# How many addresses are read at once: between two portions, an alert that was withdrawn stops.
PORTION = 50


def of_site(website: WebSite) -> str:
    """« de Prisches », « d’Arras »: what follows « alertes »."""
    commune = website.beneficiary.commune
    return of_place(commune.name) if commune else f"de {website.beneficiary.name}"


# --- The link --------------------------------------------------------------------------------------------------------
def send_links(*, at: datetime) -> int:
    """Write to the addresses to which a letter is due; return how many left. One that fails stays due."""
    sent = 0
    with scopes_disabled():  # Letters of every site, each read with its own.
        waiting = AlertSubscription.objects.filter(letter_due_at__gt=at - STALE).order_by("letter_due_at", "pk")
        for pk in list(waiting.values_list("pk", flat=True)):
            try:
                sent += _send_link(pk, at=at)
            except Exception as error:
                # What an error says may hold an address: only its kind is written.
                log.error("letter of subscription %s did not leave: %s", pk, type(error).__name__)
    return sent


@transaction.atomic
def _send_link(pk: int, *, at: datetime) -> bool:
    waiting = AlertSubscription.objects.select_for_update(of=("self",)).filter(pk=pk, letter_due_at__isnull=False)
    subscription = waiting.select_related("website__beneficiary__commune").first()
    if subscription is None:
        return False
    website, due_at = subscription.website, subscription.letter_due_at
    subscription.letter_due_at = None
    said = {"of_site": of_site(website), "site": f"{website.root_url}/", "days": LINK_GOOD_FOR.days}
    if subscription.confirmed_at is None:
        token = email_links.draw()
        subscription.link_sha256, subscription.link_expires_at = email_links.digest(token), at + LINK_GOOD_FOR
        said |= {"url": f"{website.root_url}/_/alertes/confirmer/{token}/"}
        name, subject = "confirm", f"Confirmez\u00a0: recevoir les alertes {of_site(website)}"
    else:
        said |= {"url": leaving_address(website, subscription)}
        name, subject = "already", f"Vous recevez déjà les alertes {of_site(website)}"
    subscription.save(update_fields=["letter_due_at", "link_sha256", "link_expires_at"])
    text = render_to_string(f"websites/subscriptions/{name}.txt", said)
    departures.send(("subscription.link", pk, due_at), subject, text, subscription.email)
    return True


def leaving_address(website: WebSite, subscription: AlertSubscription) -> str:
    """Return the address by which this subscription ends, in one click."""
    return f"{website.root_url}/_/alertes/fin/{email_links.leaving(subscription)}/"


# --- The alerts ------------------------------------------------------------------------------------------------------
def send_alerts(
    *,
    at: datetime,
    is_urgent: bool = False,
    seconds: float = float("inf"),
    is_awaited: Callable[[], bool] = lambda: False,
) -> int:
    """Write the alerts that appeared to those who subscribed before; return how many messages left.

    Only the urgent ones if asked; not longer than so many seconds, nor while something more urgent awaits this worker.
    Stopped at any point, it goes on where it was; begun twice, the second finds nothing to do.
    """
    begun, sent = time.monotonic(), 0
    with locks.held("alert-mail") as is_mine:
        if not is_mine:
            return 0
        with scopes_disabled():  # The alerts of every site, each with its own subscriptions.
            for one in due.due_alerts(at, is_urgent=is_urgent):
                try:
                    while (left := _send_portion(one)) is not None:
                        sent += left
                        if time.monotonic() - begun > seconds or is_awaited():
                            return sent
                except Exception as error:
                    # The server does not answer, or answers no more: the next round goes on from there.
                    log.error("%s: its messages wait (%s)", one, type(error).__name__)
    return sent


def _send_portion(one: Due) -> int | None:
    """Write to the next addresses; return how many left, or None when nobody is left to write to."""
    at = timezone.now()
    if not due.still(one, at=at):
        return None
    mailing, _ = AlertMailing.objects.get_or_create(**one.row, defaults={"begun_at": at})
    waiting = AlertSubscription.objects.filter(
        website=one.website, confirmed_at__lte=one.appeared_at, pk__gt=mailing.reached
    )
    portion = list(waiting.order_by("pk")[:PORTION])
    if not portion:
        mailing.done_at = at
        mailing.save(update_fields=["done_at"])
        return None
    left, key = 0, due.key_of(one)
    for subscription in portion:
        has_left = _send_alert(one, key, subscription, at=at)
        left += has_left
        mailing.reached, mailing.sent = subscription.pk, mailing.sent + has_left
        mailing.save(update_fields=["reached", "sent"])
    return left


def _send_alert(one: Due, key: tuple[str, int], subscription: AlertSubscription, *, at: datetime) -> bool:
    website, alert = one.website, one.said
    gravity = alert.get_gravity_display().capitalize()
    url = leaving_address(website, subscription)
    link = website.root_url + alert.link if alert.link.startswith("/") else alert.link
    said = {
        "alert": alert,
        "gravity": gravity,
        "of_site": of_site(website),
        "origin": one.origin,
        "link": link,
        "until": dates.at_in_words(one.ends_at),
        "site": f"{website.root_url}/",
        "url": url,
    }
    # One click in the mailbox itself (RFC 8058), and a name for those who sort (RFC 2919).
    headers = {
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"<alertes.{website.host}>",
        "Auto-Submitted": "auto-generated",
    }
    subject = f"{gravity} {of_site(website)}\u00a0: {alert.words}"
    text = render_to_string("websites/subscriptions/alert.txt", said)
    try:
        return departures.send_once(
            (*key, subscription.pk),
            subject[:150],
            text,
            subscription.email,
            at=at,
            headers=headers,
        )
    except departures.ADDRESS_REFUSED as error:
        # This address is refused, not the others.
        log.warning("%s: subscription %s is refused (%s)", one, subscription.pk, type(error).__name__)
        return False
