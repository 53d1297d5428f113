"""Numbers, fractions and days written out in French, as public acts write them."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from functools import cache

from socle.lib.dates import MONTHS
from socle.lib.text import whole

_SMALL = (
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
    "quatorze", "quinze", "seize",
)  # fmt: skip
_TENS = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante", 80: "quatre-vingt"}
# Beyond, a number written out is not one that an act has for a day or a year.
MOST = 9_999
_FRACTIONS = {Fraction(1, 2): "la moitié", Fraction(1, 3): "le tiers", Fraction(2, 3): "les deux tiers",
              Fraction(1, 4): "le quart", Fraction(3, 4): "les trois quarts"}  # fmt: skip
_DAY = re.compile(rf"(?P<day>.+?)\s+(?P<month>{'|'.join(MONTHS)})\s+(?P<year>.+)", re.IGNORECASE)


def spelled(number: int) -> str:
    """Return a number from 0 to 9 999 in letters: « vingt-et-un », « quatre-vingt-onze », « deux mille vingt-six »."""
    if not 0 <= number <= MOST:
        raise ValueError(f"only numbers from 0 to {MOST} are written out")
    if number < len(_SMALL):
        return _SMALL[number]
    if number < 20:
        return f"dix-{_SMALL[number - 10]}"
    if number < 100:
        ten = number // 10 * 10
        ten -= 10 if ten in (70, 90) else 0
        rest = number - ten
        if not rest:
            return _TENS[ten] + ("s" if ten == 80 else "")
        return _TENS[ten] + ("-et-" if rest in (1, 11) and ten != 80 else "-") + spelled(rest)
    power, word, plural = (100, "cent", "cents") if number < 1000 else (1000, "mille", "mille")
    many, rest = divmod(number, power)
    words = [] if many == 1 else [spelled(many)]
    words.append(word if rest or many == 1 else plural)
    return " ".join([*words, *([spelled(rest)] if rest else [])])


def _plain(words: str) -> str:
    """A spelling without what varies: hyphens, « et », the « s » of hundreds and of eighty."""
    found = re.split(r"[\s-]+", words.strip().lower())
    return " ".join({"cents": "cent", "vingts": "vingt"}.get(word, word) for word in found if word != "et")


@cache
def _numbers() -> dict[str, int]:
    return {_plain(spelled(number)): number for number in range(MOST + 1)}


def number_of(words: str) -> int | None:
    """Read a number from 0 to 9 999 in letters, whatever its hyphens, or in figures; None for anything else."""
    words = words.strip()
    if (number := whole(words, longest=4)) is not None:
        return number
    return _numbers().get(_plain(words)) if len(words) <= 80 else None


def day_of(words: str) -> date | None:
    """Read « vingt-trois novembre deux mille vingt-et-un » or « 1er mars 2026 »; None for anything else."""
    match = _DAY.fullmatch(words.strip()) if len(words) <= 120 else None
    if match is None:
        return None
    day = 1 if match["day"].lower() in ("premier", "1er") else number_of(match["day"])
    year = number_of(match["year"])
    try:
        return date(year or 0, MONTHS.index(match["month"].lower()) + 1, day or 0)
    except ValueError:
        return None


def fraction_in_words(fraction: Fraction) -> str:
    """Return « la moitié », « les deux tiers », or « 3/5 » for one that has no name here."""
    return _FRACTIONS.get(fraction, str(fraction))


def fraction_of(words: str) -> Fraction | None:
    """Read the first fraction named in a sentence: « aux deux tiers de ces membres » is 2/3; None without one."""
    found = re.search(r"\b(moitié|(?:un |deux |le |au )?tiers|(?:un |trois |le |au )?quart)s?\b", words.lower())
    if found is None:
        return None
    name = found[1]
    if name == "moitié":
        return Fraction(1, 2)
    return Fraction({"deux": 2, "trois": 3}.get(name.split()[0], 1), 3 if name.endswith("tiers") else 4)
