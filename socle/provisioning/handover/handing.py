"""Handing an archive over: a signed address, good for one person and a few hours, read again from where it stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import IO

from django.core import signing
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from socle.lib.archives import CHUNK
from socle.lib.refusals import Refused
from socle.people.models import User
from socle.provisioning.handover.models import Handover

SALT = "socle.provisioning.handover"
# Long enough for a slow line to take gigabytes.
GOOD_FOR = timedelta(hours=12)
STALE = "Ce lien a plus de douze heures, ou n’est pas le vôtre\u00a0: revenez à la page de l’archive pour l’emporter."
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})", re.ASCII)


def sign(handover: Handover, user: User) -> str:
    """Return what this person's address holds, to take this archive."""
    return signing.dumps([handover.pk, user.pk], salt=SALT)


def why_not_signed(signed: str, handover: Handover, user: User) -> str | None:
    """Say in French why this address does not lead this person to this archive, or None."""
    try:
        given = signing.loads(signed, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        return STALE
    return None if given == [handover.pk, user.pk] else STALE


def is_beginning(request: HttpRequest) -> bool:
    """Whether a download begins: what only goes on is not told again."""
    match = _RANGE.fullmatch(request.headers.get("Range", ""))
    return match is None or int(match[1]) == 0


def hand(request: HttpRequest, handover: Handover) -> HttpResponseBase:
    """Send the archive, or the rest of it when the program asks from a byte on. Raises `Refused` when unread."""
    try:
        file = default_storage.open(handover.file)
    except OSError as error:
        raise Refused("L’archive ne peut pas être lue en ce moment\u00a0: réessayez dans quelques minutes.") from error
    size, tag = handover.size, f'"{handover.sha256}"'
    response: HttpResponseBase
    match = _RANGE.fullmatch(request.headers.get("Range", ""))
    if match is None or request.headers.get("If-Range", tag) != tag:
        response = FileResponse(file, content_type="application/zip")
        response["Content-Length"] = str(size)
    else:
        start, end = int(match[1]), min(int(match[2] or size - 1), size - 1)
        if start > end:
            file.close()
            response = HttpResponse(status=416)
            response["Content-Range"] = f"bytes */{size}"
        else:
            response = StreamingHttpResponse(_pieces(file, start, end), status=206, content_type="application/zip")
            response["Content-Range"], response["Content-Length"] = f"bytes {start}-{end}/{size}", str(end - start + 1)
    response["Content-Disposition"] = f'attachment; filename="{handover.filename}"'
    response["Accept-Ranges"], response["ETag"] = "bytes", tag
    response["Cache-Control"] = "private, no-store"
    return response


def _pieces(file: IO[bytes], start: int, end: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = end - start + 1
        while left and (piece := file.read(min(CHUNK, left))):
            left -= len(piece)
            yield piece
