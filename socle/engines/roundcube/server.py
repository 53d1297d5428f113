"""Which programs Roundcube wants, and whether it answers: php-fpm serves it (`deploy/mail/webmail`)."""

from __future__ import annotations

import contextlib
import http.client
from glob import glob
from urllib.parse import urlsplit

# What must be there, and the Debian packages that bring it.
PROGRAMS = {
    "/usr/share/roundcube/index.php": "roundcube-core",
    "/usr/share/roundcube/SQL/sqlite.initial.sql": "roundcube-sqlite3",
    "/usr/share/roundcube/plugins/archive/archive.php": "roundcube-plugins",
    "/usr/bin/php": "php-cli",
    "/usr/lib/php/*/pdo_sqlite.so": "php-sqlite3",
    "/usr/lib/php/*/mbstring.so": "php-mbstring",
    "/usr/lib/php/*/dom.so": "php-xml",
    "/usr/lib/php/*/intl.so": "php-intl",
    "/usr/lib/php/*/curl.so": "php-curl",
}


def missing_packages() -> list[str]:
    """The Debian packages to install before anything can start."""
    return sorted({package for path, package in PROGRAMS.items() if not glob(path)})


def answers(url: str) -> bool:
    """Whether a Roundcube answers at this address of the settings: it leads to the platform, or shows its door."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        link = kind(parts.hostname or "", parts.port, timeout=5)
        with contextlib.closing(link):
            link.request("GET", f"{parts.path.rstrip('/')}/")
            return link.getresponse().status in (200, 302)
    except (OSError, http.client.HTTPException):
        return False
