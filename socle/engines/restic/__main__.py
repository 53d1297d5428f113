"""`python -m socle.engines.restic`: what `socle save-server serve` does, without reading the rest of the platform."""

from __future__ import annotations

import os

from socle.engines.restic.serving import serve

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socle.config.settings")
    serve()
