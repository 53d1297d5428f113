"""Access of a program: what the person who answers for it reaches in its organisation's name, read each time."""

from __future__ import annotations

from datetime import datetime

from socle.integrations.models import Owned
from socle.lib import dates
from socle.people.models import Beneficiary
from socle.provisioning.access import Access, OwnAccess, access_of, own_access_of


def reach_of(thing: Owned, *, at: datetime) -> Access | OwnAccess | None:
    """Read what a token opens, or what a webhook may be told; None when its organisation has no programme."""
    on, owner = dates.day_of(at), thing.owner
    if isinstance(owner, Beneficiary):
        return own_access_of(thing.held_by, on=on, beneficiary=owner)
    return access_of(thing.held_by, on=on, operator=owner)
