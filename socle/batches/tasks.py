"""Deferred work: a slice of the batches, then the next one."""

from __future__ import annotations

from django_tasks import task

from socle.batches import actions


@task()
def carry_on(batch_id: str = "") -> None:
    """Serve the batches for a few seconds, and ask for the next slice; `batch_id` is the one whose news it follows."""
    if actions.carry_on():
        actions.enqueue_next()
