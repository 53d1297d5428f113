"""The theme of a site, one sheet whose address says all that it is made of: its colours, and its characters.

The characters are free families, chosen because they are easy to read, served by the site itself. Each file of
`static/websites/fonts/` holds the letters and signs of French, in the weights of our sheets. A file never changes once
released: another one has another name, since browsers keep for ever the sheet that names it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.templatetags.static import static

from socle.sites.colours import stylesheet
from socle.sites.models.sites import Font, WebSite

SANS = 'system-ui,"Segoe UI","Noto Sans","Liberation Sans",Roboto,sans-serif'
SERIF = '"Iowan Old Style","Palatino Linotype",Palatino,"URW Palladio L",P052,Georgia,serif'


@dataclass(frozen=True)
class Family:
    """One family: its file, what it is for, and whether it sets the text or the headings as well."""

    name: str
    file: str
    purpose: str
    is_serif: bool = False

    @property
    def url(self) -> str:
        return static(f"websites/fonts/{self.file}")


FAMILIES: dict[str, Family] = {
    Font.ATKINSON: Family(
        "Atkinson Hyperlegible Next",
        "atkinson-hyperlegible-next-1.woff2",
        "des lettres que l’on ne confond pas, dessinées pour les personnes malvoyantes",
    ),
    Font.LEXEND: Family("Lexend", "lexend-1.woff2", "des lettres larges et espacées, pour lire vite sans se fatiguer"),
    Font.LITERATA: Family("Literata", "literata-1.woff2", "des lettres à empattements, comme un livre", is_serif=True),
}


# `9c3d22`, `9c3d22-2f4a7c`, `9c3d22-2f4a7c-literata`.
ADDRESS = re.compile(r"([0-9a-f]{6})(?:-([0-9a-f]{6}))?(?:-([a-z]{1,10}))?", re.ASCII)


def address_of(look: WebSite) -> str:
    """Return the path of the sheet of a look; for a colour alone, the one it always had."""
    parts = [look.colour[1:]]
    if look.second_colour or look.font in FAMILIES:
        parts.append((look.second_colour or look.colour)[1:])
    if look.font in FAMILIES:
        parts.append(look.font)
    return f"/couleurs/{'-'.join(parts)}.css"


def sheet_at(address: str) -> str | None:
    """Return the sheet of this address (without its folder and its suffix), or None when it is none."""
    match = ADDRESS.fullmatch(address)
    if match is None or (match[3] and match[3] not in FAMILIES):
        return None
    second = f"#{match[2]}" if match[2] else ""
    return stylesheet(f"#{match[1]}", second) + (_characters(FAMILIES[match[3]]) if match[3] else "")


def _characters(family: Family) -> str:
    fallback = SERIF if family.is_serif else SANS
    # Shown as soon as they are there; until then, and if they never come, those of the device.
    return (
        f'@font-face{{font-family:"{family.name}";src:url("{family.url}") format("woff2");'
        "font-weight:400 700;font-style:normal;font-display:swap;}\n"
        f':root{{--sans:"{family.name}",{fallback};--serif:"{family.name}",{fallback};}}\n'
    )
