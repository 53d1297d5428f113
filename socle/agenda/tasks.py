"""Deferred work of the agendas."""

from django.utils import timezone
from django_tasks import task

from socle.agenda import guests, meetings


@task(priority=5)
def tell_guests(calendar_id: int, href: str, text: str, method: str, emails: list[str]) -> int:
    """Write to the guests of an event."""
    return guests.tell(calendar_id, href, text, method, emails, at=timezone.now())


@task(priority=5)
def follow_meeting(meeting_id: str) -> bool:
    """Show a meeting of the council in its calendar, or take it out."""
    return meetings.follow(int(meeting_id), at=timezone.now())
