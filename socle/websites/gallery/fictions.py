"""Pictures of a demonstration, drawn by a program and said to be so: an album, and a place of heritage."""

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
from socle.websites import photographs
from socle.websites.gallery.actions import Described, add_pictures, describe, make_album
from socle.websites.models.gallery import GalleryPage
from socle.websites.models.heritage import HeritagePage
from socle.websites.models.sites import WebSite
from socle.websites.opening import index_of, open_section
from socle.websites.photographs import Photograph
from socle.websites.registry import sections

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
def ensure_gallery(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site of a demonstration an album, once; say whether it was done. Raises Refused elsewhere."""
    refuse(why_not_make_fictions())
    section = sections()["galerie"]
    if index_of(website, section) is not None:
        return False
    gallery = open_section(website, section, by=by, at=at)
    assert isinstance(gallery, GalleryPage)
    album = make_album(
        gallery,
        "Une promenade (album fictif)",
        taken_on=day_of(at) - timedelta(days=40),
        summary="Des dessins faits pour la démonstration, à la place de photographies.",
        by=by,
        at=at,
    )
    pictures = add_pictures(album, [drawn(seed) for seed in range(len(SCENES))], credit=CREDIT, by=by, at=at)
    words = {one.pk: Described(SCENES[rank][2], CREDIT) for rank, one in enumerate(pictures)}
    describe(album, words, by=by, at=at)
    return True


@transaction.atomic
def ensure_heritage(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site of a demonstration a place and a period, once; say whether it was done. Raises Refused elsewhere."""
    refuse(why_not_make_fictions())
    section = sections()["patrimoine"]
    if index_of(website, section) is not None:
        return False
    index = open_section(website, section, by=by, at=at)
    facts = website.facts
    image = photographs.keep(website, drawn(1), title="Maison dessinée", description=SCENES[1][2], by=by)
    pages = [
        HeritagePage(
            title="La maison du passeur (lieu fictif)",
            summary="Une maison inventée pour la démonstration\u00a0: personne n’y a jamais passé la rivière.",
            dates="XVIIIe\u00a0siècle, toit refait en 1926",
            address="Chemin de la démonstration",
            latitude=facts.latitude,
            longitude=facts.longitude if facts.latitude is not None else None,
            visit="Elle ne se visite pas\u00a0: elle n’existe pas.",
            protection=HeritagePage.Protection.REGISTERED,
            protection_source="arrêté imaginaire, pour l’exemple",
            picture=image,
            picture_alternative=SCENES[1][2],
            picture_credit=CREDIT,
        ),
        HeritagePage(
            title="La grande foire de 1750 (histoire fictive)",
            kind=HeritagePage.Kind.PERIOD,
            summary="Une foire inventée pour la démonstration, dont aucune archive ne parle.",
            dates="1750",
        ),
    ]
    for page in pages:
        page.live = False
        index.add_child(instance=page)
        page.save_revision(user=by).publish()
    return True
