"""Pictures to try the platform with: they compress about as photographs do."""

from __future__ import annotations

import io
import random
from pathlib import Path

from PIL import Image, ImageChops, ImageOps

SCENES = Path(__file__).resolve().parent.parent / "socle/sites/demo_pictures"


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


def heavy(number: int) -> bytes:
    """A JPEG as a telephone gives it, 4 MB for 12 million points: a picture of the demonstration, with some grain."""
    size = (4032, 3024)
    scenes = sorted(SCENES.glob("*.webp"))
    with Image.open(scenes[number % len(scenes)]) as scene:
        shown = ImageOps.fit(scene.convert("RGB"), size, Image.Resampling.LANCZOS)
    grain = Image.merge("RGB", [Image.effect_noise(size, 14)] * 3)
    stream = io.BytesIO()
    ImageChops.add(shown, grain, offset=-128).save(stream, "JPEG", quality=85)
    return stream.getvalue()
