"""Keys of restic that open at once: it draws them out of a passphrase on purpose in half a second of processor.

Each of its commands pays that first, and the tests run hundreds. What it protects is not under test: a key made again
here opens the same repository with the same passphrase, by the same steps, of which one is done once.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.poly1305 import Poly1305

# The least that restic takes: how often scrypt mixes, over how much, at how many places.
HASTE = {"N": 2, "r": 8, "p": 1}
IV, MAC = 16, 16


def in_haste(repository: Path, *passphrases: str) -> None:
    """Make the keys that these passphrases open again, on the disk: whoever has the passphrase notices nothing."""
    for path in list((repository / "keys").iterdir()):
        if (key := json.loads(path.read_bytes()))["N"] != HASTE["N"]:
            any(_is_made_again(path, key, passphrase) for passphrase in passphrases)


def _is_made_again(path: Path, key: dict[str, Any], passphrase: str) -> bool:
    """Whether this passphrase opened this key, which is then another."""
    try:
        master = _opened(_derived(passphrase, key), base64.b64decode(key["data"]))
    except InvalidSignature:
        return False
    key |= HASTE | {"salt": base64.b64encode(os.urandom(64)).decode()}
    key["data"] = base64.b64encode(_closed(_derived(passphrase, key), master)).decode()
    content = json.dumps(key).encode()
    rights = path.stat().st_mode
    path.unlink()
    # A file of a repository bears the name of its content.
    made = path.with_name(hashlib.sha256(content).hexdigest())
    made.write_bytes(content)
    made.chmod(rights)
    return True


def _derived(passphrase: str, key: dict[str, Any]) -> bytes:
    cost = {name.lower(): key[name] for name in HASTE}
    salt = base64.b64decode(key["salt"])
    return hashlib.scrypt(passphrase.encode(), salt=salt, dklen=64, maxmem=2**28, **cost)


def _opened(derived: bytes, sealed: bytes) -> bytes:
    iv, content, mac = sealed[:IV], sealed[IV:-MAC], sealed[-MAC:]
    Poly1305.verify_tag(_tagging(derived, iv), content, mac)
    return Cipher(algorithms.AES(derived[:32]), modes.CTR(iv)).decryptor().update(content)


def _closed(derived: bytes, content: bytes) -> bytes:
    iv = os.urandom(IV)
    sealed = Cipher(algorithms.AES(derived[:32]), modes.CTR(iv)).encryptor().update(content)
    return iv + sealed + Poly1305.generate_tag(_tagging(derived, iv), sealed)


def _tagging(derived: bytes, iv: bytes) -> bytes:
    """The key of Poly1305-AES for this message: its second half, then the first of it that encrypts the nonce."""
    block = Cipher(algorithms.AES(derived[32:48]), modes.ECB()).encryptor().update(iv)
    return derived[48:64] + block
