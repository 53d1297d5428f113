"""Proposals made to one site, as the people of its mairie read it: what waits first, then what they answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from socle.sites.models.sites import WebSite
from socle.syndication.models import Answer, Policy, ShareOffer, SharingChoice
from socle.syndication.sources import Source, sources_of

# How many of those that are over stay on the screen.
MOST_OVER = 20
MOST_SHOWN = 100


def _of(website: WebSite) -> Any:
    return ShareOffer.objects.filter(website=website)


def _current(at: datetime) -> Q:
    return Q(share__withdrawn_at=None, share__disappears_at__gt=at, left_at=None)


def waiting_offers(website: WebSite, *, at: datetime) -> Any:
    """Return what the mairie has still to decide: alerts first, then what appears the soonest."""
    return _of(website).filter(_current(at), answer=Answer.WAITING)


@dataclass(frozen=True)
class Chosen:
    """A source and what the mairie does with what it proposes."""

    source: Source
    policy: str
    is_safety_accepted: bool


@dataclass(frozen=True)
class Offered:
    """All that was proposed to a site, by what became of it."""

    waiting: list[ShareOffer]
    accepted: list[ShareOffer]
    refused: list[ShareOffer]
    over: list[ShareOffer]
    chosen: list[Chosen]


def offered_to(website: WebSite, *, at: datetime) -> Offered:
    """Read the proposals made to a site: few queries, whatever their number."""
    rows = _of(website).select_related("share__picture")
    current = rows.filter(_current(at)).order_by("share__appears_at", "pk")
    by_answer: dict[str, list[ShareOffer]] = {answer: [] for answer in Answer.values}
    for offer in current[:MOST_SHOWN]:
        by_answer[offer.answer].append(offer)
    waiting = sorted(by_answer[Answer.WAITING], key=lambda offer: offer.share.kind != "alert")
    return Offered(
        waiting=waiting,
        accepted=by_answer[Answer.ACCEPTED],
        refused=by_answer[Answer.REFUSED],
        over=list(rows.exclude(_current(at)).order_by("-share__disappears_at", "-pk")[:MOST_OVER]),
        chosen=choices_of(website),
    )


def choices_of(website: WebSite) -> list[Chosen]:
    """Return each source that may propose something to a site, with what the mairie does with it."""
    kept = {(one.epci_id, one.operator_id): one for one in SharingChoice.objects.filter(website=website)}
    found = []
    for source in sources_of(website):
        key = (source.epci.pk if source.epci else None, source.operator.pk if source.operator else None)
        choice = kept.get(key)
        found.append(
            Chosen(source, choice.policy, choice.is_safety_accepted) if choice else Chosen(source, Policy.ASK, False)
        )
    return found
