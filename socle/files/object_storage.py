"""The bytes of the folders in an object storage that several machines share. Read by settings only (STORAGES)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from socle.files.contents import Incoming
from socle.lib.object_storage import Objects, reaching


class ObjectContents(Objects):
    """The part of the bucket where the folders are. What is received is sent before its space is locked."""

    @reaching
    def prepare(self, incoming: Incoming, name: str) -> None:
        self.client.upload_file(str(incoming.path), self.bucket_name, self.key_of(name))

    def settle(self, incoming: Incoming, name: str) -> None:
        # What sweeps has locked the space too: sent again if it was taken for something that nothing names.
        if not self.exists(name):
            self.prepare(incoming, name)
        incoming.discard()

    @reaching
    def reader(self, name: str) -> IO[bytes]:
        found = self.client.head_object(Bucket=self.bucket_name, Key=self.key_of(name))
        return io.BufferedReader(_Reader(self, self.key_of(name), found["ContentLength"]), 1024 * 1024)

    @reaching
    def stored(self, space: int) -> Iterator[tuple[str, datetime]]:
        return iter(list(self._stored(space)))

    def _stored(self, space: int) -> Iterator[tuple[str, datetime]]:
        prefix = f"{self.location.strip('/')}/"
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket_name, Prefix=f"{prefix}{space}/"
        )
        for page in pages:
            for row in page.get("Contents", []):
                yield row["Key"].removeprefix(prefix), row["LastModified"]

    def remove(self, name: str) -> None:
        self.delete(name)


class _Reader(io.RawIOBase):
    """An object read from where one asks: only what is read comes."""

    def __init__(self, storage: ObjectContents, key: str, size: int) -> None:
        super().__init__()
        self._storage, self._key, self._size = storage, key, size
        self._at, self._body = 0, None  # type: tuple[int, Any]

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset != self._at:
            self._close_body()
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._size:
            return 0
        piece = self._read(len(buffer))
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _read(self, length: int) -> bytes:
        read = reaching(_Reader._ask)
        return bytes(read(self, length))

    def _ask(self, length: int) -> bytes:
        if self._body is None:
            found = self._storage.client.get_object(
                Bucket=self._storage.bucket_name, Key=self._key, Range=f"bytes={self._at}-"
            )
            self._body = found["Body"]
        return bytes(self._body.read(length))

    def _close_body(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None

    def close(self) -> None:
        self._close_body()
        super().close()
