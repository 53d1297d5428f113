"""A coat of arms handed over: judged by its bytes, and made into a picture that can hold nothing else.

A drawing (SVG) is a program for whoever opens it: it is never kept. It is drawn once, by Typst, in a process of its own
that has an empty folder, little time and little memory; what is kept is the picture.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from socle.lib.refusals import Refused

MOST_BYTES = 5 * 1024 * 1024
# Of each side: beyond, a small file may unfold into gigabytes.
MOST_PIXELS = 6000
# What is kept of it, on its longest side; a head shows eighty points of it.
SIDE = 800
SECONDS = 20
# The root of a drawing, after what may come before it.
DRAWING = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE[^>\[]*>|\s)*<(?:svg:)?svg[\s>]", re.S
)
NOT_ONE = "Ce fichier n’est ni un PNG, ni un SVG, ni un WebP, ou il est abîmé\u00a0: ouvrez-le pour le vérifier."


def picture_of(content: bytes) -> bytes:
    """Return the coat of arms as a PNG that holds its points and nothing else. Raises Refused."""
    if not content:
        raise Refused("Le fichier est vide\u00a0: choisissez-en un autre.")
    if len(content) > MOST_BYTES:
        raise Refused("Le fichier dépasse 5\u00a0Mo\u00a0: réduisez-le, un blason se montre en petit.")
    return _redrawn(_drawn(content) if DRAWING.match(content[:65536]) else content)


def _redrawn(content: bytes) -> bytes:
    """Return the same points, without margins, in a file of our own."""
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "WEBP")) as image:
            if max(image.size) > MOST_PIXELS:
                raise Refused("L’image dépasse 6\u202f000\u00a0points de côté\u00a0: réduisez-la.")
            points = image.convert("RGBA")
    except Refused:
        raise
    except Exception as error:  # Bytes from anywhere: whatever they make the reader do is a refusal, never a failure.
        raise Refused(NOT_ONE) from error
    box = points.getchannel("A").getbbox()
    if box is None:
        raise Refused("L’image est entièrement transparente\u00a0: choisissez-en une autre.")
    points = points.crop(box)
    points.thumbnail((SIDE, SIDE))
    kept = io.BytesIO()
    points.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _drawn(content: bytes) -> bytes:
    """Have a drawing drawn, away from us."""
    sentence = "Ce dessin SVG ne peut pas être lu\u00a0: enregistrez-le en PNG, puis déposez-le de nouveau."
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "coat.svg").write_bytes(content)
        try:
            done = subprocess.run(  # noqa: S603 — our own script, and no word of anyone in its arguments
                [sys.executable, "-I", str(Path(__file__).with_name("drawing.py"))],
                cwd=folder,
                env={},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                check=False,
            )
        except (subprocess.TimeoutExpired, OSError) as error:
            raise Refused(sentence) from error
    if done.returncode or not done.stdout:
        raise Refused(sentence)
    return done.stdout
