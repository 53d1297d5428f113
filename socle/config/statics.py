"""Stylesheets, images and scripts, gathered only when one of them changed."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

MARK = ".fingerprint"


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
    now = fingerprint()
    if mark.exists() and mark.read_text() == now:
        return False
    mark.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    # Written last: a collection cut short is done again.
    mark.write_text(now)
    return True
