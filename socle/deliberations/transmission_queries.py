"""Reads for the screens of the road of acts: few queries, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from socle.deliberations.models import ENDED, Act, Incoming, Reply, Transmission
from socle.documents.models import Document
from socle.people.models import Beneficiary, Operator


def to_go(owner: Beneficiary | Operator) -> QuerySet[Act]:
    """The acts of this body that the prefecture is to receive, and that are on no road, the oldest first."""
    going = Transmission.of_all().exclude(status__in=ENDED).values("act")
    acts = Act.of(owner).exclude(kind__in=(*Act.TELLING, Act.Kind.UNQUALIFIED)).exclude(pk__in=going)
    return acts.filter(received_on=None, not_transmissible_because="").order_by("adopted_on", "pk")


def last_sendings(acts: Iterable[Act]) -> dict[int, Transmission]:
    """The last sending of each of these acts, by the act: those that never left have none."""
    found = Transmission.of_all().filter(act__in=list(acts)).order_by("asked_at", "pk")
    return {one.act_id: one for one in found.select_related("act", "slip", "stamped", "proof")}


def heard(owner: Beneficiary | Operator) -> QuerySet[Incoming]:
    """Messages of the prefecture to this body, the last first, each with its act where it has one."""
    if isinstance(owner, Operator):
        mine = Incoming.of_operators.filter(operator=owner)
    else:
        mine = Incoming.objects.filter(beneficiary=owner)
    return mine.select_related("transmission__act", "message").prefetch_related("files__document", "replies__document")


def letters(owner: Beneficiary | Operator) -> QuerySet[Incoming]:
    """Those that somebody must read: letters, requests, referrals."""
    return heard(owner).filter(kind__in=Incoming.LETTERS, set_aside_because="")


def to_answer(messages: QuerySet[Incoming]) -> QuerySet[Incoming]:
    """Those of these messages that ask for an answer and have none on its road, the oldest first."""
    answered = Reply.of_all().open().values("letter")
    asking = messages.filter(kind__in=(Incoming.Kind.REQUEST, Incoming.Kind.OBSERVATIONS), set_aside_because="")
    return asking.exclude(transmission=None).exclude(pk__in=answered).order_by("received_at", "pk")


def paper(owner: Beneficiary | Operator, pk: int) -> Document | None:
    """A file that this body and its prefecture exchanged, or None: a message, what came along, a slip, an answer."""
    told = heard(owner).order_by()
    mine = Transmission.of(owner).order_by()
    places = [told.values("message"), told.values("files__document"), told.values("replies__document")]
    places += [mine.values(one) for one in ("slip", "stamped", "proof")]
    return Document.objects.filter(reduce(or_, (Q(pk__in=one) for one in places)), pk=pk).first()


def set_aside(owner: Beneficiary | Operator) -> QuerySet[Incoming]:
    """Those that fit nothing, each with its reason."""
    return heard(owner).exclude(set_aside_because="")
