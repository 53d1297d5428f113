"""The fictitious domain of a demonstration: a name of the commune's own whose mail still arrives at a former host."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django_scopes import scope, scopes_disabled

from socle.lib.text import slug
from socle.mail.domains import take_domain
from socle.mail.models import Domain
from socle.mail.zoning import actions
from socle.people.models import User


def ensure_own_domain(*, by: User, at: datetime) -> Domain | None:
    """Note, once, a domain of its own for the first commune that has a mail; return it when it was just noted.

    `.invalid` is never anyone's (RFC 2606): the twin of the DNS says that its mail arrives elsewhere.
    """
    if not settings.DEMO:
        return None
    with scopes_disabled():  # The demonstration's own, whichever body it belongs to.
        given = Domain.objects.filter(is_own=False).select_related("beneficiary__commune").order_by("pk").first()
    if given is None:
        return None
    with scope(beneficiary=given.beneficiary):
        if Domain.objects.filter(beneficiary=given.beneficiary, is_own=True).exists():
            return None
        place = given.beneficiary.commune.name if given.beneficiary.commune else given.beneficiary.name
        domain = take_domain(given.beneficiary, f"{slug(place)}.invalid", by=by, at=at)
        for one in (given, domain):
            actions.check_domain(one, by=by, at=at)
    return domain
