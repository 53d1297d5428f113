"""Pictures to try the platform with: they show nothing, and compress about as photographs do."""

from __future__ import annotations

import io
import random

from PIL import Image


def photograph(seed: int = 7, size: tuple[int, int] = (1600, 1000)) -> bytes:
    """A JPEG of large soft shapes with some grain, another one for each seed."""
    chance = random.Random(seed)
    small = Image.frombytes("RGB", (24, 15), chance.randbytes(24 * 15 * 3))
    shapes = small.resize(size, Image.Resampling.BICUBIC)
    fine = Image.frombytes("RGB", (size[0] // 4, size[1] // 4), chance.randbytes(size[0] // 4 * (size[1] // 4) * 3))
    grain = fine.resize(size, Image.Resampling.BILINEAR)
    stream = io.BytesIO()
    Image.blend(shapes, grain, 0.06).save(stream, "JPEG", quality=82)
    return stream.getvalue()
