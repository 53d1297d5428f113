"""The ground under the maps of each site: asked of a source, encoded anew, kept with the images of the site.

A site is looked at once a day. A picture is made again when its place or its source changed, and once a year. Of
several sources the first that answers is kept; one that fails leaves what was there, or lets the next one draw. The
streets around the mairie are asked only of those that draw streets: without one, there is no such picture.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import FilteredRelation, Q
from django.utils.module_loading import import_string
from django_scopes import scopes_disabled
from PIL import Image

from socle.lib import locks
from socle.lib.due import long_ago
from socle.sites.contract import BaseMap, MapError, Picture
from socle.sites.maps import MAP_HEIGHT, MAP_WIDTH, Box, boxes_of
from socle.sites.models.media import MapPicture
from socle.sites.models.sites import WebSite
from socle.sites.publishing.actions import changed_quietly

log = logging.getLogger("socle.sites")

LOOKED_AT_EVERY = timedelta(days=1)
LASTS = timedelta(days=365)
# What a map may weigh on a page, and how well it is drawn, the best first, until it does not weigh more.
HEAVIEST = 60_000
QUALITIES = (82, 70, 55, 40, 25)
PHOTOGRAPHIC = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
DRAWN = "image/svg+xml"
# After so many failures in a row, a source is asked nothing more until the next time.
PATIENCE = 3
# How the file of each scale is named: apart, so that the end of one never takes the other's, were they alike.
NAMES = {MapPicture.Scale.COMMUNE: "plan", MapPicture.Scale.STREETS: "rues"}


def sources() -> list[BaseMap]:
    """Return the sources that the settings name, in the order in which they are asked."""
    return [import_string(dotted)() for dotted in settings.SOCLE_SITES_MAPS]


def follow(*, at: datetime, seconds: float = float("inf")) -> int:
    """Look at the sites that were not looked at today; return how many were given all that they asked.

    None is begun after so many seconds.
    """
    begun, done, asked = time.monotonic(), 0, [MapSource(one) for one in sources()]
    with locks.held("maps") as is_mine:
        for website in _due(at) if is_mine else ():
            if time.monotonic() - begun > seconds:
                break
            done += follow_site(website, asked, at=at)
    return done


def _due(at: datetime) -> list[WebSite]:
    """Return the sites to look at. Both scales are looked at together; an older release looked at one."""
    streets = FilteredRelation("map_pictures", condition=Q(map_pictures__scale=MapPicture.Scale.STREETS))
    waiting = long_ago("streets__looked_at", at, every=LOOKED_AT_EVERY)
    with scopes_disabled():  # Every site, one after the other.
        sites = WebSite.objects.alias(streets=streets).filter(waiting, archived_at=None, redirects_to=None)
        return list(sites.select_related("beneficiary__commune__outline", "facts").order_by("pk"))


class MapSource:
    """A source, as it is asked. After so many failures in a row it fails at once, with the same sentence."""

    def __init__(self, source: BaseMap) -> None:
        self.source, self.failures, self.sentence = source, 0, ""

    def ground(self, box: Box) -> tuple[Picture, bytes, str]:
        """Return a picture, with what of it is kept: bytes, and the suffix of their kind. Raises `MapError`."""
        if self.failures < PATIENCE:
            try:
                made = self.source.picture(box, MAP_WIDTH, MAP_HEIGHT)
                content, suffix = encoded(made)
            except MapError as failure:
                self.failures, self.sentence = self.failures + 1, failure.sentence
                if self.failures == PATIENCE:
                    log.error("maps: %s", failure)
            else:
                self.failures = 0
                return made, content, suffix
        raise MapError(self.sentence)


def follow_site(website: WebSite, asked: Sequence[MapSource], *, at: datetime) -> bool:
    """Make the pictures of a site that are to be made; say whether no source that was asked lacked one."""
    rows = {row.scale: row for row in MapPicture.objects.filter(website=website)}
    for scale, box in boxes_of(website).items():
        able = [one for one in asked if one.source.draws_streets or scale != MapPicture.Scale.STREETS]
        row = rows.setdefault(scale, MapPicture(website=website, scale=scale))
        _follow_picture(row, box if able else None, able, at=at)
    return not any(row.problem for row in rows.values())


def _follow_picture(row: MapPicture, box: Box | None, asked: Sequence[MapSource], *, at: datetime) -> None:
    """Make one picture if it is to be made; without a box there is none."""
    problem, made = "", None
    for one in asked:
        if box is None:
            break
        key = hashlib.sha256(json.dumps([one.source.source(), box]).encode()).hexdigest()
        # A picture of this source stands for a year, and longer than a better one that is not to be had.
        if row.made_of == key and (problem or (row.made_at and at - row.made_at < LASTS)):
            break
        try:
            made, content, suffix = one.ground(box)
        except MapError as failure:
            problem = problem or failure.sentence
            if row.made_of == key:
                break
            continue
        row.made_of, row.made_at = key, at
        break
    with transaction.atomic():
        row.problem, row.looked_at = problem, at
        if made is not None:
            _keep(row, made, content, suffix, at=at)
        elif box is None and row.file:
            _keep(row, Picture(b"", "", "", ""), b"", "", at=at)
            row.made_of = ""
        row.save(force_insert=row.pk is None)


def _keep(row: MapPicture, made: Picture, content: bytes, suffix: str, *, at: datetime) -> None:
    """Put a picture in the place of another: under another name, since whoever read it keeps it for ever."""
    before = str(row.file or "")
    digest = hashlib.sha256(content).hexdigest()[:16]
    base = NAMES[MapPicture.Scale(row.scale)]
    name = f"{row.website.media_folder}/images/{base}-{digest}.{suffix}" if content else ""
    if content and not default_storage.exists(name):
        name = default_storage.save(name, ContentFile(content))
    row.file = name
    row.credit, row.licence, row.source_date = made.credit[:200], made.licence[:100], made.source_date[:40]
    if before and before != name:
        transaction.on_commit(lambda: default_storage.delete(before))
    changed_quietly(row.website_id, "map", at=at)


def encoded(made: Picture) -> tuple[bytes, str]:
    """Return the bytes that a site serves, and the suffix of their kind. Raises `MapError`.

    Whatever came from elsewhere is decoded and encoded anew: what a site serves as a picture is one, and nothing else.
    """
    if made.media_type == DRAWN:
        if len(made.content) > HEAVIEST:
            raise MapError("Le dessin du plan dépasse 60\u00a0ko.")
        return made.content, "svg"
    if made.media_type not in PHOTOGRAPHIC:
        raise MapError("La source du plan n’a pas donné une image PNG, JPEG ou WebP.")
    image = _decoded(made)
    for quality in QUALITIES:
        file = io.BytesIO()
        image.save(file, "WEBP", quality=quality, method=6)
        if len(file.getvalue()) <= HEAVIEST:
            return file.getvalue(), "webp"
    raise MapError("L’image du plan dépasse 60\u00a0ko, même réduite\u00a0: choisissez une couche moins chargée.")


def _decoded(made: Picture) -> Image.Image:
    wrong = ""
    try:
        with Image.open(io.BytesIO(made.content), formats=[PHOTOGRAPHIC[made.media_type]]) as opened:
            if opened.size != (MAP_WIDTH, MAP_HEIGHT):
                # Read before anything is unfolded: an image of a hundred million points is never decoded.
                wrong = "L’image du plan n’a pas la taille demandée."
            else:
                opened.load()
                ground = Image.new("RGBA", opened.size, "#fff")
                ground.alpha_composite(opened.convert("RGBA"))
                image = ground.convert("RGB")
                if all(low == high for low, high in image.getextrema()):  # type: ignore[misc]
                    wrong = "L’image du plan est vide\u00a0: la couche ne couvre pas cette commune."
    except Exception as error:
        # Cut short, or of a kind that lies: whatever it is, the map must not fail for it.
        raise MapError("L’image du plan ne se lit pas.") from error
    if wrong:
        raise MapError(wrong)
    return image
