"""Holdings of a person who leaves: their own box at that mairie, and the shared ones they open."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import QuerySet
from django_scopes import scopes_disabled

from socle.lib import dates
from socle.mail import actions, rules
from socle.mail.models import Mailbox, Opening
from socle.people.models import Membership, User
from socle.people.offboarding import Kind

HOLDINGS: tuple[Kind, ...] = (
    Kind(
        "boites",
        "Boîte aux lettres personnelle",
        "socle.mail.offboarding.boxes",
        "Elle reçoit toujours, et n’est ouverte à personne : transmettez-la quand quelqu’un prend la suite.",
        "socle.mail.offboarding.pass_boxes",
        {"mairie": "mairie:mail"},
    ),
    Kind(
        "boites-partagees",
        "Boîtes aux lettres partagées ouvertes à cette personne",
        "socle.mail.offboarding.shared_boxes",
        "Elles lui sont fermées, et restent ouvertes aux autres.",
        "socle.mail.offboarding.pass_shared_boxes",
        {"mairie": "mairie:mail"},
    ),
)


def _boxes(membership: Membership) -> QuerySet[Mailbox]:
    if membership.beneficiary_id is None:
        return Mailbox._base_manager.none()
    with scopes_disabled():  # Of the one mairie that the person leaves.
        found: QuerySet[Mailbox] = Mailbox.objects.filter(
            beneficiary=membership.beneficiary_id, holder=membership.user_id
        ).kept()
        return found.order_by("address")


def boxes(membership: Membership, on: date) -> list[str]:
    """The personal box of this person there, by its address."""
    return [box.address for box in _boxes(membership)]


def pass_boxes(membership: Membership, *, to: User | None, by: User, at: datetime) -> int:
    """The box becomes an archive that whoever takes over reads; without anybody, it is kept, and opened to nobody."""
    on, passed = dates.day_of(at), 0
    with scopes_disabled():
        mine = list(_boxes(membership))
        for box in mine:
            if rules.why_not_hand_over(box, to=to, by=by, on=on) is None:
                actions.hand_over(box, to=to, by=by, at=at)
                passed += 1
    return passed


def _shared(membership: Membership) -> QuerySet[Opening]:
    if membership.beneficiary_id is None:
        return Opening._base_manager.none()
    with scopes_disabled():  # Of the one mairie that the person leaves.
        found: QuerySet[Opening] = Opening.objects.filter(
            mailbox__beneficiary=membership.beneficiary_id, user=membership.user_id, mailbox__holder=None
        )
        return found.select_related("mailbox").order_by("mailbox__address")


def shared_boxes(membership: Membership, on: date) -> list[str]:
    """The shared boxes this person opens there, by their addresses."""
    return [opening.mailbox.address for opening in _shared(membership)]


def pass_shared_boxes(membership: Membership, *, to: User | None, by: User, at: datetime) -> int:
    """Open the boxes to a successor; they are closed to the person who leaves."""
    on, passed = dates.day_of(at), 0
    if membership.beneficiary is not None and rules.serves(membership.user, membership.beneficiary, on=on):
        return 0  # Another role keeps them there.
    with scopes_disabled():
        for opening in list(_shared(membership)):
            if to is not None and rules.why_not_open(opening.mailbox, to, by=by, on=on) is None:
                actions.open_box(opening.mailbox, to=to, may_send=opening.may_send, by=by, at=at)
            if rules.why_not_close(opening, by=by, on=on) is None:
                actions.close_box(opening, by=by, at=at)
                passed += 1
    return passed
