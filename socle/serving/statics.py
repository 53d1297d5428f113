"""Stylesheets, images and scripts, gathered only when one of them changed.

Two releases of the platform may serve the same visitors for a while, from one folder: names hold the hash of the
content, so that both find theirs there; what each release calls what is its own.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from typing import Any

import brotli
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.http import HttpRequest, HttpResponseBase
from whitenoise.compress import Compressor
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

# This copy of the code among those of the machine.
COPY = hashlib.sha256(str(settings.ROOT).encode()).hexdigest()[:8]
MARK = f".fingerprint-{COPY}"
# `console.0123456789ab.css`: a file whose name holds its hash never changes.
HASHED = re.compile(r"[\w./-]+\.[0-9a-f]{12}\.\w+", re.ASCII)


# Bytes from which the best compression would take seconds: the scripts of the sites' editor, a twelfth heavier for it.
LARGE = 100_000


class _Compressor(Compressor):
    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        compressed: bytes = brotli.compress(data, quality=9 if len(data) > LARGE else 11)  # type: ignore[no-untyped-call]
        return compressed


class ReleaseFiles(CompressedManifestStaticFilesStorage):
    """Hashed and compressed files; the list of their names belongs to this copy of the code."""

    manifest_name = f"staticfiles-{COPY}.json"

    def create_compressor(self, **options: Any) -> Compressor:
        return _Compressor(**options)  # type: ignore[no-untyped-call]

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Compress those that pages name, and not the copies without a hash."""
        yield from super().compress_files(path for path in paths if HASHED.fullmatch(path))  # type: ignore[no-untyped-call]


class Statics(WhiteNoiseMiddleware):
    """Serve the files that were there when this process started, and those that another release gathered since."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:  # type: ignore[override]
        url = request.path_info
        if url.startswith(self.static_prefix) and url not in self.files and not self.autorefresh:
            name = url.removeprefix(self.static_prefix)
            path = os.path.join(settings.STATIC_ROOT, name)
            if HASHED.fullmatch(name) and ".." not in name and os.path.isfile(path):
                self.add_file_to_dictionary(url, path)  # type: ignore[no-untyped-call]
        response: HttpResponseBase = super().__call__(request)  # type: ignore[no-untyped-call]
        return response


def fingerprint() -> str:
    """Sum up the names, sizes and dates of every static file, and the way they are stored."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = (storage.path(path), storage.size(path), storage.get_modified_time(path).timestamp())
            digest.update(repr(status).encode())
    return digest.hexdigest()


def collect_if_needed() -> bool:
    """Gather them into `STATIC_ROOT` unless nothing changed; return whether it was done."""
    mark = settings.STATIC_ROOT / MARK
    if mark.exists() and mark.read_text() == fingerprint():
        return False
    # Written last, by the command: a collection cut short is done again.
    mark.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    return True


def note_collected() -> None:
    """Note of which files those that were just gathered are."""
    (settings.STATIC_ROOT / MARK).write_text(fingerprint())
