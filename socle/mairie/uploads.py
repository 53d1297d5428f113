"""Uploads to the folder of a mairie: they go to the disk as it comes, and never beyond what may fit.

A form is read before its view is called (its anti-forgery token is in it): what weighs is therefore decided here, by
its announced length before any of it is read, then as it comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django_scopes import scope

from socle.files import contents, queries, rules
from socle.files.contents import Incoming
from socle.lib.refusals import Refused, refuse
from socle.lib.text import whole
from socle.people.acting import active_beneficiary

ADDRESS = re.compile(r"/mairie/dossier/\d{1,18}/deposer/", re.ASCII)
# What a form adds to the files it carries.
AROUND = 1024 * 1024


class Received(UploadedFile[bytes]):
    """A file that came by a form and is on the disk; forgotten with the request unless it was kept."""

    def __init__(self, incoming: Incoming, name: str) -> None:
        super().__init__(file=None, name=name, size=incoming.size)
        self.incoming = incoming

    def close(self) -> None:
        self.incoming.discard()


class ToTheDisk(FileUploadHandler):
    """Receives the files of a form, until they weigh more than what fits."""

    def __init__(self, request: HttpRequest, free: int) -> None:
        super().__init__(request)
        self.free, self.refusal = free, ""
        self._incoming: Incoming | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._telling(lambda: setattr(self, "_incoming", Incoming(self.free)))

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        incoming = self._incoming
        assert incoming is not None
        self._telling(lambda: refuse(rules.why_not_weigh(incoming.size + len(raw_data))))
        self._telling(lambda: incoming.write(raw_data))

    def file_complete(self, file_size: int) -> Received:
        incoming, self._incoming = self._incoming, None
        assert incoming is not None
        self.free -= incoming.size
        return Received(incoming, self.file_name or "")

    def upload_interrupted(self) -> None:
        if self._incoming is not None:
            self._incoming.discard()

    def _telling(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Refused as refusal:
            self.refusal = refusal.sentence
            self.upload_interrupted()
            # The rest is not read.
            raise StopUpload(connection_reset=True) from refusal


class SpaceForUploads:
    """Middleware: for the one address that takes files of any size, and for no other."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method != "POST" or not ADDRESS.fullmatch(request.path_info):
            return self.get_response(request)
        free = 0
        if (beneficiary := active_beneficiary(request)) is not None:
            with scope(beneficiary=beneficiary):
                space = queries.space_of(beneficiary)
            free = space.free_bytes if space is not None else 0
        announced = request.META.get("CONTENT_LENGTH") or "0"
        length = whole(announced) or 0
        if beneficiary is not None and (refusal := _why_not_read(request, length - AROUND, free)):
            if wants_data(request):
                return as_data([refusal])
            messages.error(request, refusal)
            return redirect(request.path.removesuffix("deposer/"))
        request.upload_handlers = [ToTheDisk(request, free)]
        return self.get_response(request)


def _why_not_read(request: HttpRequest, least: int, free: int) -> str | None:
    """Say why files that weigh at least so much together are not received at all."""
    if least > free:
        return contents.no_space_left(free).sentence
    # The script of the page sends one at a time; what a form sends together is weighed one by one, as it comes.
    return rules.why_not_weigh(least) if wants_data(request) else None


def wants_data(request: HttpRequest) -> bool:
    """Whether the script of the page asks, which shows what is refused by itself."""
    return request.headers.get("Accept", "") == "application/json"


def as_data(refused: list[str]) -> JsonResponse:
    """Return a refusal, for the script of the page."""
    return JsonResponse({"refused": refused}, status=422 if refused else 200)


def refusal_of(request: HttpRequest) -> str:
    """Why the files of this form were not all received, or nothing."""
    return next((one.refusal for one in request.upload_handlers if isinstance(one, ToTheDisk)), "")
