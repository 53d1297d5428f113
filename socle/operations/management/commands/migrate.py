"""`socle migrate`: Django's own, which makes a new base in a few seconds, and upgrades one as fast."""

from __future__ import annotations

import contextlib
from typing import Any

from django.core.management.commands import migrate

from socle.lib.migrating import redrawn_alone, swappable_models_found_once


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        # What is compared with Django's own is the whole way: a migration asked for by name may be one to undo.
        with swappable_models_found_once(), contextlib.nullcontext() if options["migration_name"] else redrawn_alone():
            super().handle(*args, **options)
