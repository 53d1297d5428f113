"""A small application whose requests take turns, as the platform’s do: what `test_turns` has served."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable
from typing import Any

from socle.serving.bodies import Patience
from socle.serving.turns import Turns

# More than the buffers of any system hold.
PIECE, PIECES = bytes(2**20), 64
at_once: list[int] = [0, 0]


def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    if environ["PATH_INFO"] == "/heavy":
        return (PIECE for _ in range(PIECES))
    if environ["PATH_INFO"] == "/computed":
        # Python computes for several at once, were they let in: the most ever seen together is answered.
        at_once[0] += 1
        at_once[1] = max(at_once)
        time.sleep(0.05)
        at_once[0] -= 1
        return [str(at_once[1]).encode()]
    if environ["PATH_INFO"] == "/waiting":
        places = application._places
        beside = places.readers._count - len(places.readers._free)
        return [f"{len(places._held)} {beside}".encode()]
    if environ["REQUEST_METHOD"] == "GET":
        return [b"0"]
    try:
        return [str(len(environ["wsgi.input"].read())).encode()]
    except ConnectionError:
        return [b"cut"]


# A test that waits for the end of a patience says a shorter one.
application = Turns(answer, Patience(**json.loads(os.environ.get("TURNING_PATIENCE", "{}"))))
