"""The file that says who enters the server: bcrypt digests, replaced whole, in one go."""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import fcntl
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from socle.backups.contract import StoreError

USER = re.compile(r"[a-z0-9][a-z0-9-]{1,39}", re.ASCII)
DIGEST = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}", re.ASCII)
# The passwords are 256 bits drawn at random: the cost slows the server down, nobody can guess them at any cost.
COST = 6


def digest(password: str) -> str:
    """Return the bcrypt digest of a password, made by the machine's own libcrypt (Debian's libxcrypt)."""
    library = ctypes.util.find_library("crypt")
    if library is None:
        raise StoreError("La bibliothèque libcrypt manque sur cette machine. Sous Debian : apt-get install libcrypt1")
    crypt = ctypes.CDLL(library)
    crypt.crypt_gensalt_rn.restype = crypt.crypt_r.restype = ctypes.c_char_p
    salt = ctypes.create_string_buffer(192)
    if crypt.crypt_gensalt_rn(b"$2b$", ctypes.c_ulong(COST), None, 0, salt, len(salt)) is None:
        raise StoreError("libcrypt ne sait pas faire d’empreinte bcrypt sur cette machine.")
    # `struct crypt_data` of libxcrypt is 32 kB.
    made = crypt.crypt_r(password.encode(), salt.value, ctypes.create_string_buffer(65536))
    text = (made or b"").decode("ascii", "replace")
    if not DIGEST.fullmatch(text):
        raise StoreError("libcrypt ne sait pas faire d’empreinte bcrypt sur cette machine.")
    return text


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only one, during the block, to read who enters and to write it."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "htpasswd.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_line(user: str, kept: str) -> bool:
    """Whether this user and this digest have the form of a line of the file."""
    return bool(USER.fullmatch(user) and DIGEST.fullmatch(kept))


def read(path: Path) -> dict[str, str]:
    """Return user → digest; empty when there is no file. A line that is none of ours is left out."""
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except FileNotFoundError:
        return {}
    found = (line.partition(":") for line in lines)
    return {user: kept for user, _, kept in found if is_line(user, kept)}


def write(path: Path, doors: Mapping[str, str]) -> None:
    """Replace the file by these lines, in one go: a reader sees the former one or the new one, never a half."""
    for user, kept in doors.items():
        if not is_line(user, kept):
            raise StoreError(
                f"« {user[:40]} » ne peut pas entrer : son nom ou son empreinte n’est pas de la bonne forme."
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".htpasswd-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.writelines(f"{user}:{kept}\n" for user, kept in sorted(doors.items()))
            file.flush()
            os.fsync(file.fileno())
        # Nobody but its owner reads it: mkstemp made it 0600, and `replace` keeps that.
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
