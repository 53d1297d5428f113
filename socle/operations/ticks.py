"""Ticks that belong to no room: the platform's own housekeeping."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from socle.people.models import User
from socle.retention import actions as retention


def prune_task_results() -> None:
    """Forget tasks that went well after three days, and those that failed after a month."""
    call_command("prune_db_task_results", queue_name="*", min_age_days=3, failed_min_age_days=30, verbosity=0)


def let_personal_data_go() -> None:
    """Apply the rules of retention that are due."""
    retention.sweep(by=User.objects.system(), at=timezone.now())


def clear_sessions() -> None:
    """Remove the sessions that ended."""
    call_command("clearsessions", verbosity=0)


def optimize_database() -> None:
    """Let SQLite renew the statistics of its planner; PostgreSQL does so by itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA optimize")
