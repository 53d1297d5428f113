"""What every mairie has from the first day: a domain, the boxes people write to, those of its people."""

from __future__ import annotations

import re
from datetime import datetime

from django.conf import settings
from django.db import transaction

from socle.lib import dates
from socle.lib.text import slug
from socle.mail import actions, addresses, queries, rules
from socle.mail.domains import give_domain, held
from socle.mail.models import Alias, Destination, Domain, Mailbox
from socle.mail.models.boxes import Kind
from socle.people.models import BENEFICIARY_ROLES, Beneficiary, Membership, User

# The boxes of a mairie that everybody knows, and the name that recipients see.
SHARED = (("mairie", "{name}"), ("etat-civil", "État civil – {name}"))


@transaction.atomic
def ensure_defaults(beneficiary: Beneficiary, *, by: User, at: datetime) -> Domain:
    """Make what is missing of the first set, and nothing twice; what the mairie deleted since is left deleted.

    `mairie@` and `etat-civil@` are opened to whoever serves there, each of whom has a box of their own; the names that
    must answer lead to `mairie@`. Raises `Refused` when the operator has no domain to give.
    """
    beneficiary, on = held(beneficiary), dates.day_of(at)
    is_new = not Mailbox.objects.filter(beneficiary=beneficiary).exists()
    given = give_domain(beneficiary, by=by, at=at)
    people = _people(beneficiary, at=at)
    if is_new:
        for local, title in SHARED:
            if rules.why_not_name(beneficiary, local) is None:
                box = actions.make_box(
                    beneficiary,
                    local_part=local,
                    kind=Kind.SHARED,
                    display_name=title.format(name=beneficiary.name),
                    quota_bytes=_size(beneficiary),
                    by=by,
                    at=at,
                )
                for person in people:
                    actions.open_box(box, to=person, by=by, at=at)
    _ensure_required(beneficiary, at=at)
    held_by = set(Mailbox.objects.filter(beneficiary=beneficiary).kept().values_list("holder_id", flat=True))
    for person in people:
        if person.pk not in held_by and (local := free_local_part(beneficiary, person)):
            size = _size(beneficiary)
            if rules.why_not_size(beneficiary, size) is None and rules.serves(person, beneficiary, on=on):
                actions.make_box(
                    beneficiary,
                    local_part=local,
                    kind=Kind.PERSONAL,
                    holder=person,
                    display_name=person.name,
                    quota_bytes=size,
                    by=by,
                    at=at,
                )
    return given


def _people(beneficiary: Beneficiary, *, at: datetime) -> list[User]:
    memberships = Membership.objects.active_on(dates.day_of(at)).filter(
        beneficiary=beneficiary, role__in=BENEFICIARY_ROLES, user__is_active=True
    )
    return list(User.objects.filter(pk__in=memberships.values("user")).order_by("pk"))


def _size(beneficiary: Beneficiary) -> int:
    """What the settings give to a new box, or what is left, so that the first boxes always fit."""
    wanted = int(settings.SOCLE_MAIL_BOX_GB * queries.GIGABYTE)
    left = queries.room_of(beneficiary).left
    return wanted if wanted <= left else max(rules.SMALLEST_BOX, left // 2)


def _ensure_required(beneficiary: Beneficiary, *, at: datetime) -> None:
    """Make the names that must answer lead to `mairie@`, or to the first box there is."""
    boxes = Mailbox.objects.filter(beneficiary=beneficiary).receiving()
    box = boxes.filter(local_part="mairie").first() or boxes.filter(kind=Kind.SHARED).first() or boxes.first()
    if box is None:
        return
    for local in addresses.REQUIRED:
        alias, _ = Alias.objects.get_or_create(
            beneficiary=beneficiary, local_part=local, defaults={"is_required": True, "made_at": at}
        )
        if not Destination.objects.filter(alias=alias).reached().exists():
            Destination.objects.get_or_create(alias=alias, mailbox=box, address="")


def free_local_part(beneficiary: Beneficiary, person: User) -> str:
    """`prenom.nom` of a person, told apart when it is taken; empty when nothing readable can be made of their name."""
    words = [word for word in re.split(r"[\s]+", person.name.strip()) if slug(word)]
    if not words:
        return ""
    stem = ".".join(slug(word) for word in (words[0], " ".join(words[1:])) if slug(word))[: addresses.LONGEST_LOCAL - 3]
    for local in (stem, *(f"{stem}{rank}" for rank in range(2, 10))):
        if addresses.LOCAL.fullmatch(local) and rules.why_not_name(beneficiary, local) is None:
            return local
    return ""
