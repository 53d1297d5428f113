"""Deferred work: the vintages that were confirmed."""

from __future__ import annotations

from django_tasks import task

from socle.mergers import vintages


@task()
def import_asked(import_id: str = "") -> None:
    """Write the vintages that were confirmed; `import_id` is the one whose news it follows."""
    vintages.carry_due()
