"""What unfolds without end, folded in an instant: a million bytes are, and what they give is repeated.

Hundreds of millions would take a second or two of each test that wants them, whatever it proves.
"""

from __future__ import annotations

import zlib
from functools import cache
from typing import Any

MILLION = 1_000_000
# How deflate says that nothing follows (RFC 1951, 3.2.6).
END = b"\x03\x00"


@cache
def _piece(byte: bytes) -> bytes:
    """A million times this byte, in blocks that follow anything and that anything follows."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(byte * MILLION) + packer.flush(zlib.Z_FULL_FLUSH)


def _sum(look: Any, millions: int, byte: bytes, first: bytes = b"") -> int:
    piece, found = byte * MILLION, look(first)
    for _ in range(millions):
        found = look(piece, found)
    return int(found)


@cache
def folded(millions: int, byte: bytes = b" ", first: bytes = b"") -> bytes:
    """As a PDF and a PNG fold (RFC 1950)."""
    packer = zlib.compressobj(9)
    begun = packer.compress(first) + packer.flush(zlib.Z_FULL_FLUSH)
    return begun + _piece(byte) * millions + END + _sum(zlib.adler32, millions, byte, first).to_bytes(4, "big")


@cache
def zipped(millions: int, byte: bytes = b" ") -> bytes:
    """As `gzip` folds (RFC 1952)."""
    said = _sum(zlib.crc32, millions, byte).to_bytes(4, "little") + (millions * MILLION).to_bytes(4, "little")
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + _piece(byte) * millions + END + said


def fill(part: Any, millions: int, byte: bytes = b" ") -> None:
    """Write them in a part of a ZIP that is being written: it counts and sums up, and this folds for it."""
    part._compressor = _Folder(byte)
    piece = byte * MILLION
    for _ in range(millions):
        part.write(piece)


class _Folder:
    """What `zipfile` folds with, for a part that holds one byte alone."""

    def __init__(self, byte: bytes) -> None:
        self.piece = _piece(byte)

    def compress(self, data: bytes) -> bytes:
        return self.piece

    def flush(self) -> bytes:
        return END
