"""Antivirus scan: what people hand over is read by it, if there is one, before anything of it is kept.

Fails closed: an antivirus that does not answer refuses the file, unless the operator has chosen otherwise. What was
found is told to the journal when the request ends, apart from the transaction that the refusal undid.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import BinaryIO

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.module_loading import import_string

from socle.documents.contract import Scanner, ScannerError, TooLarge, Unreachable
from socle.documents.rules import MAX_SIZE
from socle.journal import actions as journal
from socle.people.acting import active_beneficiary
from socle.people.models import User

log = logging.getLogger("socle.documents.scanning")

INFECTED = (
    "L’antivirus a trouvé un programme malveillant dans ce fichier\u00a0: il est refusé, et rien n’en est conservé. Ne "
    "l’ouvrez pas\u00a0; prévenez votre prestataire informatique, puis déposez le document d’une source sûre."
)
UNREACHABLE = (
    "L’antivirus qui lit les fichiers déposés ne répond pas\u00a0: par prudence, celui-ci n’est pas accepté, et rien "
    "n’en est conservé. Réessayez dans quelques minutes\u00a0; si cela dure, prévenez l’opérateur de la plateforme."
)
UNREAD = (
    "L’antivirus n’a pas pu lire ce fichier en entier\u00a0: par prudence, il n’est pas accepté. Réduisez-le ou "
    "enregistrez-le en PDF, puis déposez-le de nouveau\u00a0; si cela dure, prévenez l’opérateur de la plateforme."
)


@dataclass(frozen=True)
class Found:
    """One file that was refused: by what name the antivirus calls what it holds. Nothing of the file, nor its name."""

    signature: str
    size: int


# What an antivirus is asked to read, at most; what it may itself refuse below.
MOST_READ = MAX_SIZE


# What was found while this request was answered.
_found: ContextVar[list[Found] | None] = ContextVar("found_by_the_antivirus", default=None)


def scanner() -> Scanner | None:
    """The antivirus that the settings name, or None."""
    if not settings.SOCLE_SCANNER:
        return None
    made: Scanner = import_string(settings.SOCLE_SCANNER)()
    return made


def is_too_large(size: int) -> bool:
    """Whether there is an antivirus, which is asked to read no file of this size."""
    return bool(settings.SOCLE_SCANNER) and size > MOST_READ


def why_not_take(file: BinaryIO | bytes, *, size: int) -> str | None:
    """Say in French why the antivirus refuses this file, or None. The file is read, and rewound; `size` is in bytes."""
    if is_too_large(size):
        return "Le fichier dépasse 50\u00a0Mo\u00a0: réduisez-le avant de le déposer."
    try:
        return why_not_take_unless_large(file, size=size)
    except TooLarge:
        return UNREAD


def why_not_take_unless_large(file: BinaryIO | bytes, *, size: int) -> str | None:
    """The same, of a file that may be kept without having been read: raises `TooLarge` when it is too large for that.

    `size` is within `is_too_large`.
    """
    if (antivirus := scanner()) is None:
        return None
    content = io.BytesIO(file) if isinstance(file, bytes) else file
    content.seek(0)
    try:
        signature = antivirus.scan(content)
    except ScannerError as failure:
        log.error("upload.unscanned size=%d %s", size, failure.sentence)
        if isinstance(failure, Unreachable):
            return None if settings.SOCLE_CLAMD_UNREACHABLE == "accept" else UNREACHABLE
        if isinstance(failure, TooLarge):
            raise
        return UNREAD
    finally:
        content.seek(0)
    if signature is None:
        return None
    log.warning("upload.infected size=%d signature=%s", size, signature)
    found = _found.get()
    if found is not None:
        found.append(Found(signature, size))
    return INFECTED


class TellWhatWasFound:
    """Middleware: one line of the journal for each file in which the antivirus found something.

    After the view, so that the transaction that the refusal undid does not take the line with it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        found: list[Found] = []
        token = _found.set(found)
        try:
            return self.get_response(request)
        finally:
            _found.reset(token)
            for one in found:
                tell(one, request)


def tell(found: Found, request: HttpRequest) -> None:
    """Write who handed it over, and in whose name when it was in a mairie's: never the name of the file."""
    by = request.user if isinstance(request.user, User) else User.objects.system()
    is_mairie = request.path_info.startswith("/mairie/")
    place = active_beneficiary(request) if is_mairie else None
    journal.record("upload.infected", place or by, by=by, at=timezone.now(), signature=found.signature, size=found.size)
