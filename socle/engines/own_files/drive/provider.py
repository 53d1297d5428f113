"""The folders as the protocol sees them. Every reading and every writing goes by `socle.files`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from wsgidav.dav_error import HTTP_FORBIDDEN, DAVError
from wsgidav.dav_provider import DAVProvider

from socle.engines.own_files.drive import listing
from socle.engines.own_files.drive.reach import REACH
from socle.engines.own_files.drive.resources import AllFolders, resource_of
from socle.files import filenames, queries
from socle.files.actions.spaces import locked

# What changes rows, and is done as one: all of it, or nothing.
_WHOLE = frozenset({"MKCOL", "DELETE", "COPY", "MOVE", "LOCK", "UNLOCK", "PROPPATCH"})
# What the library judges.
_CONDITIONS = ("HTTP_IF", "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE")
# Of the requests whose reading is remembered, in bytes.
LONGEST = 2000


class Folders(DAVProvider):
    """The folders that whoever entered reaches, each under the number of its beneficiary."""

    def get_resource_inst(self, path: str, environ: dict[str, Any]) -> Any:
        """Return the file or folder at this address, or None: one that may not be seen does not exist."""
        reach = REACH.get()
        pieces = [piece for piece in path.split("/") if piece]
        if not pieces:
            return AllFolders("/", environ)
        space = reach.space
        if space is None:
            return next(
                (AllFolders.member(one, environ) for one in reach.beneficiaries if [str(one.pk)] == pieces), None
            )
        if pieces[0] != str(space.beneficiary_id) or "\x00" in path:
            return None
        names = tuple(pieces[1:])
        place = reach.known[names] if names in reach.known else queries.find(space, names)
        if place is None or (place.top and reach.powers and not reach.powers.sees(place.top)):
            return None
        if environ["REQUEST_METHOD"] == "MOVE" and _is_new_case_of(environ["PATH_INFO"], path):
            # A file that only changes case is not in its own way.
            return None
        return resource_of(place, environ)

    def custom_request_handler(
        self, environ: dict[str, Any], start_response: Any, default_handler: Any
    ) -> Iterable[bytes]:
        """Run a method that writes while holding the folder’s row, in one transaction; refused, it changes nothing."""
        space = REACH.get().space
        if environ["REQUEST_METHOD"] == "PROPFIND" and (listed := self._told_at_once(environ)) is not None:
            headers = [("Content-Type", "application/xml; charset=utf-8"), ("Content-Length", str(len(listed)))]
            start_response("207 Multi-Status", headers)
            return [listed]
        # Programs make the folders of a file before each file: of one that is there, nothing is held to say so.
        is_there = environ["REQUEST_METHOD"] == "MKCOL" and any([*REACH.get().known.values()][1:])
        if environ["REQUEST_METHOD"] not in _WHOLE or is_there:
            answer: Iterable[bytes] = default_handler(environ, start_response)
            return answer
        if space is None:
            raise DAVError(HTTP_FORBIDDEN)
        with transaction.atomic():
            locked(space.pk)
            said: list[str] = []

            def told(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
                said.append(status)
                return start_response(status, headers, exc_info)

            pieces = list(default_handler(environ, told))
            if said and int(said[-1][:3]) >= 400:
                transaction.set_rollback(True)
            return pieces

    def _told_at_once(self, environ: dict[str, Any]) -> bytes | None:
        """The answer to what is asked most, on what was read with the rights of whoever asks; else None."""
        reach, depth, body = REACH.get(), environ.get("HTTP_DEPTH"), environ["wsgi.input"].getvalue()
        place = next(iter(reach.known.values()), None)
        if place is None or reach.powers is None or not reach.powers.sees(place.top) or reach.is_marked:
            return None
        if depth not in ("0", "1") or len(body) > LONGEST or any(name in environ for name in _CONDITIONS):
            return None
        names, base = listing.asked(body), f"{self.mount_path}{self.share_path}"
        return listing.answer(place, names, base=base, depth=depth) if names else None


def _is_new_case_of(source: str, path: str) -> bool:
    source, path = source.rstrip("/"), path.rstrip("/")
    return source != path and filenames.key_of(source) == filenames.key_of(path)
