"""The files that come with a message: told by their bytes, read by the antivirus, kept where nothing public looks."""

from __future__ import annotations

import io
import secrets
import warnings
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from socle.documents.actions import safe_filename
from socle.documents.rules import why_not_publish_pdf
from socle.documents.scanning import why_not_take
from socle.inbox.models import ContactMessage, MessageFile

MOST_FILES, MOST_BYTES = 3, 8 * 1024 * 1024
# A telephone's largest photographs; beyond, opening one would cost more than any message is worth.
MOST_POINTS = 120_000_000
IMAGES = {"JPEG": "image/jpeg", "PNG": "image/png"}
NOT_THESE = "«\u00a0{name}\u00a0» n’est ni un PDF ni une image JPEG ou PNG, ou est abîmé."


@dataclass(frozen=True)
class Handed:
    """One file that was handed over and is good: what it is, told by its bytes."""

    filename: str
    content_type: str
    content: bytes


def why_not_hand(content: bytes, *, name: str) -> str | None:
    """Say why this file cannot come with a message. Its name is only quoted."""
    shown = " ".join(name.split())[:60]
    if not content:
        return f"«\u00a0{shown}\u00a0» est vide\u00a0: choisissez un autre fichier."
    if len(content) > MOST_BYTES:
        return f"«\u00a0{shown}\u00a0» dépasse 8\u00a0Mo\u00a0: réduisez-le, ou envoyez-le à la mairie autrement."
    if content.startswith(b"%PDF-"):
        reason = why_not_publish_pdf(content)
    else:
        reason = None if _image_type(content) else NOT_THESE.format(name=shown)
    return reason or why_not_take(content, size=len(content))


def hand(content: bytes, *, name: str) -> Handed:
    """Return a file that the rule accepted, under a name that every system accepts."""
    kind = "application/pdf" if content.startswith(b"%PDF-") else _image_type(content)
    return Handed(safe_filename(name, kind), kind, content)


def _image_type(content: bytes) -> str:
    """The type of an image that opens to its last point; nothing for what is none of ours."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=list(IMAGES)) as image:
                if image.width * image.height > MOST_POINTS:
                    return ""
                image.verify()
                return IMAGES[image.format or ""]
    except Exception:  # Bytes from anywhere: whatever they make the reader do is a refusal, never a failure.
        return ""


def keep(message: ContactMessage, handed: Iterable[Handed]) -> None:
    """Write the files of a message, in a folder whose name nobody guesses. What was written goes if a row cannot be."""
    written: list[str] = []
    try:
        for one in handed:
            place = f"messages/{message.beneficiary_id}/{secrets.token_hex(16)}/{one.filename}"
            written.append(default_storage.save(place, ContentFile(one.content)))
            MessageFile.objects.create(
                message=message,
                file=written[-1],
                filename=one.filename,
                content_type=one.content_type,
                size=len(one.content),
            )
    except BaseException:
        for name in written:
            default_storage.delete(name)
        raise


def discard(messages: Iterable[int]) -> None:
    """Remove the files of these messages from where they lie; their rows go with the messages."""
    for name in MessageFile.objects.filter(message__in=list(messages)).values_list("file", flat=True):
        default_storage.delete(name)
