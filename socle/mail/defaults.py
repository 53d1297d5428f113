"""Defaults of every mairie from the first day: a domain, the boxes people write to, those of its people."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django_scopes import scopes_disabled

from socle.lib import dates
from socle.lib.refusals import Refused
from socle.lib.text import slug
from socle.mail import actions, addresses, queries, rules
from socle.mail.domains import give_domain, held
from socle.mail.models import Alias, Destination, Domain, Mailbox
from socle.mail.models.boxes import Kind
from socle.mail.models.domains import Status
from socle.people.models import BENEFICIARY_ROLES, Beneficiary, Membership, MembershipQuerySet, User

# The boxes of a mairie that everybody knows, and the name that recipients see.
SHARED = (("mairie", "{name}"), ("etat-civil", "État civil – {name}"))
# How long somebody who came is looked for: later, a box that they do not have was taken from them on purpose.
NEWCOMER = timedelta(days=7)


@transaction.atomic
def ensure_defaults(beneficiary: Beneficiary, *, by: User, at: datetime) -> Domain:
    """Make what is missing of the first set, and nothing twice; what the mairie deleted since is left deleted.

    `mairie@` and `etat-civil@` are opened to whoever serves there, each of whom has a box of their own; the names that
    must answer lead to `mairie@`. Raises `Refused` when the operator has no domain to give.
    """
    beneficiary = held(beneficiary)
    is_new = not Mailbox.objects.filter(beneficiary=beneficiary).exists()
    given = give_domain(beneficiary, by=by, at=at)
    there = queries.holdings_of(beneficiary, on=dates.day_of(at))
    people = list(User.objects.filter(pk__in=there.serving, is_active=True).order_by("pk"))
    if is_new:
        for local, title in SHARED:
            if rules.why_not_name(there, local) is None:
                box = actions.make_box(
                    beneficiary,
                    local_part=local,
                    kind=Kind.SHARED,
                    display_name=title.format(name=beneficiary.name),
                    quota_bytes=_size(there.quota),
                    by=by,
                    at=at,
                    there=there,
                )
                actions.open_new_box(box, to=people, by=by, at=at)
    _ensure_required(beneficiary, at=at)
    for person in people:
        _ensure_own_box(beneficiary, person, there, by=by, at=at)
    return given


@transaction.atomic
def welcome(beneficiary: Beneficiary, person: User, *, by: User, at: datetime) -> Mailbox | None:
    """Make the box of somebody who comes to a mairie whose mail is in service; return it, or None when none was made.

    One who has a box there, open or deleted, keeps that one. The shared boxes are opened by the mairie itself.
    """
    beneficiary = held(beneficiary)
    there = queries.holdings_of(beneficiary, on=dates.day_of(at))
    if there.domain is None or there.domain.status != Status.ACTIVE:
        return None
    try:
        return _ensure_own_box(beneficiary, person, there, by=by, at=at)
    except Refused:
        # The mairie has as many boxes as it may: it makes this one when it has made space for it.
        return None


def without_box(memberships: MembershipQuerySet) -> MembershipQuerySet:
    """Those of people who have no box, open or deleted, at a mairie whose mail is in service."""
    has_one = Mailbox.objects.kept().filter(beneficiary=OuterRef("beneficiary"), holder=OuterRef("user"))
    return memberships.filter(~Exists(has_one), beneficiary__mail_domains__status=Status.ACTIVE)


def welcome_newcomers(*, at: datetime) -> int:
    """Make the boxes that a lost message left, and those of people whose first day has come; return how many."""
    on = dates.day_of(at)
    with scopes_disabled():  # Every mairie in turn.
        newcomers = Membership.objects.active_on(on).filter(
            role__in=BENEFICIARY_ROLES, user__is_active=True, starts_on__gte=on - NEWCOMER, has_box=True
        )
        waiting = without_box(newcomers).distinct()
        system = User.objects.system()
        return sum(
            welcome(one.beneficiary, one.user, by=system, at=at) is not None
            for one in waiting.select_related("beneficiary", "user").order_by("pk")
            if one.beneficiary is not None
        )


def _ensure_own_box(
    beneficiary: Beneficiary, person: User, there: queries.Holdings, *, by: User, at: datetime
) -> Mailbox | None:
    """Make the box of this person unless they have one, or nothing can be made of their name, or its quota is used."""
    # Unless the mairie said, for each of their functions, that no box is to be opened.
    if person.pk in there.holders or not there.serving.get(person.pk):
        return None
    size = _size(there.quota)
    if not (local := free_local_part(there, person)) or rules.why_not_size(there.quota, size) is not None:
        return None
    return actions.make_box(
        beneficiary,
        local_part=local,
        kind=Kind.PERSONAL,
        holder=person,
        display_name=person.name,
        quota_bytes=size,
        by=by,
        at=at,
        there=there,
    )


def _size(quota: queries.Quota) -> int:
    """Return the quota that the settings give to a new box, or what is left, so that the first boxes always fit."""
    wanted = int(settings.SOCLE_MAIL_BOX_GB * queries.GIGABYTE)
    return wanted if wanted <= quota.left else max(rules.SMALLEST_BOX, quota.left // 2)


def _ensure_required(beneficiary: Beneficiary, *, at: datetime) -> None:
    """Make the names that must answer lead to `mairie@`, or to the first box there is."""
    boxes = list(Mailbox.objects.filter(beneficiary=beneficiary).receiving())
    # The first of those that sort first: `mairie@`, a shared one, any.
    box = min(boxes, key=lambda one: (one.local_part != "mairie", one.kind != Kind.SHARED), default=None)
    if box is None:
        return
    required = Alias.objects.filter(beneficiary=beneficiary, local_part__in=addresses.REQUIRED)
    there = {alias.local_part for alias in required}
    Alias.objects.bulk_create(
        Alias(beneficiary=beneficiary, local_part=local, is_required=True, made_at=at)
        for local in addresses.REQUIRED
        if local not in there
    )
    reached = Destination.objects.filter(alias=OuterRef("pk")).reached()
    Destination.objects.bulk_create(
        Destination(alias=alias, mailbox=box, address="") for alias in required.filter(~Exists(reached))
    )


def free_local_part(there: queries.Holdings, person: User) -> str:
    """`prenom.nom` of a person, told apart when it is taken; empty when nothing readable can be made of their name."""
    words = [word for word in re.split(r"[\s]+", person.name.strip()) if slug(word)]
    if not words:
        return ""
    stem = ".".join(slug(word) for word in (words[0], " ".join(words[1:])) if slug(word))[: addresses.LONGEST_LOCAL - 3]
    for local in (stem, *(f"{stem}{rank}" for rank in range(2, 10))):
        if addresses.LOCAL.fullmatch(local) and rules.why_not_name(there, local) is None:
            return local
    return ""
