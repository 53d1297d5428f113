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
class StandIn:
    """A family that many devices have, at the size that makes its lines as long as ours: nothing moves when ours come.

    The sizes, in hundredths of its own, are those of a French text (the guide of the mairies) in the two weights.
    """

    names: tuple[str, ...]
    regular: float
    bold: float

    def faces(self, name: str) -> str:
        """Return the two faces that make this family the stand-in of that name."""
        faces = ""
        for suffix, weight, size in (("", "400", self.regular), (" Bold", "600 700", self.bold)):
            places = ",".join(f'local("{one}{suffix}")' for one in self.names)
            faces += f'@font-face{{font-family:"{name}";src:{places};font-weight:{weight};size-adjust:{size}%;}}\n'
        return faces


@dataclass(frozen=True)
class Family:
    """One family: its name, its file, what the device shows in its place, and while it comes."""

    name: str
    file: str
    stand_ins: tuple[StandIn, ...]
    instead: str = SANS

    @property
    def url(self) -> str:
        return static(f"websites/fonts/{self.file}")

    @property
    def waiting(self) -> dict[str, StandIn]:
        """The stand-ins while it comes, by the name that our sheet gives it, in the order of trial."""
        return {f"{self.name} {rank}": one for rank, one in enumerate(self.stand_ins, start=1)}

    @property
    def stack(self) -> str:
        return ",".join([f'"{self.name}"', *(f'"{name}"' for name in self.waiting), self.instead])


# Windows and macOS, then most Linux, then Android, then the other Linux.
ARIAL, ROBOTO, DEJAVU = ("Arial", "Liberation Sans"), ("Roboto",), ("DejaVu Sans",)
TIMES, NOTO_SERIF, DEJAVU_SERIF = ("Times New Roman", "Liberation Serif"), ("Noto Serif",), ("DejaVu Serif",)
ATKINSON = Family(
    "Atkinson Hyperlegible Next",
    "atkinson-hyperlegible-next-1.woff2",
    (StandIn(ARIAL, 99.2, 97.8), StandIn(ROBOTO, 100.7, 104.2), StandIn(DEJAVU, 87.1, 81.6)),
)
LEXEND = Family(
    "Lexend",
    "lexend-1.woff2",
    (StandIn(ARIAL, 108.2, 105.4), StandIn(ROBOTO, 109.9, 112.3), StandIn(DEJAVU, 95.1, 88.0)),
)
LITERATA = Family(
    "Literata",
    "literata-1.woff2",
    (StandIn(TIMES, 116.3, 114.4), StandIn(NOTO_SERIF, 98.8, 96.7), StandIn(DEJAVU_SERIF, 91.0, 85.9)),
    SERIF,
)


@dataclass(frozen=True)
class Characters:
    """Two families, or one twice: that of the text, that of the headings; and what they are for."""

    text: Family
    headings: Family
    purpose: str


CHARACTERS: dict[str, Characters] = {
    Font.DUO: Characters(ATKINSON, LITERATA, "Literata pour les titres, Atkinson Hyperlegible pour le texte"),
    Font.ATKINSON: Characters(
        ATKINSON, ATKINSON, "des lettres que l’on ne confond pas, dessinées pour les personnes malvoyantes"
    ),
    Font.LEXEND: Characters(LEXEND, LEXEND, "des lettres larges et espacées, pour lire vite sans se fatiguer"),
    Font.LITERATA: Characters(LITERATA, LITERATA, "des lettres à empattements, comme un livre"),
}


# `9c3d22`, `9c3d22-2f4a7c`, `9c3d22-2f4a7c-literata`.
ADDRESS = re.compile(r"([0-9a-f]{6})(?:-([0-9a-f]{6}))?(?:-([a-z]{1,10}))?", re.ASCII)


def address_of(look: WebSite) -> str:
    """Return the path of the sheet of a look; for a colour alone, the one it always had."""
    parts = [look.colour[1:]]
    if look.second_colour or look.font in CHARACTERS:
        parts.append((look.second_colour or look.colour)[1:])
    if look.font in CHARACTERS:
        parts.append(look.font)
    return f"/couleurs/{'-'.join(parts)}.css"


def sheet_at(address: str) -> str | None:
    """Return the sheet of this address (without its folder and its suffix), or None when it is none."""
    match = ADDRESS.fullmatch(address)
    if match is None or (match[3] and match[3] not in CHARACTERS):
        return None
    second = f"#{match[2]}" if match[2] else ""
    return stylesheet(f"#{match[1]}", second) + (_characters(CHARACTERS[match[3]]) if match[3] else "")


def _characters(characters: Characters) -> str:
    # Shown as soon as they are there; until then, and if they never come, those of the device.
    text, headings = characters.text, characters.headings
    families = list(dict.fromkeys((text, headings)))
    faces = "".join(
        f'@font-face{{font-family:"{family.name}";src:url("{family.url}") format("woff2");'
        "font-weight:400 700;font-style:normal;font-display:swap;}\n"
        for family in families
    )
    faces += "".join(one.faces(name) for family in families for name, one in family.waiting.items())
    # What nothing is written with is never asked for: whoever asks for less data keeps those of the device.
    return (
        f"{faces}:root{{--sans:{text.stack};--serif:{headings.stack};}}\n"
        f"@media (prefers-reduced-data:reduce){{:root{{--sans:{text.instead};--serif:{headings.instead};}}}}\n"
    )
