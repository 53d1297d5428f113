"""Where one Roundcube lives, and where it answers: one file, `webmail.json`, which holds no secret."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from socle.lib.refusals import Said

NAME = "webmail.json"
# Debian's: its code is read where the package put it, and never changed.
SOURCE = Path("/usr/share/roundcube")


class WebmailError(Said):
    """Roundcube cannot be written or started; `sentence` says in French why, and what to do."""


@dataclass(frozen=True)
class Webmail:
    """One Roundcube. `folder` holds all of it: its settings, what it keeps, its logs, the tree that is served."""

    folder: Path
    # Where people's browsers find it.
    url: str = "http://localhost:8090"
    # Where it finds the platform, and where people's browsers do.
    platform: str = "http://localhost:8000"
    home: str = "http://localhost:8000"
    # Both speak TLS from the first byte: host:port.
    imap: str = "localhost:993"
    smtp: str = "localhost:465"
    # The certificate of these servers when nobody signed it but themselves, and the name it bears.
    trusted: str = ""
    # As Roundcube writes it; empty for an SQLite file of this folder.
    database: str = ""
    # The account under which PHP runs: it alone reads the settings.
    owner: str = "www-data"
    # A trial's server listens there; in production php-fpm does (deploy/mail/webmail).
    listen: str = field(default="127.0.0.1")
    # Beside a demonstration, the port by which `socle run` is found wherever it serves; 0 where it has one place.
    relay: int = 0

    @property
    def public(self) -> Path:
        """The tree that is served: links to Debian's, and our plugin beside its own."""
        return self.folder / "public"

    @property
    def settings(self) -> Path:
        return self.folder / "config"

    @property
    def key(self) -> Path:
        """The file of the key by which it encrypts what its sessions hold."""
        return self.folder / "des-key"

    @property
    def pid(self) -> Path:
        return self.folder / "php.pid"

    @property
    def port(self) -> int:
        """The port of its address."""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def path(self) -> str:
        """The path of its address, with both slashes."""
        return f"/{urlsplit(self.url).path.strip('/')}/".replace("//", "/")

    def save(self) -> None:
        """Write the file, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        new = self.folder / f"{NAME}.new"
        new.write_text(json.dumps({**asdict(self), "folder": str(self.folder)}, indent=2))
        new.chmod(0o644)
        os.replace(new, self.folder / NAME)

    @classmethod
    def load(cls, folder: Path) -> Webmail:
        """Read it back. Raises WebmailError when it is absent or is not ours."""
        try:
            said: dict[str, Any] = json.loads((folder / NAME).read_text())
            return cls(**{**said, "folder": folder})
        except FileNotFoundError as error:
            raise WebmailError(f"Aucune messagerie dans le navigateur n’est décrite dans {folder}.") from error
        except (OSError, ValueError, TypeError) as error:
            raise WebmailError(f"Le fichier {folder / NAME} ne se lit pas.") from error
