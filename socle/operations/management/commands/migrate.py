"""`socle migrate`: Django's own, which makes a new base in a few seconds, and upgrades one faster."""

from __future__ import annotations

import contextlib
from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from socle.lib.migrating import redrawn_alone, swappable_models_found_once


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        is_new = not connections[options["database"]].introspection.table_names()
        with swappable_models_found_once(), redrawn_alone() if is_new else contextlib.nullcontext():
            super().handle(*args, **options)
