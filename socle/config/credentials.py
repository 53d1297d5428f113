"""Secrets handed over by systemd: `LoadCredential=variables:/etc/socle/credentials`.

Each file of that folder is named after a variable; its content is worth the variable. Such a secret is in no unit, in
no environment that other programs inherit, and in memory only.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

FOLDER = "CREDENTIALS_DIRECTORY"
# What systemd puts before the name of each file of a folder, from the name the unit gives to the folder.
PREFIX = "variables_"


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that systemd handed over as files; none outside systemd."""
    folder = environ.get(FOLDER, "")
    if not folder or not Path(folder).is_dir():
        return {}
    return {
        path.name.removeprefix(PREFIX): path.read_text(encoding="utf-8").strip()
        for path in sorted(Path(folder).iterdir())
        if path.name.startswith(f"{PREFIX}SOCLE_") and path.is_file()
    }
