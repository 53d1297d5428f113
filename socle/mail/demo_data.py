"""The boxes of a demonstration: fictitious figures, where no server measures any."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django_scopes import scope

from socle.lib.refusals import refuse
from socle.mail import actions
from socle.mail.models import Mailbox
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
