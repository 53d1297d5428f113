"""The script that a machine runs once: written for its system, holding a code and no secret."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.http import HttpResponse

from socle.backups import actions, rules
from socle.backups.models import Machine, System
from socle.lib.refusals import refuse

FOLDER = Path(__file__).parent / "scripts"


@dataclass(frozen=True)
class Script:
    """A ready script; the two commands that go with it, where it is not opened by two clicks."""

    filename: str
    content: bytes
    get_restic: str = ""
    run: str = ""

    def as_file(self) -> HttpResponse:
        """Answer with it, as a file that nobody keeps in a cache."""
        response = HttpResponse(self.content, content_type="text/plain; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{self.filename}"'
        response["Cache-Control"] = "private, no-store"
        return response


def script_of(machine: Machine, code: str) -> Script:
    """Write the script of a machine. Raises Refused when its folders could not be written in it safely."""
    refuse(rules.why_not_folders(machine.folders, system=machine.system))
    is_windows = machine.system == System.WINDOWS
    quote = _quoted_for_powershell if is_windows else shlex.quote
    text = (FOLDER / ("windows.ps1" if is_windows else "linux.sh")).read_text(encoding="utf-8")
    takes_accounts = "non" if machine.system == System.NAS else "oui"
    for name, value in (("ADDRESS", settings.PLATFORM_URL.rstrip("/")), ("CODE", code), ("ACCOUNTS", takes_accounts)):
        text = text.replace(f"@{name}@", quote(value))
    # Last, so that nothing of what a person typed is read as one of our marks. No line of the settings ends the list:
    # each begins by a name and « = ».
    text = text.replace("@SETTINGS@", actions.settings_of(machine))
    if is_windows:
        # Two clicks open it: a few lines of cmd.exe ask for the rights of an administrator, then call PowerShell.
        launcher = (FOLDER / "launcher.cmd").read_text(encoding="ascii")
        return Script("installer-la-sauvegarde.cmd", (launcher + text).replace("\n", "\r\n").encode())
    get = "sudo apt-get install restic curl" if machine.system == System.LINUX else "sudo opkg install restic"
    return Script("socle-sauvegarde.sh", text.encode(), get, "sudo sh socle-sauvegarde.sh")


def _quoted_for_powershell(value: str) -> str:
    """Between single quotes, those that it reads as one (‘ ’ ‚ ‛) doubled like the plain one."""
    doubled = re.sub("(['‘’‚‛])", r"\1\1", value)
    return f"'{doubled}'"
