"""Kept documents in an object storage: still written whole or not at all, still never replaced."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from typing import Any

from botocore.exceptions import ClientError
from django.core.files.base import ContentFile, File

from socle.documents.storage import WrittenOnce
from socle.lib.object_storage import Objects, reaching

# Bytes of one document that are read in memory.
IN_MEMORY = 8 * 1024 * 1024


class KeptObjects(WrittenOnce, Objects):
    """The part of the bucket whose files are written once.

    The storage itself refuses a second writing (`If-None-Match: *`), even of two machines at once. A storage that does
    not know this condition would replace: `socle doctor` tries it, and says so. A bucket whose versions are locked
    (object lock) protects from whoever holds the key as well.
    """

    @reaching
    def _save(self, name: str, content: File[Any]) -> str:
        # Ours again when the storage had written, and its answer was lost: the library then asks a second time.
        attempt = secrets.token_hex(8)
        content.seek(0)
        try:
            self.client.put_object(
                Bucket=self.bucket_name,
                Key=self.key_of(name),
                Body=content.read(),
                IfNoneMatch="*",
                Metadata={"attempt": attempt},
            )
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (409, 412):
                raise
            there = self.client.head_object(Bucket=self.bucket_name, Key=self.key_of(name))
            if there.get("Metadata", {}).get("attempt") != attempt:
                raise FileExistsError(f"{name} is kept already") from error
        return name

    @reaching
    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        """Its bytes, all of them, since they are checked before any is shown: on the disk beyond what is small."""
        if mode != "rb":
            raise TypeError("a kept document is never written again")
        try:
            found = self.client.get_object(Bucket=self.bucket_name, Key=self.key_of(name))
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                raise FileNotFoundError(name) from error
            raise
        with found["Body"] as body:
            if found["ContentLength"] <= IN_MEMORY:
                return ContentFile(body.read(), name=name)
            here = tempfile.TemporaryFile()  # noqa: SIM115  (given to the caller)
            shutil.copyfileobj(body, here)
        here.seek(0)
        return File(here, name=name)

    @reaching
    def discard(self, name: str) -> None:
        self.client.delete_object(Bucket=self.bucket_name, Key=self.key_of(name))
