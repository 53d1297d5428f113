"""Previews of files: a picture made small, the beginning of a text."""

from __future__ import annotations

import io
import warnings

from django.core.cache import cache
from PIL import Image, ImageOps

from socle.files import contents, kinds
from socle.files.models import Content

SIDE = 480
# Beyond, a picture of a few kilobytes would unfold into gigabytes of memory.
MOST_PIXELS, MOST_BYTES = 50_000_000, 60 * 10**6
MOST_TEXT = 64 * 1024
KEPT = 30 * 24 * 3600


def thumbnail(content: Content) -> bytes | None:
    """A picture made small, as WebP; None when these bytes are no picture that can be read. Raises OSError."""
    if content.kind not in kinds.PICTURES or content.size > MOST_BYTES:
        return None
    name = f"files:thumbnail:{content.sha256}"
    made: bytes | None = cache.get(name)
    if made is None:
        with contents.contents().reader(content.stored_name) as file:
            data = file.read(MOST_BYTES + 1)
        made = _made_small(data)
        cache.set(name, made or b"", timeout=KEPT)
    return made or None


def _made_small(data: bytes) -> bytes | None:
    try:
        # The library warns before it refuses; here a picture that makes it warn is not shown.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "GIF", "WEBP")) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    return None
                picture.draft("RGB", (SIDE, SIDE))
                small = ImageOps.exif_transpose(picture).convert("RGBA")
                small.thumbnail((SIDE, SIDE))
                out = io.BytesIO()
                # Without what the camera wrote of the place and the hour.
                small.save(out, "WEBP", quality=80, exif=b"")
                return out.getvalue()
    except Exception:  # Bytes from anywhere: whatever they make the reader do, there is no picture, and no failure.
        return None


def text_of(content: Content) -> str | None:
    """The beginning of a text; None when these bytes are none. Raises OSError."""
    if content.kind not in (kinds.TEXT, kinds.PAGE):
        return None
    with contents.contents().reader(content.stored_name) as file:
        return file.read(MOST_TEXT).decode("utf-8", "replace").removeprefix("\ufeff").replace("\x00", "")
