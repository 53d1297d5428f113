"""`socle run`: serve the platform."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from socle.lib import ports
from socle.lib.refusals import Refused, refuse
from socle.operations import beside, compatibility, demonstration, processes, supervisor
from socle.operations.safekeeping import restoring
from socle.serving import statics


class Command(BaseCommand):
    help = "Sert la plateforme : le web, les tâches de fond et ce qui se fait tout seul. Ctrl-C arrête tout."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="adresse d’écoute (127.0.0.1)")
        port = settings.RUN_PORT
        parser.add_argument("--port", type=int, default=port, help=f"port d’écoute ({port})")
        parser.add_argument("--workers", type=int, default=2, help="processus du serveur web (2)")

    def handle(self, *args: Any, host: str, port: int, workers: int, **options: Any) -> None:
        try:
            refuse(demonstration.why_not_listen_on(host))
            refuse(demonstration.why_not_this_database())
            # Before its tables are looked for: those that it was bringing may not be there yet.
            refuse(restoring.why_not_start())
            refuse(compatibility.why_not_ready(connection))
            connection.close()
            refuse(supervisor.why_not_listen(host, port))
            with (
                processes.held(processes.RUN_LOCK, shared=True) as free,
                # The web server of another `socle run` listens only seconds after its start.
                processes.port_of_run(port) as is_ours,
            ):
                if not free:
                    raise Refused("La démonstration est en train d’être remise à neuf : réessayez dans un instant.")
                if not is_ours:
                    raise Refused(
                        f"Une autre commande « socle run » sert déjà le port {port}. Arrêtez-la (Ctrl-C), ou choisissez"
                        f" un autre port : socle run --port {port + 1}."
                    )
                self._serve(host, port, workers)
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal

    def _serve(self, host: str, port: int, workers: int) -> None:
        _forget_former_counts()
        if statics.collect_if_needed():
            self.stdout.write("Feuilles de style, images et scripts : rassemblés.")
        # The children read the port where everything else does.
        os.environ["SOCLE_PORT"] = str(port)
        # So does what is started beside, now or once this has ended.
        with contextlib.suppress(OSError):
            (settings.DATA_DIR / "port").write_text(str(port))
        if settings.HAS_MACHINE_BACKUPS and (path := settings.MACHINE_BACKUPS_PORT_FILE):
            # The screens say where machines save: it is chosen before any of them reads it.
            with contextlib.suppress(OSError):  # Their server will say it, and the rest does not stop for it.
                ports.keep(path, beside.saves_port(port))
        url = os.environ.get("SOCLE_PLATFORM_URL") or f"http://localhost:{port}"

        def announce() -> None:
            self.stdout.write(self.style.SUCCESS(f"Socle répond sur {url}  (Ctrl-C pour arrêter)"))
            self.stdout.flush()

        relay = beside.webmail_relay(str(settings.DATA_DIR / "webmail")) if settings.DEMO else 0
        supervisor.supervise(
            supervisor.children(host, port, workers, with_backups=settings.HAS_MACHINE_BACKUPS, relay=relay),
            ready=lambda: supervisor.answers(host, port),
            on_ready=announce,
            say=lambda sentence: self.stderr.write(sentence, self.style.NOTICE),
        )


def _forget_former_counts() -> None:
    # Another `socle run` may serve the same directory: the counts of the living are left alone. Here and not in
    # socle.operations.metrics: reading the models would cost more than all the rest of this command.
    for path in settings.METRICS_DIR.glob("*.db"):
        if not Path("/proc", path.stem.rpartition("_")[2]).exists():
            path.unlink(missing_ok=True)
