"""Retention rules of this room: how long its personal data is kept."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from socle.lib.declared import CHOICE, Ending, Fate, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "taches",
        "Traces des tâches de fond",
        "destinataires des courriels de service, par leur identifiant",
        "après leur fin",
        30,
        CHOICE,
        Fate.ERASED,
        "socle.operations.retention.erase_task_results",
        ends=Ending.MACHINE,
        because="Un journal technique.",
    ),
)


def erase_task_results(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Tasks that ended, well or not. Those that went well go after three days already (`ticks`)."""
    ended = (TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED)
    over = DBTaskResult.objects.filter(status__in=ended, finished_at__lt=before)
    return over.count() if is_dry else over.delete()[0]
