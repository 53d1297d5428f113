"""What is seen of a file without taking it; a picture that would unfold without end is not unfolded."""

import io
import struct
import zlib

import pytest
from PIL import Image

from socle.files import previews


def picture(width, height, kind="PNG", **more):
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, kind, **more)
    return out.getvalue()


def bomb(width, height):
    """A few bytes that say they are an immense picture."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_is_made_small(put, kind):
    made = put(f"photo.{kind.lower()}", picture(1200, 900, kind))
    with Image.open(io.BytesIO(previews.thumbnail(made.content))) as small:
        assert (small.format, max(small.size)) == ("WEBP", previews.SIDE)


def test_what_the_camera_wrote_of_the_place_does_not_follow(put):
    exif = Image.Exif()
    exif[0x010E] = "devant chez Camille"
    made = put("photo.jpg", picture(600, 600, "JPEG", exif=exif))
    assert b"devant chez" not in previews.thumbnail(made.content)


@pytest.mark.parametrize(
    "content",
    [
        bomb(60_000, 60_000), bomb(9_000, 9_000), b"\x89PNG\r\n\x1a\n", picture(50, 50)[:60],
        b"\xff\xd8\xff" + b"\0" * 99,
    ],
)  # fmt: skip
def test_what_is_no_picture_or_too_much_of_one_has_no_preview(put, content):
    made = put("photo.png", content)
    assert previews.thumbnail(made.content) is None
    assert previews.thumbnail(made.content) is None


def test_the_beginning_of_a_text_is_read_as_text(put):
    assert previews.text_of(put("a.txt", "été".encode()).content) == "été"
    assert previews.text_of(put("page.txt", b"<script>alert(1)</script>").content) == "<script>alert(1)</script>"
    assert len(previews.text_of(put("long.txt", b"a" * 200_000).content)) == previews.MOST_TEXT
    assert previews.text_of(put("a.bin", b"\0\1").content) is None
    assert previews.text_of(put("a.zip", b"PK\x03\x04").content) is None
