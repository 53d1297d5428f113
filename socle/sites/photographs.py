"""Photographs that come with what they show, through a form of ours, and join the images of the site."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.core.files.uploadedfile import UploadedFile

from socle.people.models import User
from socle.sites.models.media import CommuneImage, safe_name
from socle.sites.models.sites import WebSite


@dataclass(frozen=True)
class Photograph:
    """A picture as it was handed over, and judged by the form; whose it is, when it was said."""

    filename: str
    content: bytes
    credit: str = ""


def handed_over(file: UploadedFile[bytes] | None) -> Photograph | None:
    """Return what a field of a form was given, if anything."""
    if not file:
        return None
    file.seek(0)
    return Photograph(file.name or "", file.read())


def keep(website: WebSite, photograph: Photograph, *, title: str, description: str, by: User) -> CommuneImage:
    """Keep it among the images of the site."""
    name = safe_name(photograph.filename)
    return CommuneImage.objects.create(
        title=title[:255],
        description=description[:255],
        credit=photograph.credit,
        file=ImageFile(ContentFile(photograph.content, name=name), name=name),
        collection_id=website.collection_id,
        uploaded_by_user=by,
    )
