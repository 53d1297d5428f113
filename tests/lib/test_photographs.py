"""What a photograph tells of its place and of its camera is taken out; its points stay, to the last."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from functools import cache
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from PIL import Image, ImageCms

from socle.lib.photographs import ARTIST, COPYRIGHT, MOST_PIECES, ORIENTATION, NotAPhotograph, silent

SECRET = b"Telephone Exemple"
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/" '
    b'exif:GPSLatitude="50,4.8N Telephone Exemple"><dc:creator><rdf:Seq><rdf:li>L\xc3\xa9a Martin</rdf:li></rdf:Seq>'
    b"</dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"
)


@cache
def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@cache
def picture(kind: str, *, orientation: int = 6, credit: str = "exif") -> bytes:
    """As a telephone makes it: a place, a camera, a colour profile, which way is up, whose it is."""
    image = Image.linear_gradient("L").resize((60, 40)).convert("RGB")
    exif = Image.Exif()
    exif[0x010F], exif[ORIENTATION] = SECRET.decode(), orientation
    if credit == "exif":
        exif[ARTIST], exif[COPYRIGHT] = "Léa Martin".encode(), "Mairie de Prisches"
    exif.get_ifd(0x8825).update({1: "N", 2: (50.0, 4.0, 48.0), 3: "E", 4: (3.0, 46.0, 12.0)})
    told: dict[str, Any] = {"exif": exif, "icc_profile": profile()}
    if kind in ("JPEG", "WEBP", "AVIF"):
        told["xmp"] = XMP
    if kind in ("JPEG", "GIF"):
        told["comment"] = SECRET
    stream = io.BytesIO()
    image.save(stream, kind, **({"comment": SECRET} if kind == "GIF" else told))
    return stream.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_its_place_and_its_camera_go_and_its_points_its_colours_and_which_way_is_up_stay(kind: str) -> None:
    before = picture(kind)
    assert SECRET in before
    after = silent(before)
    assert SECRET not in after
    told, kept = opened(before), opened(after)
    assert not kept.getexif().get_ifd(0x8825)
    assert kept.getexif()[ORIENTATION] == 6
    assert kept.info["icc_profile"] == told.info["icc_profile"]
    assert kept.tobytes() == told.tobytes()
    # Handed over once more, it is what it was.
    assert silent(after) == after


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_whose_it_is_stays(kind: str) -> None:
    for credit in ("exif", "xmp") if kind != "PNG" else ("exif",):
        lines = opened(silent(picture(kind, credit=credit))).getexif()
        assert lines[ARTIST].encode("latin-1").decode() == "Léa Martin"
        assert lines.get(COPYRIGHT) == ("Mairie de Prisches" if credit == "exif" else None)


def test_the_bytes_that_draw_are_the_same_and_not_encoded_again() -> None:
    before = picture("JPEG")
    drawn = before[before.index(b"\xff\xda") :]
    assert silent(before).endswith(drawn)


def test_what_nothing_tells_is_the_same_file() -> None:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(stream, "JPEG")
    assert silent(stream.getvalue()) == stream.getvalue()


def test_what_comes_after_the_picture_goes_with_it() -> None:
    """A second photograph, a map of depths, a video: each with lines of its own."""
    for kind in ("JPEG", "PNG", "WEBP", "GIF"):
        assert SECRET not in silent(picture(kind) + b"MotionPhoto" + picture("JPEG"))


def test_the_words_of_an_animated_gif_go_and_its_pictures_stay() -> None:
    stream = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:], loop=0, duration=50, comment=SECRET)
    after = opened(silent(stream.getvalue()))
    assert (after.n_frames, after.info["loop"], SECRET in silent(stream.getvalue())) == (3, 0, False)


def test_a_jpeg_cut_before_its_end_is_shown_as_far_as_it_goes() -> None:
    cut = silent(picture("JPEG")[:-40])
    assert cut.endswith(b"\xff\xd9")
    assert opened(cut).size == (60, 40)


def piece(kind: bytes, body: bytes) -> bytes:
    return struct.pack("!I", len(body)) + kind + body + struct.pack("!I", zlib.crc32(kind + body))


def hostile(name: str) -> bytes:
    """By name: what would hold the machine, or lead elsewhere."""
    box = lambda kind, body: struct.pack("!I4s", len(body) + 8, kind) + body  # noqa: E731
    infe = box(b"infe", b"\x02\0\0\0\0\x01\0\0Exif\0")
    items = box(b"iinf", b"\0\0\0\0\0\x01" + infe)
    # A thousand times the whole file; as many pieces of nothing as its counters can say.
    whole = struct.pack("!HHH", 1, 0, 1000) + struct.pack("!II", 0, 5000) * 1000
    many = box(b"iloc", b"\0\0\0\0\x44\0" + struct.pack("!H", 1) + whole)
    nothing = struct.pack("!HHH", 2, 0, 65535) * 9000
    empty = box(b"iloc", b"\0\0\0\0\0\0" + struct.pack("!H", 9000) + nothing)
    far = box(b"iloc", b"\0\0\0\0\x44\0" + struct.pack("!HHHHII", 1, 1, 0, 1, 2**31, 50))
    avif = lambda told: box(b"ftyp", b"avif") + box(b"meta", b"\0\0\0\0" + items + told)  # noqa: E731
    return {
        "pieces of jpeg without end": lambda: b"\xff\xd8" + b"\xff\xe5\x00\x02" * (10 * MOST_PIECES),
        "pieces of png without end": lambda: b"\x89PNG\r\n\x1a\n" + piece(b"tEXt", b"") * (10 * MOST_PIECES),
        "pieces of gif without end": lambda: b"GIF89a" + bytes(7) + b"\x21\xfe" + b"\x01a" * (10 * MOST_PIECES),
        "pieces of avif without end": lambda: box(b"free", b"").replace(b"free", b"ftyp") * (10 * MOST_PIECES),
        "the whole file a thousand times": lambda: avif(many),
        "nothing, sixty thousand times nine thousand": lambda: avif(empty),
        "outside the file": lambda: avif(far),
        "no length": lambda: b"\xff\xd8\xff\xe1\x00\x00",
        "no picture": lambda: b"\xff\xd8\xff\xd9",
        "a page": lambda: b"<html>",
        "nothing": lambda: b"",
    }[name]()


@pytest.mark.parametrize(
    "name",
    ["pieces of jpeg without end", "pieces of png without end", "pieces of gif without end",
     "pieces of avif without end", "the whole file a thousand times", "nothing, sixty thousand times nine thousand",
     "outside the file", "no length", "a page", "nothing"],
)  # fmt: skip
def test_what_has_no_end_or_leads_elsewhere_is_refused_at_once(name: str) -> None:
    content = hostile(name)
    began = process_time()
    with pytest.raises(NotAPhotograph):
        silent(content)
    assert process_time() - began < 1


@pytest.mark.slow
@examples(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "AVIF", "GIF"]),
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 200),
)
def test_no_bytes_make_it_fail_otherwise(kind: str, changes: list[tuple[int, int]], cut: int) -> None:
    content = bytearray(picture(kind))
    for place, byte in changes:
        content[place % len(content)] = byte
    with contextlib.suppress(NotAPhotograph):
        silent(bytes(content[: len(content) - cut]))
