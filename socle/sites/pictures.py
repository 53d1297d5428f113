"""Photographs as a site shows them: several widths, in the formats that weigh least, and a place kept before they come.

A browser takes the first format it knows and the width its screen wants. The sizes are made by Wagtail, from an
original that is never served, and that came in without what it told of its place and of its camera (`lib.photographs`).

They cost seconds, so nobody waits for them: the publication, which is a task, makes them before it serves the page.
Until then the editor shows the original, and a page drawn for a reader, which has no file yet, leaves it out.
One that cannot be made is left out of the page, said, and tried again each day.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from PIL import Image
from wagtail.images.models import AbstractRendition, Filter

from socle.sites.models.media import CommuneImage
from socle.sites.models.sites import edited
from socle.sites.publishing.reads import UNMADE, depend_on, is_noting

log = logging.getLogger("socle.sites")

# What few browsers still want, at one width: the others are lighter.
FALLBACK, FALLBACK_WIDTH = "jpeg", 800
FORMATS = ("avif", "webp")
# As large as a photograph is shown alone.
ALONE = "width-1400|format-jpeg"
# Written on an image that was said to decorate only: HTML wants no role beside an empty description.
DECORATIVE = "decorative"


@dataclass(frozen=True)
class Shape:
    """A place for a picture: the widths made for it, how wide it is on a screen, and its proportions if it has some."""

    widths: tuple[int, ...]
    sizes: str
    ratio: float | None = None


SHAPES: Mapping[str, Shape] = {
    "banner": Shape((480, 800, 1200, 1800), "100vw", 16 / 9),
    "hero": Shape((480, 800, 1200), "(min-width: 56rem) 408px, calc(100vw - 2rem)", 16 / 9),
    "lead": Shape((480, 800, 1200), "(min-width: 56rem) 700px, calc(100vw - 2rem)", 16 / 9),
    "card": Shape((320, 640, 960), "(min-width: 56rem) 360px, calc(100vw - 5rem)", 16 / 9),
    "portrait": Shape((90, 180), "85px", 4 / 5),
    "thumb": Shape((180, 360), "(min-width: 56rem) 222px, calc(50vw - 1.4rem)", 4 / 3),
    "coat": Shape((176,), "88px"),
    "text": Shape((480, 800, 1200), "(min-width: 50rem) 782px, calc(100vw - 2rem)"),
}


def widths_of(image: Any, shape: Shape) -> list[int]:
    """Return the widths of this shape that the image has enough points for; at least one."""
    most = image.width if shape.ratio is None else min(image.width, int(image.height * shape.ratio))
    return [width for width in shape.widths if width <= most] or [max(1, min(most, shape.widths[0]))]


def spec_of(width: int, shape: Shape, form: str) -> str:
    """Return how Wagtail writes one size of an image."""
    size = f"width-{width}" if shape.ratio is None else f"fill-{width}x{round(width / shape.ratio)}"
    return f"{size}|format-{form}"


# How EXIF says that a photograph lies on its side: its width is then its height (EXIF 2.32, tag 274).
ORIENTATION, LYING = 0x0112, frozenset({5, 6, 7, 8})


def is_edited(image: CommuneImage) -> bool:
    """Say whether this image is looked at in the editor of its own site, where its original may be shown."""
    website = edited.get()
    return website is not None and website.collection_id == image.collection_id


def sizes_of(image: CommuneImage, specs: Sequence[str]) -> dict[str, AbstractRendition] | None:
    """Return these sizes of an image, which a publication makes; None when they are not to be had now."""
    filters = [Filter(spec=spec) for spec in specs]
    if not is_noting():
        found = {filter.spec: made for filter, made in image.find_existing_renditions(*filters).items()}
        return found if all(spec in found for spec in specs) else None
    try:
        made: dict[str, AbstractRendition] = image.get_renditions(*filters)
    except Exception as error:
        # Cut short, of a kind that lies, or gone: whatever it is, the page must not wait for it for ever.
        log.error("the sizes of image %s could not be made: %s", image.pk, type(error).__name__)
        depend_on(f"{UNMADE}{image.pk}", "day")
        return None
    return made


def _as_it_is(image: CommuneImage, rest: SafeString) -> SafeString:
    """Return the mark-up of the original, for whoever edits the site: its own dimensions, once turned upright."""
    width, height = image.width, image.height
    try:
        with image.open_file() as file, Image.open(file) as opened:
            if opened.getexif().get(ORIENTATION) in LYING:
                width, height = height, width
    except Exception:
        # Not read: it is shown as it lies, and its publication says what is wrong.
        log.warning("image %s cannot be read", image.pk)
    return format_html('<img src="{}" width="{}" height="{}" {}>', image.file.url, width, height, rest)


def picture(
    image: CommuneImage,
    shape_name: str,
    *,
    alternative: str = "",
    is_first: bool = False,
    is_seen: bool = False,
    css: str = "",
    is_decorative: bool = False,
) -> SafeString:
    """Return the mark-up of an image in a place. `is_first`: what one sees first, asked for before all the rest.

    `is_seen`: among what one sees at once, hence not left for later.

    Without words of its own for those who do not see it, it takes those that its image was given once for all, unless
    it was said to decorate only.
    """
    shape = SHAPES[shape_name]
    widths = widths_of(image, shape)
    fallback = max((width for width in widths if width <= FALLBACK_WIDTH), default=widths[0])
    specs = {form: [spec_of(width, shape, form) for width in widths] for form in FORMATS}
    last = spec_of(fallback, shape, FALLBACK)
    order = 'fetchpriority="high"' if is_first else 'decoding="async"' if is_seen else 'loading="lazy" decoding="async"'
    rest = format_html(
        'alt="{}"{} {}',
        "" if is_decorative else alternative or image.description,
        format_html(' class="{}"', " ".join(filter(None, [css, DECORATIVE if is_decorative else ""])))
        if css or is_decorative
        else "",
        mark_safe(order),  # noqa: S308 — one of three constants
    )
    made = sizes_of(image, [*(spec for found in specs.values() for spec in found), last])
    if made is None:
        return _as_it_is(image, rest) if is_edited(image) else SafeString("")
    sources = format_html_join(
        "",
        '<source type="image/{}" srcset="{}" sizes="{}">',
        (
            (form, ", ".join(f"{made[spec].url} {made[spec].width}w" for spec in found), shape.sizes)
            for form, found in specs.items()
        ),
    )
    return format_html(
        '<picture>{}<img src="{}" width="{}" height="{}" {}></picture>',
        sources,
        made[last].url,
        made[last].width,
        made[last].height,
        rest,
    )


def enlarged(image: CommuneImage) -> str:
    """Return the address of an image alone, as large as the sites show one; nothing when it is not to be had."""
    made = sizes_of(image, [ALONE])
    if made is None:
        return str(image.file.url) if is_edited(image) else ""
    return str(made[ALONE].url)
