"""Deferred work of whoever runs the engines."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from socle.provisioning.monitoring import actions


@task(priority=10)
def try_engines() -> None:
    """Try each engine all the way, before whatever else waits: a long queue must not hide an engine that is down."""
    actions.try_engines(at=timezone.now())


@task(priority=-10)
def read_usage() -> None:
    """Read the space that is taken; whatever else waits goes first."""
    actions.read_usage(at=timezone.now())
