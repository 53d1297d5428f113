"""Fictions of a demonstration: a domain whose mail arrives at a former host, what boxes hold where nobody measures."""

from __future__ import annotations

import contextlib
from datetime import datetime

from django.conf import settings
from django_scopes import scope

from socle.domains.actions import check_name, make_base, make_zone
from socle.domains.contract import ZonesError
from socle.domains.models import DomainName
from socle.lib.refusals import refuse
from socle.lib.text import slug
from socle.mail import actions
from socle.mail.defaults import ensure_defaults
from socle.mail.domains import take_domain
from socle.mail.models import Domain, Mailbox
from socle.people.models import Beneficiary, User
from socle.people.personas import why_not_make_fictions

# Bytes and messages, box after box.
USES = ((412_000_000, 3_120), (88_500_000, 640), (37_200_000, 415), (9_800_000, 122))


def ensure_uses(beneficiary: Beneficiary, *, by: User, at: datetime) -> int:
    """Fill the boxes of a mairie that nobody measured yet, in figures only; return how many. Raises `Refused`."""
    refuse(why_not_make_fictions())
    if settings.SOCLE_MAIL_SERVERS:
        return 0
    with scope(beneficiary=beneficiary):
        boxes = list(Mailbox.objects.filter(beneficiary=beneficiary, measured_at=None).receiving().order_by("pk"))
        for rank, box in enumerate(boxes):
            used, messages = USES[rank % len(USES)]
            actions.note_use(box, used_bytes=min(used, box.quota_bytes), messages=messages, at=at)
    return len(boxes)


def ensure_own_domain(beneficiary: Beneficiary, *, by: User, at: datetime) -> Domain | None:
    """Note, once, a domain of its own for this commune; return it when it was just noted.

    `.invalid` is never anyone's (RFC 2606): the twin of the DNS says that its mail arrives elsewhere. The mail itself
    is given when it was not yet.
    """
    if not settings.DEMO:
        return None
    with scope(beneficiary=beneficiary):
        if Domain.objects.filter(beneficiary=beneficiary, is_own=True).exists():
            return None
        given = ensure_defaults(beneficiary, by=by, at=at)
        place = beneficiary.place_name
        domain = take_domain(beneficiary, f"{slug(place)}.invalid", by=by, at=at)
        # The operator's own records first, as the tasks do: its zone would look changed by somebody else.
        with contextlib.suppress(ZonesError):  # Each name meets the same refusal, and keeps it.
            make_base()
        for name in DomainName.objects.filter(name__in=[given.name, domain.name]):
            if not name.is_own:
                make_zone(name, by=by, at=at)
            check_name(name, by=by, at=at)
    return domain
