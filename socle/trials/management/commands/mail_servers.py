"""`socle mail-servers …`, with what only a trial wants: systemd starts and stops those of production.

Django takes the command of the first application of `INSTALLED_APPS` that has it: this one, before the engine's.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from socle.engines.postfix_dovecot.layout import NAME, Layout
from socle.engines.postfix_dovecot.management.commands import mail_servers
from socle.trials import trying
from socle.trials.mail_servers import TrialServers


class Command(mail_servers.Command):
    def add_verbs(self, add: Callable[..., Any]) -> None:
        super().add_verbs(add)
        add("start", help="démarrer ce qui ne tourne pas (root)")
        add("stop", help="arrêter (root)\u00a0; rien n’est perdu")
        add("forget", help="démonstration : rendre la messagerie simulée (root) ; rien n’est effacé")
        add("try", help="démonstration\u00a0: deux communes s’écrivent, avec les commandes à recopier")

    def _start(self, folder: Path, options: dict[str, Any]) -> None:
        servers = TrialServers(Layout.load(folder))
        servers.start()
        self._say(servers)

    def _stop(self, folder: Path, options: dict[str, Any]) -> None:
        if os.geteuid() != 0:
            raise CommandError("Ces serveurs tournent sous root\u00a0: relancez cette commande avec sudo.")
        if not (folder / NAME).exists():
            self.stdout.write("Aucun serveur de messagerie n’est décrit ici : rien à arrêter.")
            return
        servers = TrialServers(Layout.load(folder))
        servers.stop()
        self._say(servers)

    def _forget(self, folder: Path, options: dict[str, Any]) -> None:
        if not settings.DEMO:
            raise CommandError("Ceci n’est pas une démonstration : la messagerie n’y devient pas simulée.")
        self._stop(folder, options)
        (folder / NAME).unlink(missing_ok=True)

    def _try(self, folder: Path, options: dict[str, Any]) -> None:
        for line in trying.lines(Layout.load(folder), at=timezone.now()):
            self.stdout.write(line)
