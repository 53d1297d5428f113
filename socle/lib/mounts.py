"""Programs that speak WSGI answered from one of our addresses: they meet the same hosts, limits, logs and counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def answer(application: Application, request: HttpRequest, *, at: str) -> HttpResponseBase:
    """Hand this request to a WSGI application that believes it is mounted `at` this path (no final slash).

    Its answer passes as it is: compressed on the way, its ETag would be another, and clients that synchronise compare
    them. What it yields is not held in memory, unless it came whole.
    """
    environ = dict(request.META)
    # Django has read these bytes as UTF-8; WSGI wants them as they came.
    environ["SCRIPT_NAME"] = at.encode().decode("latin-1")
    environ["PATH_INFO"] = request.path_info.removeprefix(at).encode().decode("latin-1")
    said: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        said[:] = [(status, headers)]
        return lambda _: None

    pieces = application(environ, start_response)
    if isinstance(pieces, list | tuple):
        response: HttpResponseBase = HttpResponse(b"".join(pieces), content_type="")
    else:
        # An application may only say its status once its first piece is asked for.
        iterator = iter(pieces)
        first = next(iterator, b"")
        rest = _rest(first, iterator, pieces)
        length = next((value for name, value in said[0][1] if name.lower() == "content-length"), "")
        # What came whole in one piece leaves at once: the web server waits for nothing more of it.
        is_whole = length == str(len(first))
        response = HttpResponse(b"".join(rest)) if is_whole else StreamingHttpResponse(rest)
    status, headers = said[0]
    response.status_code = int(status.split(" ", 1)[0])
    response.reason_phrase = status.partition(" ")[2]
    del response["Content-Type"]
    for name, value in headers:
        response[name] = f"{response[name]}, {value}" if name in response else value
    response.passes_as_is = True  # type: ignore[attr-defined]  # Read by socle.serving.middleware.
    response.setdefault("Cache-Control", "no-store")
    return response


def _rest(first: bytes, iterator: Iterator[bytes], pieces: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield first
        yield from iterator
    finally:
        if close := getattr(pieces, "close", None):
            close()
