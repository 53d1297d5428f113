"""Deferred work: load by identifier, call one function."""

from __future__ import annotations

from django.utils import timezone
from django_scopes import scopes_disabled
from django_tasks import task

from socle.assemblies.models import Assembly
from socle.sections.council import actions


@task()
def follow_members(assembly_id: str) -> None:
    """Show on the site who sits in the assembly as it is now."""
    with scopes_disabled():
        actions.follow_members(Assembly._base_manager.get(pk=assembly_id), at=timezone.now())
