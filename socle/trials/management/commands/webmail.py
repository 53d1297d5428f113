"""`socle webmail …`, with what only a trial wants (`mail_servers.py` says how)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from socle.engines.roundcube.layout import NAME, Webmail
from socle.engines.roundcube.management.commands import webmail as engine
from socle.trials.roundcube import Server


class Command(engine.Command):
    def add_verbs(self, add: Callable[..., Any]) -> None:
        super().add_verbs(add)
        add("start", help="démarrer le serveur d’essai")
        add("stop", help="l’arrêter")
        add("forget", help="l’arrêter, et ne plus y mener\u00a0: dans une démonstration")

    def _start(self, folder: Path, options: dict[str, Any]) -> None:
        webmail = Webmail.load(folder)
        Server(webmail).start()
        self.stdout.write(f"Roundcube répond\u00a0: {webmail.url}")

    def _stop(self, folder: Path, options: dict[str, Any]) -> None:
        if not (folder / NAME).exists():
            self.stdout.write("Aucune messagerie dans le navigateur n’est décrite ici\u00a0: rien à arrêter.")
            return
        webmail = Webmail.load(folder)
        if os.geteuid() != 0 and Server(webmail).is_running() and not os.access(webmail.settings, os.R_OK):
            raise CommandError("Ce serveur a été démarré sous root\u00a0: relancez cette commande avec sudo.")
        Server(webmail).stop()
        self.stdout.write("Roundcube est arrêté.")

    def _forget(self, folder: Path, options: dict[str, Any]) -> None:
        if not settings.DEMO:
            raise CommandError("Ceci n’est pas une démonstration\u00a0: retirez SOCLE_MAIL_WEBMAIL_URL.")
        self._stop(folder, options)
        (folder / NAME).unlink(missing_ok=True)
