"""A disk of a few megabytes, that a test fills."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def small_disk(megabytes: int, *, at: Path | None = None, owner: int = 0, mode: str = "0755") -> Iterator[Path]:
    """Mount one, at this folder or at one of its own; skip, loudly, where the system does not let us."""
    folder = at or Path(tempfile.mkdtemp(prefix="socle-disk-", dir="/tmp"))
    options = f"size={megabytes}m,uid={owner},gid={owner},mode={mode}"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True)
    try:
        if mounted.returncode != 0:
            pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
        yield folder
    finally:
        if mounted.returncode == 0:
            # Whoever still reads a file of it keeps it for itself.
            subprocess.run(["umount", "--lazy", folder], check=True)
        if at is None:
            folder.rmdir()


@contextlib.contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Leave no space on it, to the last byte, for a while."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1_000_000, 4096, 1):
            with contextlib.suppress(OSError):
                while file.write(b"\0" * size):
                    pass
        os.fsync(file.fileno())
    try:
        yield
    finally:
        ballast.unlink()
