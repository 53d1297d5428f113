"""Ticks that belong to no room: the platform's own housekeeping."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from socle.lib.declared import DAY, HOUR, MINUTE, Tick
from socle.people.models import User
from socle.retention import actions as retention

TICKS: tuple[Tick, ...] = (
    # Signs of life: of whoever runs this table, and of whoever runs the tasks.
    Tick(20, "socle.operations.beats.scheduler_lives"),
    Tick(MINUTE, "socle.operations.beats.worker_lives"),
    # A worker that was killed leaves its task « running » for ever: give it back.
    Tick(5, "socle.operations.reaper.reap"),
    # Results of tasks long finished.
    Tick(HOUR, "socle.operations.ticks.prune_task_results"),
    # Personal data whose time is over: each rule passes once a day.
    Tick(HOUR, "socle.operations.ticks.let_personal_data_go"),
    # Sessions that ended.
    Tick(DAY, "socle.operations.ticks.clear_sessions"),
    # The counts of processes that ended long ago.
    Tick(DAY, "socle.operations.metrics.forget_the_dead"),
    # Statistics for SQLite's planner: without them its searches fall back on whole tables.
    Tick(HOUR, "socle.operations.ticks.optimize_database"),
)


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
