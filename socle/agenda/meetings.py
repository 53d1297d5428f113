"""The meetings of an assembly in the calendar of its council: written when convened, taken out when called off."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django_scopes import scope, scopes_disabled

from socle.agenda import writing
from socle.agenda.contract import store
from socle.agenda.events import noted
from socle.agenda.models import Calendar, Kind
from socle.agenda.writing import Wanted
from socle.assemblies.emails import LASTS
from socle.assemblies.models import Meeting
from socle.lib.dates import PARIS
from socle.people.models import User


def follow(meeting_id: int, *, at: datetime) -> bool:
    """Show this meeting in the calendar of its council as it is now; say whether something was written.

    Nothing is done for a body without a calendar. Done again, it changes nothing.
    """
    with scopes_disabled():
        meeting = Meeting.objects.select_related("assembly__beneficiary").filter(pk=meeting_id).first()
        beneficiary = meeting.assembly.beneficiary if meeting else None
        if meeting is None or beneficiary is None:
            return False
        calendar = Calendar.objects.filter(beneficiary=beneficiary, kind=Kind.CONSEIL).first()
    if calendar is None:
        return False
    uid = f"seance-{meeting.pk}"
    href = writing.href_of(uid)
    is_cancelled = meeting.status == Meeting.Status.CANCELLED
    start, end = (when.astimezone(PARIS) for when in (meeting.starts_at, meeting.starts_at + LASTS))
    title = meeting.assembly.name[:1].upper() + meeting.assembly.name[1:]
    agenda = "\n".join(f"{item.rank}. {item.subject}" for item in meeting.items.all())
    wanted = Wanted(title, start.date(), end.date(), start.time(), end.time(), meeting.place, agenda)
    by = User.objects.system()
    with store().writing(beneficiary.pk) as writer, transaction.atomic(), scope(beneficiary=beneficiary):
        before = writer.get(calendar.slug, href)
        if is_cancelled:
            if before is None:
                return False
            writer.remove(calendar.slug, href, etag=before.etag)
        elif before is None:
            writer.put(calendar.slug, href, writing.event_text(wanted, uid=uid, at=at), etag=None)
        else:
            writer.put(calendar.slug, href, writing.changed_text(before.text, wanted, at=at), etag=before.etag)
        noted(calendar, is_removed=is_cancelled, by=by, at=at)
    return True
