"""The colours of a site, and the shades computed from them so that every text keeps its contrast.

WCAG 2.1: 4.5:1 for text. A commune chooses any colour; what is shown is the nearest shade that can be read.
"""

from __future__ import annotations

import colorsys
import re

PALETTE: dict[str, str] = {
    "#9c3d22": "brique",
    "#1f5f6b": "vert d’eau profond",
    "#2f4a7c": "bleu ardoise",
    "#4d6b2c": "vert bocage",
    "#7a2e52": "aubergine",
    "#8a5a12": "ocre",
    "#5b4a8a": "lavande",
    "#3d5a5c": "gris mer",
}
PAPER, NIGHT = "#fffdf9", "#17191c"
_COLOUR = re.compile(r"#[0-9a-f]{6}")


def is_colour(text: str) -> bool:
    """Say whether the text is a colour as we keep it: # and six lower-case hexadecimal digits."""
    return _COLOUR.fullmatch(text) is not None


def _channels(colour: str) -> tuple[float, float, float]:
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.1, from 0 (black) to 1 (white)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.1, from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _with_lightness(colour: str, lightness: float, saturation: float | None = None) -> str:
    hue, _, own_saturation = colorsys.rgb_to_hls(*_channels(colour))
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, own_saturation if saturation is None else saturation)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def readable_on(colour: str, background: str, ratio: float = 4.6) -> str:
    """Return the colour itself, or its nearest shade whose contrast on this background reaches the ratio."""
    if contrast(colour, background) >= ratio:
        return colour
    _, lightness, _ = colorsys.rgb_to_hls(*_channels(colour))
    step = -0.01 if luminance(background) > 0.4 else 0.01
    shade = colour
    for _ in range(100):
        lightness = min(1.0, max(0.0, lightness + step))
        shade = _with_lightness(colour, lightness)
        if contrast(shade, background) >= ratio:
            break
    return shade


def strong(colour: str) -> str:
    """Return the nearest shade that is read on paper and on its own tint, and on which white is read."""
    shade = readable_on(readable_on(colour, PAPER, 5.2), "#ffffff", 5.2)
    return readable_on(shade, _tint(colour), 5)


def _tint(colour: str) -> str:
    return _with_lightness(colour, 0.95, 0.35)


def _properties(name: str, colour: str, tint: str, night_tint: str) -> tuple[str, str]:
    """Return how a colour is written by day and by night: itself, and what is written on it."""
    day = readable_on(strong(colour), tint, 5)
    night = readable_on(readable_on(_with_lightness(colour, 0.72, 0.5), night_tint, 6), NIGHT, 6)
    return f"--{name}:{day};--on-{name}:#ffffff;", f"--{name}:{night};--on-{name}:{NIGHT};"


def stylesheet(colour: str, second: str = "") -> str:
    """Return the custom properties of a site in these colours, by day and by night. Pure: the same for ever.

    `--band` is a large surface in the main colour, deep by day as by night, with white words on it.
    """
    tint = _tint(colour)
    line = _with_lightness(colour, 0.82, 0.25)
    night_tint = _with_lightness(colour, 0.15, 0.22)
    night_line = _with_lightness(colour, 0.32, 0.22)
    day_accent, night_accent = _properties("accent", colour, tint, night_tint)
    day_second, night_second = _properties("second", second or colour, tint, night_tint)
    night_band = readable_on(_with_lightness(colour, 0.24, 0.35), "#ffffff", 7)
    return (
        f":root{{{day_accent}{day_second}--band:{strong(colour)};--on-band:#ffffff;--tint:{tint};--line:{line};"
        f"--paper:{PAPER};}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{night_accent}{night_second}--band:{night_band};"
        f"--tint:{night_tint};--line:{night_line};--paper:{NIGHT};}}}}\n"
    )
