"""Settings of the real servers started beside a demonstration: plain files, before anything is imported."""

from __future__ import annotations

import json
from pathlib import Path


def saves_port(port: int) -> int:
    """From which port the server of the machines' saves looks for one of its own, far from where platforms answer."""
    return port + 10_000 if port < 55_000 else port - 10_000


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


def webmail_relay(folder: str) -> int:
    """At which port the webmail described in this folder looks for the platform; 0 when it looks for none of ours."""
    try:
        return int(json.loads((Path(folder) / "webmail.json").read_text())["relay"])
    except (OSError, ValueError, TypeError, KeyError):
        return 0
