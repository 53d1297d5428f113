"""Queue of tasks: what waits in it.

A task that does much, and nothing urgent, holds its worker meanwhile: between two things it asks whether somebody
waits, and leaves the rest to its next time.
"""

from __future__ import annotations

from django_tasks_db.models import DBTaskResult

# How long, in seconds, one task of what is not urgent keeps a worker.
SLICE = 15.0
# The priority of what comes after what makes a commune's services, and of what comes after even that.
BEHIND, LAST = -10, -20


def is_awaited(*, above: int) -> bool:
    """Say whether a task more urgent than this priority could begin now: one query."""
    return bool(DBTaskResult.objects.ready().filter(priority__gt=above).exists())
