"""Names and addresses of machines: which designate this very one."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Say whether this name or address designates this very machine, without asking any name server."""
    name = host.strip("[]").lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
