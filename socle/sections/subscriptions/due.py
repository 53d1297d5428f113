"""Which alerts are to be written to the subscribers of which site: the site's own, and those it accepted from others.

The same words may reach a site from two sides: the mairie writes them, and the EPCI proposes them. They leave once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest

from socle.lib.text import folded
from socle.sections.subscriptions.models import AlertMailing, AlertSubscription
from socle.sites.models.notices import Alert
from socle.sites.models.sites import WebSite
from socle.sites.parameters import value_of
from socle.syndication.models import Answer, Kind, Share, ShareOffer


@dataclass(frozen=True)
class Due:
    """One alert on one site: the site's own, or what the site answered to one of others."""

    alert: Alert | None = None
    offer: ShareOffer | None = None

    @property
    def said(self) -> Alert | Share:
        """Return the row that holds the words."""
        if self.offer is not None:
            share: Share = self.offer.share
            return share
        assert self.alert is not None
        return self.alert

    @property
    def website(self) -> WebSite:
        one = self.offer or self.alert
        assert one is not None
        website: WebSite = one.website
        return website

    @property
    def appeared_at(self) -> datetime:
        """When readers of this site saw it first: one accepted later appears later."""
        appeared_at = self.said.appeared_at
        assert appeared_at is not None
        if self.offer is not None and self.offer.answered_at is not None:
            return max(appeared_at, self.offer.answered_at)
        return appeared_at

    @property
    def ends_at(self) -> datetime:
        return self.said.disappears_at if isinstance(self.said, Share) else self.said.ends_at

    @property
    def origin(self) -> str:
        """Whom it comes from, when it is not the mairie."""
        return self.said.origin if isinstance(self.said, Share) else ""

    @property
    def row(self) -> dict[str, Alert | ShareOffer]:
        """Return the row its mailing belongs to."""
        if self.offer is not None:
            return {"offer": self.offer}
        assert self.alert is not None
        return {"alert": self.alert}

    @property
    def key(self) -> tuple[str, int]:
        """Return its key, for a message that leaves once."""
        if self.offer is not None:
            return ("website.shared_alert", self.offer.pk)
        assert self.alert is not None
        return ("website.alert", self.alert.pk)

    def __str__(self) -> str:
        return f"proposition {self.offer.pk}" if self.offer is not None else f"alerte {self.said.pk}"


# --- What is due -----------------------------------------------------------------------------------------------------
ONLINE = Q(website__suspended_at=None, website__archived_at=None, website__redirects_to=None)


def due_alerts(at: datetime, *, is_urgent: bool = False) -> list[Due]:
    """Return what readers see and has not been written to everybody yet, the gravest first; only what is urgent, if so.

    What is not urgent waits a moment: whoever publishes sees a slip on the page, and withdraws it.
    """
    settled = at - timedelta(minutes=value_of("alert-mail-minutes"))
    found = [Due(alert=alert) for alert in _own(at, settled, is_urgent)]
    found += [Due(offer=offer) for offer in _of_others(at, settled, is_urgent)]
    return sorted(found, key=lambda one: (-one.said.gravity, one.appeared_at))


def _own(at: datetime, settled: datetime, is_urgent: bool) -> QuerySet[Alert]:
    done = AlertMailing.objects.filter(alert=OuterRef("pk"), done_at__isnull=False)
    shown = Alert.objects.filter(withdrawn_at=None, appeared_at__isnull=False, ends_at__gt=at)
    ready = Q(gravity=Alert.Gravity.URGENCY)
    if not is_urgent:
        ready |= Q(appeared_at__lte=settled)
    due = shown.filter(ready, ONLINE, ~Exists(done)).select_related("website__beneficiary__commune")
    return due.order_by("appeared_at", "pk")


def _of_others(at: datetime, settled: datetime, is_urgent: bool) -> QuerySet[ShareOffer]:
    """One alert may be on hundreds of sites: those where nobody subscribed before it appeared have nothing to send."""
    done = AlertMailing.objects.filter(offer=OuterRef("pk"), done_at__isnull=False)
    shown = _accepted(at).annotate(since=Greatest("share__appeared_at", "answered_at"))
    readers = AlertSubscription.objects.filter(website=OuterRef("website"), confirmed_at__lte=OuterRef("since"))
    ready = Q(share__gravity=Alert.Gravity.URGENCY)
    if not is_urgent:
        ready |= Q(since__lte=settled)
    due = shown.filter(ready, ONLINE, ~Exists(done), Exists(readers))
    return due.select_related("share", "website__beneficiary__commune").order_by("since", "pk")


def _accepted(at: datetime) -> QuerySet[ShareOffer]:
    rows: QuerySet[ShareOffer] = ShareOffer.objects.filter(answer=Answer.ACCEPTED, left_at=None)
    return rows.filter(
        answered_at__isnull=False,
        share__kind=Kind.ALERT,
        share__withdrawn_at=None,
        share__appeared_at__isnull=False,
        share__disappears_at__gt=at,
    )


def still(one: Due, *, at: datetime) -> bool:
    """Say whether readers of the site still see it at this instant: withdrawn, refused, over, nothing more is sent."""
    if one.offer is not None:
        return bool(_accepted(at).filter(pk=one.offer.pk).exists())
    return Alert.objects.filter(pk=one.said.pk, withdrawn_at=None, ends_at__gt=at).exists()


# --- The same words from two sides -----------------------------------------------------------------------------------
def key_of(one: Due) -> tuple[str, int]:
    """Return the key under which it leaves: that of the same words already sent from the other side, if there are any.

    Graver than what was sent, it is news; so it is when what was sent was over before it appeared. What a mairie itself
    writes twice, it means twice.
    """
    mailings = AlertMailing.objects.filter(Q(alert__website=one.website) | Q(offer__website=one.website))
    mailings = mailings.filter(
        Q(alert__ends_at__gt=one.appeared_at) | Q(offer__share__disappears_at__gt=one.appeared_at),
        Q(alert__gravity__gte=one.said.gravity) | Q(offer__share__gravity__gte=one.said.gravity),
    )
    if one.offer is None:
        mailings = mailings.filter(offer__isnull=False)
    words = folded(one.said.words)
    for mailing in mailings.select_related("alert", "offer__share").order_by("pk"):
        other = Due(alert=mailing.alert, offer=mailing.offer)
        if other.key == one.key:
            break
        if folded(other.said.words) == words:
            return other.key
    return one.key
