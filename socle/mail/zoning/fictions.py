"""The fictitious domain of a demonstration: a name of the commune's own whose mail still arrives at a former host."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django_scopes import scope

from socle.lib.text import slug
from socle.mail.defaults import ensure_defaults
from socle.mail.domains import take_domain
from socle.mail.models import Domain
from socle.mail.zoning import actions
from socle.people.models import Beneficiary, User


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
        place = beneficiary.commune.name if beneficiary.commune else beneficiary.name
        domain = take_domain(beneficiary, f"{slug(place)}.invalid", by=by, at=at)
        for one in (given, domain):
            if not one.is_own:
                actions.make_zone(one, by=by, at=at)
            actions.check_domain(one, by=by, at=at)
    return domain
