"""Alternatives of pictures, for those who do not see them: its words, or that it only decorates, said on purpose."""

from __future__ import annotations

import re
from typing import Any

# « IMG_2034 », « DSC00017.JPG », « photo-2026-11-25 », « Capture d’écran 2026… »: the name of a file says nothing.
FILE_NAME = re.compile(
    r"\S*\.(?:jpe?g|png|gif|webp|avif|heic|tiff?|svg|bmp)|(?:img|dsc[fn]?|pxl|p|photo|image|scan|capture|sans.?titre)"
    r"[\s_-]*[\d\s_.:()-]*",
    re.IGNORECASE,
)
ASKED = (
    "Dites en une phrase ce que l’image montre, pour qui ne la voit pas\u00a0; ou cochez qu’elle ne fait que décorer."
)
BOTH = "Une image qui ne fait que décorer n’a pas de description\u00a0: effacez l’une, ou décochez l’autre."
NAMED = (
    "«\u00a0{}\u00a0» est le nom d’un fichier\u00a0: dites ce que l’image montre, par exemple «\u00a0La place "
    "et l’église, un matin d’automne\u00a0»."
)


def why_not_describe_so(picture: Any, words: str, *, is_decorative: bool) -> str | None:
    """Say what is missing of the words of a picture. Those given to the image itself, once for all, are enough."""
    words = words.strip()
    if picture is None:
        return None
    if is_decorative:
        return BOTH if words else None
    if not words:
        return None if picture.description and not FILE_NAME.fullmatch(picture.description.strip()) else ASKED
    return NAMED.format(words[:60]) if FILE_NAME.fullmatch(words) else None
