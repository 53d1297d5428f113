"""`socle collectstatic`: Django's own, which also notes of what the files were gathered."""

from __future__ import annotations

from typing import Any

from django.contrib.staticfiles.management.commands import collectstatic

from socle.serving import statics


class Command(collectstatic.Command):
    def handle(self, **options: Any) -> str | None:
        said: str | None = super().handle(**options)
        if not options["dry_run"]:
            statics.note_collected()
        return said
