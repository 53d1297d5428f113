"""Keys of restic that open at once: it draws them out of a passphrase on purpose in half a second of processor.

Each of its commands pays that first, and the tests run hundreds. What it protects is not under test: a key made again
here opens the same repository with the same passphrase, by the same steps, of which one is done once.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.poly1305 import Poly1305

from tools.object_storage import KEY_ID, SECRET

# The least that restic takes: how often scrypt mixes, over how much, at how many places.
HASTE = {"N": 2, "r": 8, "p": 1}
IV, MAC = 16, 16


def in_haste(repository: Path, *passphrases: str) -> None:
    """Make the keys that these passphrases open again, on the disk: whoever has the passphrase notices nothing."""
    for path in list((repository / "keys").iterdir()):
        if content := _made_again(path.read_bytes(), passphrases):
            rights = path.stat().st_mode
            path.unlink()
            made = path.with_name(_name_of(content))
            made.write_bytes(content)
            made.chmod(rights)


def in_haste_there(endpoint: str, bucket: str, keys: str, *passphrases: str) -> None:
    """The same in an object storage of the tests, where the keys are under `keys`."""
    import boto3

    there = boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
    )
    for one in there.list_objects_v2(Bucket=bucket, Prefix=keys)["Contents"]:
        if content := _made_again(there.get_object(Bucket=bucket, Key=one["Key"])["Body"].read(), passphrases):
            there.put_object(Bucket=bucket, Key=keys + _name_of(content), Body=content)
            there.delete_object(Bucket=bucket, Key=one["Key"])


def _name_of(content: bytes) -> str:
    """A file of a repository bears the name of its content."""
    return hashlib.sha256(content).hexdigest()


def _made_again(content: bytes, passphrases: Iterable[str]) -> bytes | None:
    """This key in haste, when one of these passphrases opens it; None where it is so already, or none does."""
    key: dict[str, Any] = json.loads(content)
    if key["N"] == HASTE["N"]:
        return None
    for passphrase in passphrases:
        with contextlib.suppress(InvalidSignature):
            master = _opened(_derived(passphrase, key), base64.b64decode(key["data"]))
            key |= HASTE | {"salt": base64.b64encode(os.urandom(64)).decode()}
            key["data"] = base64.b64encode(_closed(_derived(passphrase, key), master)).decode()
            return json.dumps(key).encode()
    return None


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
