"""The script that a machine runs once: written for its system, holding a code and no secret."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from socle.backups import rules
from socle.backups.models import Machine, Period, System
from socle.lib.refusals import refuse

FOLDER = Path(__file__).parent / "scripts"
# As systemd and cron both say them; the Windows script reads the same words.
PERIODS = {Period.DAY: "daily", Period.WEEK: "weekly", Period.MONTH: "monthly"}


@dataclass(frozen=True)
class Script:
    """A ready script, and the two commands that go with it."""

    filename: str
    content: bytes
    get_restic: str
    run: str


def script_of(machine: Machine, code: str) -> Script:
    """Write the script of a machine. Raises Refused when its folders could not be written in it safely."""
    refuse(rules.why_not_folders(machine.folders, system=machine.system))
    is_windows = machine.system == System.WINDOWS
    quote = _quoted_for_powershell if is_windows else shlex.quote
    text = (FOLDER / ("windows.ps1" if is_windows else "linux.sh")).read_text(encoding="utf-8")
    period = PERIODS[Period(machine.every_days)]
    for name, value in (("ADDRESS", settings.PLATFORM_URL.rstrip("/")), ("CODE", code), ("PERIOD", period)):
        text = text.replace(f"@{name}@", quote(value))
    # Last, so that nothing of what a person typed is read as one of our marks. No folder is a line that ends the list:
    # each begins by « / » or by the letter of a disk.
    text = text.replace("@FOLDERS@", machine.folders)
    if is_windows:
        # Windows' own PowerShell reads UTF-8 only under its mark.
        content = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
        run = "powershell -ExecutionPolicy Bypass -File .\\socle-sauvegarde.ps1"
        return Script("socle-sauvegarde.ps1", content, "winget install --id restic.restic --scope machine", run)
    get = "sudo apt-get install restic curl" if machine.system == System.LINUX else "sudo opkg install restic"
    return Script("socle-sauvegarde.sh", text.encode(), get, "sudo sh socle-sauvegarde.sh")


def _quoted_for_powershell(value: str) -> str:
    doubled = value.replace("'", "''")
    return f"'{doubled}'"
