"""Pictures of a demonstration, drawn by a program and said to be so: an album, and a page of heritage."""

from __future__ import annotations

import io
import random
from datetime import datetime, timedelta

from django.db import transaction
from PIL import Image, ImageColor, ImageDraw

from socle.lib.dates import day_of
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.sections.albums.actions import add_pictures, begin_album
from socle.sections.albums.models import AlbumPage
from socle.sites import photographs
from socle.sites.models.pages import StandardPage
from socle.sites.models.sites import WebSite
from socle.sites.opening import open_page
from socle.sites.photographs import Photograph

WIDTH, HEIGHT = 1000, 750
CREDIT = "Dessin de démonstration"
# The sky, the hills, and what the picture is said to show.
SCENES = (
    ("#bcd7ea", "#5d7f4e", "Deux collines vertes sous un ciel clair, une maison au toit rouge."),
    ("#f0cf9c", "#8a6d3b", "Des champs au soleil couchant, une maison au bord du chemin."),
    ("#c9d3dc", "#4c6a70", "Un matin de brume sur la vallée, une maison seule."),
    ("#9fc3e0", "#7d9a3c", "Un pré au printemps, une petite maison blanche."),
)


def drawn(seed: int) -> Photograph:
    """A landscape of a few shapes, another one for each seed."""
    sky, ground, _ = SCENES[seed % len(SCENES)]
    chance = random.Random(seed)  # noqa: S311 — a drawing, not a secret
    picture = Image.new("RGB", (WIDTH, HEIGHT), sky)
    pen = ImageDraw.Draw(picture)
    for level in (420, 520):
        points = [(x, level + chance.randint(-60, 60)) for x in range(0, WIDTH + 200, 200)]
        shade = tuple(max(0, part - (level - 420) // 4) for part in ImageColor.getrgb(ground))
        pen.polygon([*points, (WIDTH, HEIGHT), (0, HEIGHT)], fill=shade)
    left = 120 + chance.randint(0, 500)
    pen.rectangle((left, 470, left + 180, 600), fill="#e9e2d4")
    pen.polygon([(left - 20, 470), (left + 90, 380), (left + 200, 470)], fill="#a1483a")
    pen.rectangle((left + 70, 520, left + 110, 600), fill="#5b4636")
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=85)
    return Photograph(f"dessin-{seed}.jpg", stream.getvalue())


@transaction.atomic
def ensure_album(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site an album and a page of heritage, once; say whether it was done. Raises Refused elsewhere."""
    refuse(why_not_make_fictions())
    if AlbumPage.objects.descendant_of(website.root_page).exists():
        return False
    album = begin_album(website, "Une promenade (album fictif)", taken_on=day_of(at) - timedelta(days=40), by=by, at=at)
    album = add_pictures(album, [drawn(seed) for seed in range(len(SCENES))], credit=CREDIT, by=by, at=at)
    album.summary = "Des dessins faits pour la démonstration, à la place de photographies."
    for picture, (_, _, words) in zip(album.pictures.all(), SCENES, strict=True):
        picture.alternative = words
    album.save_revision(user=by).publish()
    _heritage(website, by=by, at=at)
    return True


def _heritage(website: WebSite, *, by: User, at: datetime) -> None:
    image = photographs.keep(website, drawn(1), title="Maison dessinée", description=SCENES[1][2], by=by)
    told = "<p>Une maison inventée pour la démonstration\u00a0: personne n’y a jamais passé la rivière.</p>"
    picture = {"image": image, "alternative": SCENES[1][2], "caption": CREDIT}
    page = StandardPage(
        title="Histoire et patrimoine",
        slug="patrimoine",
        body=[("title", {"text": "La maison du passeur (lieu fictif)"}), ("picture", picture), ("text", told)],
    )
    open_page(website, page, is_news=True, at=at)
