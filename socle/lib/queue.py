"""What waits in the queue of tasks.

A task that does much, and nothing urgent, holds its worker meanwhile: between two things it asks whether somebody
waits, and leaves the rest to its next time.
"""

from __future__ import annotations

from django_tasks_db.models import DBTaskResult


def is_awaited(*, above: int) -> bool:
    """Say whether a task more urgent than this priority could begin now: one query."""
    return bool(DBTaskResult.objects.ready().filter(priority__gt=above).exists())
