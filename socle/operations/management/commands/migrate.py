"""`socle migrate`: Django's own, which makes or upgrades a base in seconds, then publishes this release's texts."""

from __future__ import annotations

import contextlib
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.utils import timezone

from socle.documents.texts import publish_seeds
from socle.lib.migrating import redrawn_alone, swappable_models_found_once
from socle.lib.refusals import Refused
from socle.people.models import User


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        # What is compared with Django's own is the whole way: a migration asked for by name may be one to undo.
        with swappable_models_found_once(), contextlib.nullcontext() if options["migration_name"] else redrawn_alone():
            super().handle(*args, **options)
        # A release brings its texts with its tables. `run_syncdb` is Django's way of making the base of tests.
        partly = options["app_label"] or options["plan"] or options["check_unapplied"] or options["fake"]
        if not partly and not options["run_syncdb"]:
            self._publish_texts(options["verbosity"])

    def _publish_texts(self, verbosity: int) -> None:
        try:
            published = publish_seeds(by=User.objects.system(), at=timezone.now())
        except Refused as refusal:
            raise CommandError(f"La base est à jour, mais ses textes ne sont pas publiés. {refusal}") from refusal
        for text in published if verbosity else ():
            self.stdout.write(f"Texte publié\u00a0: {text}.")
