"""Who comes by the network drive, for which mairie, and what is refused before the protocol is spoken.

One enters with the password of a device. Bodies are refused here by their announced length, before any of them is
read; a file whose length is not announced is not taken.
"""

from __future__ import annotations

import io
import logging
from contextlib import ExitStack
from datetime import date, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django_scopes import scope, scopes_disabled

from socle.engines.own_files.drive.application import MOUNT, speak
from socle.engines.own_files.drive.reach import REACH, Reach
from socle.files import rules
from socle.files.access import opened
from socle.files.models import Lock, Space
from socle.journal import actions as journal
from socle.lib import mounts
from socle.lib.dates import day_of
from socle.lib.text import bytes_in_french
from socle.lib.xml_requests import MALFORMED, Bounds, why_not_read
from socle.people import helping
from socle.people.acting import beneficiaries_served, helped_by
from socle.people.devices.entrance import NotLetIn, let_in, shown_by
from socle.people.devices.models import Use
from socle.people.models import BENEFICIARY_ROLES, Beneficiary, HelpAccess, Role, User
from socle.people.rules import roles_held

log = logging.getLogger("socle.files.drive")

METHODS = frozenset(
    ["OPTIONS", "GET", "HEAD", "PUT", "DELETE", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK"]
)
# What a request says in XML is short; beyond, it is no program's.
MOST_XML = 256 * 1024
IN_XML, ASKING = frozenset({"PROPFIND", "PROPPATCH", "LOCK"}), Bounds(hrefs=10, properties=100)
FINITE = b'<?xml version="1.0" encoding="utf-8"?>\n<D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>'


@csrf_exempt  # No cookie opens it: a password in a header does.
def answer(request: HttpRequest, path: str) -> HttpResponseBase:
    """Answer one request of a network drive."""
    at = timezone.now()
    if request.method not in METHODS:
        return _refusal(405, "Un lecteur réseau ne demande pas cela.")
    number, *names = path.split("/")
    pk = int(number) if number.isascii() and number.isdigit() and len(number) < 18 else 0
    if (reach := _reach_at_once(request, pk, [name for name in names if name], at=at)) is not None:
        request.user = reach.user
        assert reach.space is not None
        with scope(beneficiary=reach.space.beneficiary):
            return _why_not_pass(request, reach.space) or _speak(request, reach)
    try:
        device = let_in(request, use=Use.FILES, at=at)
    except NotLetIn as refused:
        return refused.answer()
    user: User = device.user
    # Whoever reads the log of the antivirus learns whose file it was.
    request.user = user
    if ".." in names:
        return _refusal(400, "Cette adresse remonte d’un dossier\u00a0: donnez-la en entier.")
    if not number:
        places = [
            *beneficiaries_served(user, on=day_of(at)),
            *(one.beneficiary for one in helped_by(user, on=day_of(at))),
        ]
        return _list_of_folders(request, user, places)
    beneficiary = Beneficiary.objects.filter(pk=pk).select_related("space").first()
    with ExitStack() as stack:
        if beneficiary is not None:
            stack.enter_context(scope(beneficiary=beneficiary))
            roles = roles_held(user, *BENEFICIARY_ROLES, on=day_of(at), beneficiary=beneficiary)
            # Whoever is at home is not asked whether they help.
            access = None if roles else _access_to(user, beneficiary, on=day_of(at))
            if access is not None:
                _help(stack, access, user)
                roles = roles_held(user, *BENEFICIARY_ROLES, on=day_of(at), beneficiary=beneficiary)
            if roles:
                return _in_its_folder(request, user, beneficiary, roles)
    # As for one that does not exist.
    return _refusal(404, "Ce dossier n’existe pas, ou n’est pas celui d’une mairie où vous exercez.")


def _reach_at_once(request: HttpRequest, beneficiary: int, names: list[str], *, at: datetime) -> Reach | None:
    """Return the reach of this request, read in one query with who comes and what it names, when nothing is refused.

    None for what is rarely asked or not given at once: the long way, which asks one thing after the other, says why.
    """
    shown = shown_by(request)
    if shown is None or not names or ".." in names or any("\0" in name for name in names):
        return None
    if request.method in ("PUT", "MKCOL"):
        found = opened(beneficiary, names[:-1], child=names[-1], shown=shown, use=Use.FILES, at=at)
        known = found and {tuple(names[:-1]): found.place, tuple(names): found.there}
    elif request.method in ("GET", "HEAD", "PROPFIND"):
        found = opened(beneficiary, names, shown=shown, use=Use.FILES, at=at)
        known = found and {tuple(names): found.place}
    else:
        return None
    if found is None or not known:
        return None
    if request.method == "PUT" and found.there is not None and found.there.entry.is_folder:
        return None
    locks: list[Lock] | None = None if found.has_locks else []
    return Reach(
        found.user, (found.space.beneficiary,), found.space, found.powers, locks, known, is_marked=found.is_marked
    )


def _access_to(user: User, beneficiary: Beneficiary, *, on: date) -> HelpAccess | None:
    return next((one for one in helped_by(user, on=on) if one.beneficiary_id == beneficiary.pk), None)


def _help(stack: ExitStack, access: HelpAccess, user: User) -> None:
    """A helper acts as the secretary would, and each line of the journal says so."""
    stack.enter_context(journal.marked(helper=access.operator.code))
    stack.enter_context(helping.lent(user, access.beneficiary))


def _in_its_folder(
    request: HttpRequest, user: User, beneficiary: Beneficiary, roles: frozenset[Role]
) -> HttpResponseBase:
    space: Space | None = getattr(beneficiary, "space", None)
    if space is None:
        return _refusal(404, "Cette mairie n’a pas encore de dossier partagé.")
    if refusal := rules.why_not_open(space):
        return _refusal(403, refusal)
    if answered := _why_not_pass(request, space):
        return answered
    return _speak(request, Reach(user, (beneficiary,), space, rules.powers_of_roles(space, roles)))


def _list_of_folders(request: HttpRequest, user: User, places: list[Beneficiary]) -> HttpResponseBase:
    """The address above the folders: it shows those one reaches, and takes nothing."""
    if request.method not in ("OPTIONS", "PROPFIND", "GET", "HEAD"):
        return _refusal(403, "On n’écrit que dans le dossier d’une mairie.")
    if answered := _why_not_pass(request, None):
        return answered
    with scopes_disabled():  # Only among the bodies that this very person serves.
        opened = set(
            Space.objects.filter(beneficiary__in=places, suspended_at__isnull=True).values_list(
                "beneficiary_id", flat=True
            )
        )
        return _speak(request, Reach(user, tuple(one for one in places if one.pk in opened), None, None))


def _speak(request: HttpRequest, reach: Reach) -> HttpResponseBase:
    # The protocol compares it with where a file is to go.
    request.META.setdefault("HTTP_HOST", request.get_host())
    token = REACH.set(reach)
    try:
        return mounts.answer(speak, request, at=MOUNT)
    finally:
        REACH.reset(token)


def _why_not_pass(request: HttpRequest, space: Space | None) -> HttpResponseBase | None:
    """Refuse some requests before the protocol reads them; bound the body of the others by its announced length."""
    method, announced = request.method, request.META.get("CONTENT_LENGTH") or ""
    is_chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    if announced and not (announced.isascii() and announced.isdigit()):
        return _refusal(400, "La longueur annoncée n’est pas un nombre.")
    if method == "PUT" and is_chunked and not announced:
        # Cut on its way, a body in pieces seems to end (the web server tells nothing of it): what came would take the
        # place of the whole file. Finder says beside how much it sends; of the others, the length is asked.
        announced = request.headers.get("X-Expected-Entity-Length", "")
        if not (announced.isascii() and announced.isdigit() and len(announced) < 18):
            return _refusal(411, "Ce programme n’annonce pas la taille du fichier\u00a0: déposez-le par la page web.")
        request.META["CONTENT_LENGTH"] = announced
        request.META.pop("HTTP_TRANSFER_ENCODING", None)
    length = int(announced) if announced else 0
    if method == "PUT":
        if space is not None and length > space.free_bytes:
            left = bytes_in_french(space.free_bytes)
            return _refusal(507, f"Ce fichier ne tient pas dans le dossier\u00a0: il y reste {left}.")
        if refusal := rules.why_not_weigh(length):
            return _refusal(413, refusal)
        if announced:
            request.META["wsgi.input"] = _Bounded(request.META["wsgi.input"], length, in_pieces=is_chunked)
        else:
            request.META["wsgi.input"] = io.BytesIO()
    else:
        if length > MOST_XML:
            return _refusal(413, "Cette demande est démesurée.")
        source = request.META["wsgi.input"]
        body = b""
        if length:
            body = _Bounded(source, length).read(length)
        elif is_chunked and not announced:
            while len(body) <= MOST_XML and (piece := source.read(MOST_XML + 1 - len(body))):
                body += piece
            if len(body) > MOST_XML:
                return _refusal(413, "Cette demande est démesurée.")
        # No program of drives declares entities, nor writes otherwise than in UTF-8.
        if b"<!DOCTYPE" in body.upper() or b"\0" in body:
            return _refusal(400, MALFORMED)
        if body and method in IN_XML and (refusal := why_not_read(body, ASKING)):
            return _refusal(400, refusal)
        request.META["wsgi.input"] = io.BytesIO(body)
        request.META["CONTENT_LENGTH"] = str(len(body))
    if method == "PROPFIND" and request.headers.get("Depth", "infinity").strip().lower() not in ("0", "1"):
        return HttpResponse(FINITE, status=403, content_type="application/xml; charset=utf-8")
    if method in ("COPY", "MOVE") and (refusal := _why_not_go(request)):
        return _refusal(403, refusal)
    return None


def _why_not_go(request: HttpRequest) -> str | None:
    """A file goes nowhere but in the folder it is in: not to another mairie's, not to another server."""
    target = urlsplit(request.headers.get("Destination", ""))
    if not target.path:
        return None
    where = unquote(target.path)
    own = "/".join(request.path_info.split("/")[:4]) + "/"
    if ".." in where.split("/") or not where.startswith(own):
        return "Un fichier ne passe pas d’une mairie à une autre\u00a0: téléchargez-le, puis déposez-le."
    return None


def _refusal(status: int, sentence: str) -> HttpResponse:
    response = HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response


class _Bounded:
    """A body that ends where its announced length says, whatever the server behind it."""

    def __init__(self, source: Any, length: int, *, in_pieces: bool = False) -> None:
        self._source, self._left, self._in_pieces = source, length, in_pieces

    def read(self, size: int = -1) -> bytes:
        if self._left <= 0:
            return b""
        wanted = self._left if size < 0 else min(size, self._left)
        piece: bytes = self._source.read(wanted)
        self._left -= len(piece)
        if not piece and self._left:
            # Whoever was sending is gone: what came is not the file.
            raise ConnectionError("the body ended before its announced length")
        if self._in_pieces and not self._left and self._source.read(1):
            raise ConnectionError("the body goes on after its announced length")
        return piece
