"""What settings read of the real servers started beside a demonstration: plain files, before anything is imported."""

from __future__ import annotations

import json
from pathlib import Path


def mail_ports(folder: str) -> dict[str, int]:
    """The ports of the mail servers described in this folder, by name; none when they are not described."""
    try:
        ports = json.loads((Path(folder) / "servers.json").read_text())["ports"]
        return {str(name): int(port) for name, port in ports.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def webmail_url(folder: str) -> str:
    """Where the webmail described in this folder answers; nothing when it is not described."""
    try:
        return str(json.loads((Path(folder) / "webmail.json").read_text())["url"])
    except (OSError, ValueError, TypeError, KeyError):
        return ""
