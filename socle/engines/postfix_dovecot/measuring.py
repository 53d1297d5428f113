"""Notes in the room what each box holds, as Dovecot counts it."""

from __future__ import annotations

from datetime import datetime

from django_scopes import scopes_disabled

from socle.engines.postfix_dovecot.doveadm import Doveadm, DoveadmError
from socle.engines.postfix_dovecot.layout import Layout
from socle.mail import actions
from socle.mail.models import Mailbox


def measure(layout: Layout, *, at: datetime) -> int:
    """Ask Dovecot once for all boxes, and note when. Returns how many changed; 0 when it does not answer."""
    try:
        used = Doveadm(layout).use_of_all()
    except DoveadmError:
        return 0
    changed, same = 0, []
    with scopes_disabled():  # Every mairie's boxes.
        for box in Mailbox.objects.receiving():
            if (there := used.get(box.address)) is None:
                continue
            if (there.used_bytes, there.messages) == (box.used_bytes, box.messages):
                same.append(box.pk)
                continue
            actions.note_use(box, used_bytes=there.used_bytes, messages=there.messages, at=at)
            changed += 1
        actions.note_same_use(same, at=at)
    return changed
