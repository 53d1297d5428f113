"""An account of the backup server that belongs to nobody: by it the platform tries, without harm, what a thief would.

Whatever answers at a port may be anything: another program, the server of another installation, one that was started
without its two locks. Only an account of this very folder, whose secret nobody else has, can tell.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from socle.backups.contract import StoreError
from socle.engines.restic import htpasswd

USER, STRANGER = "socle-doctor", "socle-stranger"
FILE = "witness"
TIMEOUT = 5.0
# A save that nobody has: asking to destroy it harms nothing where nothing forbids it.
NOTHING = "0" * 64
REFUSED, UNKNOWN = 403, 401


def added(folder: Path, doors: Mapping[str, str]) -> dict[str, str]:
    """These doors (user → digest of the password), and that of the witness; called by whoever holds their lock."""
    return {**doors, USER: (_kept(folder) or _drawn(folder))[1]}


def without(users: frozenset[str]) -> frozenset[str]:
    """These users, but the witness."""
    return users - {USER}


def why_not_ours(folder: Path, listen: str) -> str | None:
    """Ask the server at `listen`; say in French what is wrong with it, or None.

    It must want a password, know the account of this folder, refuse that one account enters another's, and refuse that
    anything is destroyed. Nothing is read, nothing is written. Raises StoreError when nobody answers.
    """
    # Without one, no server was told of it: whatever answers is not ours.
    password, _ = _kept(folder) or (secrets.token_urlsafe(32), "")
    mine = f"/{USER}/config"
    if _ask(listen, "GET", mine) != UNKNOWN:
        return (
            f"Ce qui répond sur {listen} n’est pas le serveur des sauvegardes (restic-rest-server), ou il laisse entrer"
            " sans mot de passe."
        )
    if _ask(listen, "GET", mine, password) == UNKNOWN:
        return f"Le serveur qui répond sur {listen} n’est pas celui des sauvegardes du dossier {folder}."
    if _ask(listen, "GET", f"/{STRANGER}/config", password) != UNKNOWN:
        return f"Le serveur des sauvegardes ({listen}) laisse une machine lire chez une autre (--private-repos manque)."
    if _ask(listen, "DELETE", f"/{USER}/data/{NOTHING}", password) != REFUSED:
        return f"Le serveur des sauvegardes ({listen}) laisse une machine effacer (--append-only manque)."
    return None


def _kept(folder: Path) -> tuple[str, str] | None:
    """The password and its digest, when there are."""
    with contextlib.suppress(OSError, ValueError):
        password, digest = (folder / FILE).read_text(encoding="ascii").split()
        if htpasswd.DIGEST.fullmatch(digest):
            return password, digest
    return None


def _drawn(folder: Path) -> tuple[str, str]:
    """A new one, in a file that its owner alone reads."""
    password = secrets.token_urlsafe(32)
    digest = htpasswd.digest(password)
    draft = folder / f".{FILE}-{os.getpid()}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{password} {digest}")
    draft.replace(folder / FILE)
    return password, digest


def _ask(listen: str, method: str, path: str, password: str = "") -> int:
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    headers = {}
    if password:
        headers["Authorization"] = f"Basic {base64.b64encode(f'{USER}:{password}'.encode()).decode()}"
    everywhere = ("", "0.0.0.0", "::")  # noqa: S104 (compared, never bound here)
    try:
        connection = http.client.HTTPConnection("127.0.0.1" if host in everywhere else host, int(port), timeout=TIMEOUT)
        try:
            connection.request(method, path, headers=headers)
            return connection.getresponse().status
        finally:
            connection.close()
    except http.client.HTTPException:
        # Somebody is there, who does not speak HTTP.
        return 0
    except (OSError, ValueError) as error:
        raise StoreError(f"Le serveur des sauvegardes ne répond pas sur {listen}.") from error
