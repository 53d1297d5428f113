"""Queries: what others read of the mail: who opens what, where each address leads, what is left of the quota."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import BooleanField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.lib.dates import day_of
from socle.mail.models import Alias, Allowance, Destination, Domain, Forwarding, Mailbox, Opening
from socle.mail.models.boxes import RECEIVING, Status
from socle.mail.models.domains import Status as DomainStatus
from socle.people.devices import queries as devices
from socle.people.models import BENEFICIARY_ROLES, Beneficiary, Membership, User

GIGABYTE = 10**9


def served(on: date, *, beneficiary: str, user: str = "user") -> Exists:
    """Whether the person of the outer row serves its beneficiary on this day: paths of both from that row."""
    theirs = Membership.objects.active_on(on).filter(role__in=BENEFICIARY_ROLES)
    return Exists(theirs.filter(user=OuterRef(user), beneficiary=OuterRef(beneficiary)))


def openings_in_force(on: date) -> QuerySet[Opening]:
    """Who opens which box today: box in service, account open, and a function in force there."""
    return Opening.objects.filter(
        served(on, beneficiary="mailbox__beneficiary"), mailbox__status=Status.ACTIVE, user__is_active=True
    )


def signing_in(on: date) -> QuerySet[Opening]:
    """By which openings somebody may sign in today, with a device or in the browser: those in force, of a beneficiary
    whose service is not suspended. The service is suspended when its main domain is; what arrives is kept.
    """
    silent = Domain.objects.filter(is_main=True, status=DomainStatus.SUSPENDED)
    return openings_in_force(on).exclude(mailbox__beneficiary__in=silent.values("beneficiary"))


def logins(on: date) -> QuerySet[Opening, Any]:
    """Which address is opened by which device password, and whether it may write under that address.

    Rows of `address`, `store`, `prefix`, `digest`, `may_send`: the digest is one that Dovecot reads. A box that is
    suspended or deleted, a person who serves no more or lacks the second factor their role wants, a password that was
    ended: no row. In the scope in force.
    """
    rows = signing_in(on).filter(user__device_passwords__in=devices.entering(on=on).filter(opens_mail=True))
    return rows.order_by("mailbox__address", "user__device_passwords__prefix").values(
        "may_send",
        address=F("mailbox__address"),
        store=F("mailbox__store"),
        prefix=F("user__device_passwords__prefix"),
        digest=F("user__device_passwords__digest"),
    )


@dataclass(frozen=True)
class Route:
    """Where what is written to an address goes: boxes by their main address, or addresses outside."""

    address: str
    to: tuple[str, ...]


def routes(beneficiary: Beneficiary) -> Iterator[Route]:
    """Every address at which this beneficiary is written to, at each of its domains in service, and where it leads.

    A box leads to itself; at the other domains, to its main address. An alias that reaches nobody yet is left out: its
    sender is told that the address does not exist, rather than nothing at all.
    """
    domains = list(Domain.objects.filter(beneficiary=beneficiary).receiving().values_list("name", flat=True))
    boxes = Mailbox.objects.filter(beneficiary=beneficiary).receiving().values_list("local_part", "address")
    for local_part, address in boxes:
        for domain in domains:
            yield Route(f"{local_part}@{domain}", (address,))
    reached: dict[int, list[str]] = {}
    for alias, box, outside in (
        Destination.objects.filter(alias__beneficiary=beneficiary)
        .reached()
        .values_list("alias_id", "mailbox__address", "address")
    ):
        reached.setdefault(alias, []).append(box or outside)
    for pk, local_part in Alias.objects.filter(beneficiary=beneficiary).values_list("pk", "local_part"):
        if pk in reached:
            for domain in domains:
                yield Route(f"{local_part}@{domain}", tuple(reached[pk]))


def addresses_of(mailbox: Mailbox) -> list[str]:
    """Every address at which a box receives, its main one first."""
    names = Domain.objects.filter(beneficiary=mailbox.beneficiary_id).receiving().values_list("name", flat=True)
    every = [f"{mailbox.local_part}@{name}" for name in names]
    return [mailbox.address, *(one for one in every if one != mailbox.address)]


def main_domain(beneficiary: Beneficiary) -> Domain | None:
    """The domain under which its boxes are shown, or None before it has one."""
    found: Domain | None = Domain.objects.filter(beneficiary=beneficiary, is_main=True).first()
    return found


@dataclass(frozen=True)
class Quota:
    """The quota of a beneficiary, in bytes: in all, what its boxes were given, what they use."""

    total: int
    given: int
    used: int

    @property
    def left(self) -> int:
        """Return the quota that can still be given to a box."""
        return max(0, self.total - self.given)


# What a box takes of the quota: its state, what it was given, what it uses.
SIZES = ("status", "quota_bytes", "used_bytes")


def quota_of(beneficiary: Beneficiary) -> Quota:
    """The quota it has."""
    return _quota(beneficiary, Mailbox.objects.filter(beneficiary=beneficiary).kept().values_list(*SIZES))


def _quota(beneficiary: Beneficiary, kept: Iterable[Sequence[Any]]) -> Quota:
    """A deleted box counts for what it holds, as long as it is kept. `kept`: `SIZES` of each box."""
    allowance = Allowance.objects.filter(beneficiary=beneficiary).values_list("total_bytes", flat=True).first()
    total = allowance if allowance is not None else int(settings.SOCLE_MAIL_ROOM_GB * GIGABYTE)
    given = used = 0
    for status, box_given, box_used in kept:
        given += box_used if status == Status.DELETED else box_given
        used += box_used
    return Quota(total, given, used)


@dataclass
class Holdings:
    """Boxes, names, people and quota of a beneficiary, read in five queries for the rules. Whoever makes a box adds it.

    `boxes`: by its start of address, whether each box that is kept is deleted. `serving`: who serves there that day,
    and whether they are to have a box of their own. `holders`: who has one.
    """

    domain: Domain | None
    boxes: dict[str, bool]
    holders: set[int]
    aliases: set[str]
    serving: dict[int, bool]
    quota: Quota

    def add(self, box: Mailbox) -> None:
        """Count a box that was just made."""
        self.boxes[box.local_part] = False
        if box.holder_id is not None:
            self.holders.add(box.holder_id)
        self.quota = replace(self.quota, given=self.quota.given + box.quota_bytes)


def holdings_of(beneficiary: Beneficiary, *, on: date) -> Holdings:
    """Read what a beneficiary holds of mail on this day. Its row is to be held by whoever adds to it."""
    kept = list(Mailbox.objects.filter(beneficiary=beneficiary).kept().values_list("local_part", "holder_id", *SIZES))
    serving: dict[int, bool] = {}
    members = Membership.objects.active_on(on).filter(beneficiary=beneficiary, role__in=BENEFICIARY_ROLES)
    for user_id, has_box in members.values_list("user_id", "has_box"):
        serving[user_id] = serving.get(user_id, False) or has_box
    return Holdings(
        domain=main_domain(beneficiary),
        boxes={local: status == Status.DELETED for local, _, status, *_ in kept},
        holders={holder for _, holder, *_ in kept if holder is not None},
        aliases=set(Alias.objects.filter(beneficiary=beneficiary).values_list("local_part", flat=True)),
        serving=serving,
        quota=_quota(beneficiary, [sizes for _, _, *sizes in kept]),
    )


def boxes_opened_by(user: User, on: date) -> QuerySet[Mailbox]:
    """The boxes a person opens today in the scope in force, each with `may_send`."""
    theirs = openings_in_force(on).filter(user=user)
    sending = theirs.filter(mailbox=OuterRef("pk"), may_send=True)
    return Mailbox.objects.filter(pk__in=theirs.values("mailbox")).annotate(
        may_send=Coalesce(Exists(sending), Value(False), output_field=BooleanField())
    )


def logins_of(user: User) -> list[str]:
    """Every address of the boxes this person opens, wherever it is: what their programs may give as an identifier."""
    with scopes_disabled():  # Everywhere this very person serves.
        opened = openings_in_force(day_of(timezone.now())).filter(user=user).select_related("mailbox")
        return sorted({address for one in opened for address in addresses_of(one.mailbox)})


def domain_of_host(host: str) -> Domain | None:
    """The domain of ours that this host configures (`autoconfig.…`, `mta-sts.…`), or None."""
    label, _, name = host.partition(".")
    if label not in ("autoconfig", "autodiscover", "mta-sts") or not name:
        return None
    with scopes_disabled():  # Asked by anybody: only that the domain is one of ours is said.
        found: Domain | None = Domain.objects.open().filter(name=name).select_related("beneficiary").first()
    return found


def forwardings_in_force() -> QuerySet[Forwarding]:
    """Return the forwardings in force, of boxes that receive, in the scope in force."""
    return Forwarding.objects.filter(confirmed_at__isnull=False, mailbox__status__in=RECEIVING)
