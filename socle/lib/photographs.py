"""Photographs as they come in: what they tell of their place, their time and their camera is taken out of the file.

Their pixels are not encoded again: the file is read piece by piece, and only the pieces that draw it are kept, with its
colour profile, which way is up, and whose it is. What a telephone adds after the picture (a video, a map of depths, a
second photograph with its own lines) goes too.
"""

from __future__ import annotations

import contextlib
import io
import re
import struct
import zlib
from collections.abc import Iterator, Mapping

from lxml import etree  # type: ignore[import-untyped]
from PIL import Image, ImageFile, IptcImagePlugin

ORIENTATION, ARTIST, COPYRIGHT = 0x0112, 0x013B, 0x8298
# The same of a press agency (IPTC IIM, 2:80, 2:110, 2:116) and of a program of drawing (XMP).
_BY_LINE, _CREDIT, _NOTICE = (2, 80), (2, 110), (2, 116)
_DC, _PHOTOSHOP = "{http://purl.org/dc/elements/1.1/}", "{http://ns.adobe.com/photoshop/1.0/}"
LONGEST_CREDIT, LONGEST_XMP = 300, 256 * 1024
# A photograph of 20 Mo whose pieces are the smallest that a program makes (255 bytes, in a GIF) has fewer.
MOST_PIECES = 100_000
# Of JPEG: the next marker that is neither a byte of the picture (FF 00), nor a mark in it (FF D0 to D7), nor filling.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
# Of PNG: what draws, beside what its own rule says that nobody may ignore.
_DRAWS = {b"iCCP", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"cICP", b"bKGD", b"tRNS", b"pHYs", b"hIST", b"sPLT",
          b"acTL", b"fcTL", b"fdAT"}  # fmt: skip
_PNG = b"\x89PNG\r\n\x1a\n"
# Of GIF: the applications whose words draw; how often it starts again, its colours.
_GIF_APPLICATIONS = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012")


class NotAPhotograph(ValueError):
    """Its pieces do not follow one another as its format says."""


class Endless(NotAPhotograph):
    """It has more pieces than any picture: whoever reads them would be held."""


def silent(content: bytes) -> bytes:
    """Return this picture without what it tells of its place, its time and its camera; the same points to the last.

    JPEG, PNG, WebP, GIF and AVIF. Raises NotAPhotograph when it is none of these, or when its pieces cannot be told;
    Endless, before any library opens it, when they are too many.
    """
    without = _written(content, b"")
    lines = _kept(content)
    return _written(content, lines) if lines else without


def check(content: bytes) -> None:
    """Raise Endless, or NotAPhotograph, as `silent` would, without any library reading it."""
    _written(content, b"")


def _written(content: bytes, lines: bytes) -> bytes:
    try:
        if content.startswith(b"\xff\xd8"):
            return b"".join(_jpeg(content, lines))
        if content.startswith(_PNG):
            return b"".join(_png(content, lines))
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _webp(content, lines)
        if content[:6] in (b"GIF87a", b"GIF89a"):
            return b"".join(_gif(content))
        if content[4:8] == b"ftyp":
            return _avif(content, lines)
    except (struct.error, IndexError) as error:
        raise NotAPhotograph from error
    raise NotAPhotograph


# --- What stays ------------------------------------------------------------------------------------------------------
def _kept(content: bytes) -> bytes:
    """Return the lines that stay, as EXIF (« Exif », then a TIFF): which way is up, whose it is. Empty without any."""
    try:
        with Image.open(io.BytesIO(content)) as opened:
            said, lines = opened.getexif(), Image.Exif()
            if (orientation := said.get(ORIENTATION)) in range(2, 9):
                lines[ORIENTATION] = orientation
            artist, rights = _elsewhere(opened)
            for tag, other in ((ARTIST, artist), (COPYRIGHT, rights)):
                if credit := _words(said.get(tag)) or other:
                    lines[tag] = credit.encode()
            return lines.tobytes() if len(lines) else b""
    except Exception:  # Bytes from anywhere: lines that cannot be read say nothing.
        return b""


def _elsewhere(opened: ImageFile.ImageFile) -> tuple[str, str]:
    """Say who made it and whose it is, as the other ways to write in a picture tell it."""
    iptc = IptcImagePlugin.getiptcinfo(opened) or {}
    artist = _words(iptc.get(_BY_LINE)) or _words(iptc.get(_CREDIT))
    rights = _words(iptc.get(_NOTICE))
    xmp = opened.info.get("xmp")
    xmp = xmp.encode() if isinstance(xmp, str) else xmp
    if isinstance(xmp, bytes) and len(xmp) <= LONGEST_XMP and b"<!DOCTYPE" not in xmp:
        parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
        try:
            root = etree.fromstring(xmp.strip(b"\0 \n"), parser)
        except etree.XMLSyntaxError:
            return artist, rights
        artist = artist or _words(_under(root, f"{_DC}creator")) or _words(_under(root, f"{_PHOTOSHOP}Credit"))
        rights = rights or _words(_under(root, f"{_DC}rights"))
    return artist, rights


def _under(root: etree._Element, name: str) -> str:
    for element in root.iter():
        if element.tag == name:
            return " ".join(" ".join(element.itertext()).split())
        if name in element.attrib:
            return str(element.attrib[name])
    return ""


def _words(said: object) -> str:
    said = said[0] if isinstance(said, list | tuple) and said else said
    if isinstance(said, str):  # Read as Latin by the library, and written in UTF-8 by most.
        with contextlib.suppress(UnicodeError):
            said = said.encode("latin-1").decode()
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said if isinstance(said, str) else ""
    return " ".join(text.replace("\0", " ").split())[:LONGEST_CREDIT]


# --- What goes -------------------------------------------------------------------------------------------------------
def _jpeg(content: bytes, lines: bytes) -> Iterator[bytes]:
    yield b"\xff\xd8"
    if lines:
        yield b"\xff\xe1" + struct.pack("!H", len(lines) + 2) + lines
    place = 2
    for _ in range(MOST_PIECES):
        # What lies between two pieces is filling.
        if (found := _MARKER.search(content, place)) is None:
            raise NotAPhotograph
        place = found.start()
        marker = content[place + 1]
        if marker == 0xD9:
            yield b"\xff\xd9"
            return
        (length,) = struct.unpack_from("!H", content, place + 2)
        end = place + 2 + length
        if length < 2 or end > len(content):
            raise NotAPhotograph
        segment = content[place:end]
        if marker == 0xDA:
            found = _MARKER.search(content, end)
            # Cut before its end, it is shown as far as it goes.
            end = found.start() if found else len(content)
            yield content[place:end]
            if found is None:
                yield b"\xff\xd9"
                return
        elif _draws_jpeg(marker, segment[4:]):
            # A small picture of the picture is of no use beside it.
            yield segment if marker != 0xE0 else b"\xff\xe0\x00\x10" + segment[4:16] + b"\0\0"
        place = end
    raise Endless


def _draws_jpeg(marker: int, said: bytes) -> bool:
    if marker == 0xE0:
        return said.startswith(b"JFIF\0") and len(said) >= 14
    if 0xE1 <= marker <= 0xEF:
        return said.startswith((b"ICC_PROFILE\0", b"Adobe"))
    return marker != 0xFE


def _png(content: bytes, lines: bytes) -> Iterator[bytes]:
    yield _PNG
    place, is_said = len(_PNG), not lines
    for _ in range(MOST_PIECES):
        length, kind = struct.unpack_from("!I4s", content, place)
        end = place + 12 + length
        if end > len(content):
            raise NotAPhotograph
        if kind == b"IDAT" and not is_said:
            yield _chunk(b"eXIf", lines.removeprefix(b"Exif\0\0"))
            is_said = True
        if kind[:1].isupper() or kind in _DRAWS:
            yield content[place:end]
        if kind == b"IEND":
            return
        place = end
    raise Endless


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack("!I", len(body)) + kind + body + struct.pack("!I", zlib.crc32(kind + body))


def _webp(content: bytes, lines: bytes) -> bytes:
    (size,) = struct.unpack_from("<I", content, 4)
    place, last = 12, min(len(content), size + 8)
    kept: list[tuple[bytes, bytes]] = []
    while place + 8 <= last:
        if len(kept) > MOST_PIECES:
            raise Endless
        kind, length = struct.unpack_from("<4sI", content, place)
        end = place + 8 + length
        if end > len(content):
            raise NotAPhotograph
        body = content[place + 8 : end]
        if kind == b"VP8X":
            # Its flags say which pieces follow: neither XMP (4), nor EXIF (8) but ours.
            body = bytes([body[0] & ~0x0C | (0x08 if lines else 0)]) + body[1:]
        kept.append((kind, body) if kind not in (b"EXIF", b"XMP ") else (b"", b""))
        place = end + length % 2
    kept = [one for one in kept if one[0]]
    if lines and kept and kept[0][0] == b"VP8X":
        kept.append((b"EXIF", lines.removeprefix(b"Exif\0\0")))
    whole = b"".join(kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2) for kind, body in kept)
    return b"RIFF" + struct.pack("<I", len(whole) + 4) + b"WEBP" + whole


def _gif(content: bytes) -> Iterator[bytes]:
    place, pieces = 13 + _colours(content[10]), 0
    yield content[:place]
    while pieces < MOST_PIECES:
        kind, begun = content[place], place
        if kind == 0x3B:
            yield b"\x3b"
            return
        if kind == 0x2C:
            place += 11 + _colours(content[place + 9])
        elif kind == 0x21:
            place += 2
        else:
            raise NotAPhotograph
        while content[place] and pieces < MOST_PIECES:
            place, pieces = place + 1 + content[place], pieces + 1
        place, pieces = place + 1, pieces + 1
        said = content[begun:place]
        is_known = said[1:2] == b"\xf9" or (said[1:2] == b"\xff" and said[3:14] in _GIF_APPLICATIONS)
        if kind == 0x2C or is_known:
            yield said
    raise Endless


def _colours(packed: int) -> int:
    return 3 * 2 ** ((packed & 7) + 1) if packed & 0x80 else 0


# --- AVIF: where each piece lies is written in it, so that none may move ---------------------------------------------
def _boxes(content: bytes, place: int, last: int) -> Iterator[tuple[bytes, int, int]]:
    for _ in range(MOST_PIECES):
        if place + 8 > last:
            return
        size, kind = struct.unpack_from("!I4s", content, place)
        begun = place + 8
        if size == 1:
            (size,) = struct.unpack_from("!Q", content, begun)
            begun += 8
        end = place + size if size else last
        if not begun <= end <= last:
            raise NotAPhotograph
        yield kind, begun, end
        place = end
    raise Endless


def _avif(content: bytes, lines: bytes) -> bytes:
    """Return it with the pieces that do not draw written over: by the lines that stay, where they fit, or by nothing.

    Which way is up is told apart in this format, and stays.
    """
    written = bytearray(content)
    said = b"\0\0\0\0" + (lines.removeprefix(b"Exif\0\0") or b"MM\0*\0\0\0\x08\0\0\0\0\0\0")
    for kind, begun, end in _boxes(content, 0, len(content)):
        if kind == b"meta":
            inside = {name: (first, last) for name, first, last in _boxes(content, begun + 4, end)}
            if b"iinf" not in inside or b"iloc" not in inside:
                raise NotAPhotograph
            words = dict(_words_in(content, *inside[b"iinf"]))
            base = inside[b"idat"][0] if b"idat" in inside else 0
            for number, first, size in _extents(content, inside[b"iloc"][0], words, base):
                held = said if words[number] == b"Exif" and len(said) <= size else b""
                written[first : first + size] = held.ljust(size, b"\0")
        elif kind == b"moov":  # Pictures that move: nothing of them is read here.
            raise NotAPhotograph
        elif kind not in (b"ftyp", b"mdat"):
            written[begun:end] = bytes(end - begun)
    return bytes(written)


def _words_in(content: bytes, begun: int, end: int) -> Iterator[tuple[int, bytes]]:
    """The numbers of the pieces that are words, and which: EXIF, XMP."""
    for kind, first, _ in _boxes(content, begun + (8 if content[begun] else 6), end):
        if kind != b"infe" or content[first] not in (2, 3):
            raise NotAPhotograph
        wide = 2 if content[first] == 2 else 4
        what = content[first + 6 + wide : first + 10 + wide]
        if what in (b"Exif", b"mime"):
            yield int.from_bytes(content[first + 4 : first + 4 + wide], "big"), what


def _extents(content: bytes, begun: int, words: Mapping[int, bytes], idat: int) -> Iterator[tuple[int, int, int]]:
    """Where the bytes of these pieces are, as (number, place, length); within the file, and no more than it weighs."""
    version, sizes, more = content[begun], content[begun + 4], content[begun + 5]
    place, read_so_far, weight = begun + 6, 0, 0

    def read(width: int) -> int:
        nonlocal place, read_so_far
        place, read_so_far = place + width, read_so_far + 1
        if read_so_far > MOST_PIECES:
            raise Endless
        if place > len(content):
            raise NotAPhotograph
        return int.from_bytes(content[place - width : place], "big")

    for _ in range(read(4 if version == 2 else 2)):
        number = read(4 if version == 2 else 2)
        method = read(2) & 15 if version else 0
        read(2)
        base = read(more >> 4) + (idat if method == 1 else 0)
        for _ in range(read(2)):
            read(more & 15 if version else 0)
            first, size = base + read(sizes >> 4), read(sizes & 15)
            if number in words:
                weight += size
                if method > 1 or first + size > len(content) or weight > len(content):
                    raise NotAPhotograph
                yield number, first, size
