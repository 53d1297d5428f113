"""Files of several machines in one object storage (S3), behind the interface of Django's storages.

Read by settings only (STORAGES), when SOCLE_FILES_TARGET names a bucket: a platform of one machine never loads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urljoin

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import File
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage

S = TypeVar("S")
P = ParamSpec("P")
R = TypeVar("R")

# A storage that is gone is said in seconds; what it answers slowly is waited for. Tried three times by the library.
CONNECT_TIMEOUT, READ_TIMEOUT, TRIES = 3, 30, 3


class Unreachable(OSError):
    """The storage does not answer, or refuses us (by this `code`): nothing is known of the file."""

    def __init__(self, said: str, *, code: str = "") -> None:
        super().__init__(said)
        self.code = code


def reaching(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Say `Unreachable` for whatever the storage's own library says, and never what it had in hand."""

    @wraps(method)
    def told(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except (Boto3Error, BotoCoreError, ClientError) as error:
            raise Unreachable(why(error), code=refusal(error)) from error

    return told


def why(error: Exception) -> str:
    """The kind of failure, without the address or the key that its message may hold."""
    if isinstance(error, ClientError):
        return f"object storage: {error.response.get('Error', {}).get('Code', 'refused')}"
    return f"object storage: {type(error).__name__}"


def refusal(error: Exception) -> str:
    """The code by which a storage that answers refuses us; empty for one that does not, or that is broken."""
    if not isinstance(error, ClientError) or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
        return ""
    return str(error.response.get("Error", {}).get("Code", "")) or "refused"


class Objects(S3Storage):
    """A part (`location`) of the bucket. What it holds is served by the platform, never by the storage itself."""

    bucket_name: str
    location: str

    def __init__(self, **options: Any) -> None:
        given: dict[str, Any] = {
            "default_acl": None,
            "querystring_auth": False,
            "file_overwrite": False,
            # A file larger than this goes through the disk while it is sent.
            "max_memory_size": 5_000_000,
            "client_config": Config(
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=READ_TIMEOUT,
                retries={"total_max_attempts": TRIES, "mode": "standard"},
                signature_version="s3v4",
                # The bucket in the path: no storage needs a name and a certificate for each bucket then.
                s3={"addressing_style": "path"},
                # Checksums that only the first of the providers understands are left out unless they are required.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        }
        super().__init__(**(given | options))

    def url(self, name: str | None, *args: Any, **kwargs: Any) -> str:
        """The address of a file on the site that shows it, as when files are on the disk."""
        return urljoin(settings.MEDIA_URL, filepath_to_uri(name or "").lstrip("/"))

    def address(self, name: str) -> str:
        """Where the file is, for whoever keeps the storage."""
        return f"s3://{self.bucket_name}/{self.key_of(name)}"

    def key_of(self, name: str) -> str:
        """The key of a file in the bucket."""
        key: str = self._normalize_name(name)
        return key

    @property
    def client(self) -> Any:
        return self.connection.meta.client

    @reaching
    def create_bucket(self) -> bool:
        """Make the bucket unless it is there; say whether it was made."""
        try:
            self.client.head_bucket(Bucket=self.bucket_name)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise
            self.client.create_bucket(Bucket=self.bucket_name)
            return True
        return False

    @reaching
    def names(self) -> list[tuple[str, int]]:
        """Every file of this part, its name in the storage and its size, in order."""
        return list(self._pages())

    def save_as(self, name: str, content: Any) -> None:
        """Write these bytes under this very name."""
        self._save(name, File(content, name=name))

    def _pages(self) -> Iterator[tuple[str, int]]:
        prefix = f"{self.location.strip('/')}/"
        for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket_name, Prefix=prefix):
            for row in page.get("Contents", []):
                yield row["Key"].removeprefix(prefix), row["Size"]

    # What Django's storages do, each saying `Unreachable` in its turn.
    @reaching
    def _open(self, name: str, mode: str = "rb") -> Any:
        return super()._open(name, mode)

    @reaching
    def _save(self, name: str, content: Any) -> str:
        saved: str = super()._save(name, content)
        return saved

    @reaching
    def exists(self, name: str) -> bool:
        return bool(super().exists(name))

    @reaching
    def delete(self, name: str) -> None:
        super().delete(name)

    @reaching
    def size(self, name: str) -> int:
        return int(super().size(name))

    @reaching
    def get_modified_time(self, name: str) -> Any:
        return super().get_modified_time(name)

    @reaching
    def listdir(self, path: str) -> Any:
        return super().listdir(path)
