"""Monitoring for the operator: the deferred work and the disks of the platform."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Min, Q
from django.urls import reverse
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from socle.lib.findings import Severity
from socle.lib.text import bytes_in_french, number
from socle.operations import beats, processes
from socle.operations.doctor import machine
from socle.provisioning.contract import EngineError
from socle.provisioning.monitoring.contract import Seen, Trouble, Watch
from socle.ui.shapes import Fact, Link

AN_HOUR = timedelta(hours=1)
# Seconds: the ticks beat every 20 and every minute (socle.operations.scheduler).
SILENCE = {"scheduler": 120, "worker": 300}
# Below this share of a disk, it is said.
NARROW = 0.05


class PlatformWatch(Watch):
    """Of the queue of the tasks and of the disks."""

    code, label, icon = "plateforme", "Plateforme", "server"
    tasks = ("",)
    trial = (
        "Toutes les cinq minutes, la tâche de fond écrit un fichier d’essai sur le disque, le relit et l’efface : elle "
        "tourne, et le disque écrit."
    )

    def why_none(self) -> str | None:
        return None

    @property
    def is_simulated(self) -> bool:
        return False

    def try_it(self) -> None:
        for finding in machine.writing():
            if finding.severity is Severity.ERROR:
                raise EngineError(finding.says)

    def see(self, *, at: datetime) -> Seen:
        due = DBTaskResult.objects.filter(status=TaskResultStatus.READY).filter(
            Q(run_after=get_date_max()) | Q(run_after__lte=at)
        )
        waiting = due.aggregate(count=Count("id"), oldest=Min("enqueued_at"))
        done = DBTaskResult.objects.filter(status=TaskResultStatus.SUCCESSFUL, finished_at__gte=at - AN_HOUR).count()
        failing = {one.code: one for one in processes.failing()}
        troubles = [Trouble(one.says, reverse("console:platform")) for one in failing.values()]
        for name, label in (("scheduler", "Le planificateur"), ("worker", "L’exécuteur de tâches")):
            silence = beats.seconds_since(name)
            if name not in failing and (silence is None or silence > SILENCE[name]):
                troubles.append(Trouble(f"{label} ne donne plus signe de vie.", reverse("console:platform")))
        disks = list(_disks())
        troubles += [
            Trouble(f"Il reste peu de place : {label.lower()}.", reverse("console:platform"), "alert")
            for label, usage in disks
            if usage.free < usage.total * NARROW
        ]
        return Seen(
            facts=(
                Fact("Tâches en attente", number(waiting["count"]), _since(waiting["oldest"], at)),
                Fact("Tâches faites depuis une heure", number(done)),
                *(
                    Fact(label, f"{bytes_in_french(usage.free)} libres", f"sur {bytes_in_french(usage.total)}")
                    for label, usage in disks
                ),
            ),
            troubles=tuple(troubles),
            unmeasured=(
                "La mémoire et le processeur de la machine ne sont pas mesurés ici : l’outil qui surveille vos "
                "serveurs les lit.",
            ),
            links=(Link("État de la plateforme", reverse("console:platform"), "shield"),),
        )


def _since(oldest: datetime | None, at: datetime) -> str:
    if oldest is None:
        return ""
    minutes = int((at - oldest).total_seconds() // 60)
    return "la plus ancienne depuis moins d’une minute" if minutes < 1 else f"la plus ancienne depuis {minutes} min"


def _disks() -> Iterator[tuple[str, shutil._ntuple_diskusage]]:
    """Each disk that keeps something, once: folders on the same one are told together."""
    folders: list[tuple[str, str | Path]] = [
        ("Disque des données", settings.DATA_DIR),
        ("Disque des sauvegardes", settings.SOCLE_MACHINE_BACKUPS_DIR),
    ]
    if not settings.FILES_TARGET:
        folders.append(("Disque des dossiers partagés", settings.FILES_ROOT))
    folders.append(("Disque des agendas", settings.SOCLE_AGENDA_DIR))
    known: set[int] = set()
    for label, folder in folders:
        path = Path(folder)
        if path.exists() and (device := path.stat().st_dev) not in known:
            known.add(device)
            yield label, shutil.disk_usage(path)
