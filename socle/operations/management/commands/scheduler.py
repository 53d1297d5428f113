"""`socle scheduler`: what happens by itself."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from socle.lib.children import die_with_parent
from socle.operations import processes, scheduler


class Command(BaseCommand):
    help = "Fait, à son heure, ce qui se fait tout seul (socle/operations/scheduler.py). « socle run » le lance déjà."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--child", action="store_true", help="s’arrêter avec le processus qui l’a lancé")

    def handle(self, *args: Any, child: bool, **options: Any) -> None:
        if child:
            die_with_parent()
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        # Shared: each says by it that one lives here, at work or standing by.
        with processes.held(processes.SCHEDULER_LOCK, shared=True):
            scheduler.run_alone(stop.is_set, sleep=lambda seconds: _wait(stop, seconds))


def _wait(stop: threading.Event, seconds: float) -> None:
    stop.wait(seconds)
