"""A server of maps on this machine: it answers GetMap of WMS 1.3.0 and nothing else, or lies as it is told."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from PIL import Image, ImageDraw

# Half the way around the equator, in metres of EPSG:3857.
HALF = 20037508.342789244
EXCEPTION = (
    '<?xml version="1.0"?><ServiceExceptionReport version="1.3.0" xmlns="http://www.opengis.net/ogc">'
    '<ServiceException code="{code}">{words}</ServiceException></ServiceExceptionReport>'
)


@cache
def png(
    size: tuple[int, int] = (800, 600),
    colour: str = "#d8e8c8",
    form: str = "PNG",
    noise: bool = False,
    mode: str = "RGB",
) -> bytes:
    """A picture that is not all of one colour."""
    image = Image.effect_noise(size, 90).convert(mode) if noise else Image.new(mode, size, colour)
    ImageDraw.Draw(image).line((0, 0, *size), fill="#446", width=3)
    file = io.BytesIO()
    image.save(file, form)
    return file.getvalue()


def belied_png(real: tuple[int, int], said: tuple[int, int] = (800, 600)) -> bytes:
    """A PNG whose header, sealed as it should be, says another size than that of its points."""
    content = png(real, mode="L")
    header = b"IHDR" + struct.pack(">II", *said) + content[24:29]
    return content[:12] + header + struct.pack(">I", zlib.crc32(header)) + content[33:]


def belied_webp(real: tuple[int, int], said: tuple[int, int] = (800, 600)) -> bytes:
    """A WebP whose canvas is said to be of another size than the picture that it holds."""
    sides = b"".join((side - 1).to_bytes(3, "little") for side in said)
    content = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + sides + png(real, form="WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(content)) + content


def blank() -> bytes:
    """A picture of what no layer covers: nothing, all through."""
    file = io.BytesIO()
    Image.new("RGBA", (800, 600), (0, 0, 0, 0)).save(file, "PNG")
    return file.getvalue()


@dataclass
class MapServer:
    """`lie` is answered instead of the map: a status, headers, bytes."""

    address: str = ""
    layer: str = "plan"
    # A square of red, in metres of EPSG:3857: where the ground has it.
    mark: tuple[float, float] = (0, 0)
    lie: tuple[int, dict[str, str], bytes] | None = None
    # It lies about the boxes that are narrower than so many metres.
    lies_below: float = float("inf")
    asked: list[dict[str, str]] = field(default_factory=list)
    # Set by who waits for the end of a test: a server that hangs.
    hangs: bool = False
    over: threading.Event = field(default_factory=threading.Event)

    def answer(self, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        wrong = self._wrong(query)
        if self.lie and _width(query) < self.lies_below:
            return self.lie
        if wrong:
            return 200, {"Content-Type": "text/xml"}, EXCEPTION.format(code=wrong, words="refus").encode()
        width, height = int(query["WIDTH"]), int(query["HEIGHT"])
        # EPSG:3857: x first.
        west, south, east, north = map(float, query["BBOX"].split(","))
        image = Image.new("RGB", (width, height), "#e8efe0")
        x = (self.mark[0] - west) / (east - west) * width
        y = (north - self.mark[1]) / (north - south) * height
        ImageDraw.Draw(image).rectangle((x - 8, y - 8, x + 8, y + 8), fill="#f00")
        file = io.BytesIO()
        image.save(file, "PNG")
        return 200, {"Content-Type": "image/png"}, file.getvalue()

    def _wrong(self, query: dict[str, str]) -> str:
        if query.get("SERVICE") != "WMS" or query.get("VERSION") != "1.3.0" or query.get("REQUEST") != "GetMap":
            return "OperationNotSupported"
        if query.get("LAYERS") != self.layer:
            return "LayerNotDefined"
        if query.get("STYLES") != "":
            return "StyleNotDefined"
        if query.get("CRS") != "EPSG:3857":
            return "InvalidCRS"
        return "" if query.get("FORMAT") == "image/png" else "InvalidFormat"


def _width(query: dict[str, str]) -> float:
    west, _, east, _ = map(float, query["BBOX"].split(","))
    return east - west


@contextmanager
def served() -> Iterator[MapServer]:
    """Serve maps on this machine until the end of the block."""
    told = MapServer()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            query = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            told.asked.append(query)
            if told.hangs:
                told.over.wait(30)
                return
            status, headers, body = told.answer(query)
            self.send_response(status)
            for name, words in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, words)
            self.end_headers()
            # Who refuses an answer that is too long does not read it to its end.
            try:
                self.wfile.write(body)
            except OSError:
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.address = f"http://127.0.0.1:{server.server_port}/wms?map=socle"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield told
    finally:
        told.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
