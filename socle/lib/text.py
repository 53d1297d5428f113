"""Small things about French text."""

import re
import unicodedata
from collections.abc import Sequence

from django.utils.text import slugify


def without_ligatures(text: str) -> str:
    """Return the text with the letters of its ligatures: « Vœux » → Voeux. Django's slugify drops them."""
    return text.replace("œ", "oe").replace("Œ", "Oe").replace("æ", "ae").replace("Æ", "Ae")


def slug(text: str) -> str:
    """Return an ASCII slug: « Écaillon » → ecaillon, « L’Œuf » → l-oeuf."""
    return slugify(without_ligatures(text).replace("’", "-").replace("'", "-"))


def folded(text: str) -> str:
    """Return the text without accents nor case, hyphens as spaces, for searching."""
    ascii_text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"[\s\-'’]+", " ", ascii_text.replace("œ", "oe").replace("Œ", "OE").casefold()).strip()


# As maps, letterheads and people shorten the names of places.
_SHORTENED = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_LENGTHENED = {long: short for short, long in _SHORTENED.items()}
_SHORT = re.compile(r"\b(?:stes|ste|sts|st)\b\.?", re.IGNORECASE)
_LONG = re.compile(r"\b(?:saintes|sainte|saints|saint)\b", re.IGNORECASE)


def readings(words: str) -> list[str]:
    """Return what these words may be in a name that is kept `folded`: « St-Omer » is « saint omer », or « st omer ».

    As it is too: « Ste » is also how « Steenvoorde » begins.
    """
    spelt_out = " ".join(_SHORTENED.get(word, word) for word in folded(words.replace(".", " ")).split())
    return [reading for reading in dict.fromkeys((folded(words), spelt_out)) if reading]


def spellings(words: str) -> list[str]:
    """Return the ways of writing these words in a name kept as someone wrote it: with « St », and with « Saint »."""
    long = _SHORT.sub(lambda found: _SHORTENED[found[0].rstrip(".").lower()], words)
    short = _LONG.sub(lambda found: _LENGTHENED[found[0].lower()], words)
    return list(dict.fromkeys((words, long, short)))


def unbroken(text: str) -> str:
    """Return a telephone number, or another text that is read in one go, so that no line breaks it."""
    return text.replace(" ", "\u00a0")


def in_one_line(parts: Sequence[str]) -> str:
    """Return texts one after the other, their spaces and lines made one space; what no line may break stays whole."""
    return re.sub(r"[^\S\u00a0\u202f]+", " ", " ".join(parts)).strip()


def whole(text: str, *, longest: int = 18) -> int | None:
    """Return the number that somebody wrote in figures, or None: another sign, nothing, or more of them than `longest`.

    « ² » is a digit for Python and no number, « ٣ » is a number and not how we write it; eighteen figures are as many
    as an identifier of the database may have.
    """
    return int(text) if len(text) <= longest and text.isascii() and text.isdecimal() else None


def number(value: int) -> str:
    """Return « 34 969 » with narrow no-break spaces."""
    return f"{value:,}".replace(",", "\u202f")


def counted(count: int, words: str) -> str:
    """Return « 1 jour franc », « 5 jours francs », « 0 absent »: each word takes its s from two on."""
    plural = "s" if abs(count) > 1 else ""
    return "\u00a0".join([str(count), *(f"{word}{plural}" for word in words.split())])


def listed(words: Sequence[str]) -> str:
    """Return « a », « a et b », « a, b et c »."""
    *first, last = words or ("",)
    return f"{', '.join(first)} et {last}" if first else last


def bytes_in_french(size: int) -> str:
    """Return « 12 octets », « 240 ko », « 1,2 Mo », « 3,4 Go »."""
    for unit, weight in (("Go", 10**9), ("Mo", 10**6)):
        if size >= weight:
            return f"{f'{size / weight:.1f}'.removesuffix('.0')}\u00a0{unit}".replace(".", ",")
    if size >= 1000:
        return f"{size / 1000:.0f}\u00a0ko"
    return f"{size}\u00a0octets" if size > 1 else f"{size}\u00a0octet"


_ELIDED = re.compile(r"^[aeiouyhâàéèêëîïôûœAEIOUYHÂÀÉÈÊËÎÏÔÛŒ]")


def of_place(name: str) -> str:
    """Return the name after « de »: « d’Arras », « de Prisches », « du Quesnoy », « des Rues-des-Vignes »."""
    if name.startswith("Le "):
        return f"du {name[3:]}"
    if name.startswith("Les "):
        return f"des {name[4:]}"
    if name.startswith("La "):
        return f"de La {name[3:]}"
    if name.startswith(("L'", "L’")):
        return f"de L’{name[2:]}"
    return f"d’{name}" if _ELIDED.match(name) else f"de {name}"


# The first words of names of public bodies that are feminine: what agrees with a name is told by it.
_FEMININE = frozenset(
    ("agence", "association", "caisse", "collectivite", "communaute", "commune", "metropole", "regie", "ville")
)
_MASCULINE = frozenset(("ccas", "centre", "cias", "departement", "etablissement", "groupement", "syndicat"))


def is_feminine(name: str) -> bool:
    """Whether the name of a body is feminine: « Commune de Prisches », and not « Syndicat mixte… »."""
    return folded(name).split(" ", 1)[0] in _FEMININE


def in_sentence(name: str) -> str:
    """Return the name of a body within a sentence: « la commune de Prisches », « le Syndicat mixte… »."""
    if name.startswith(("Commune ", "Communauté ")):
        return f"la c{name[1:]}"
    first = folded(name).split(" ", 1)[0]
    if first not in _FEMININE | _MASCULINE:
        return name
    if _ELIDED.match(name):
        return f"l’{name}"
    return f"{'la' if first in _FEMININE else 'le'} {name}"


def of_body(name: str) -> str:
    """Return a body after « de »: « de la commune de Prisches », « du centre de gestion du Nord », « d’Eau 59 »."""
    said = in_sentence(name)
    if said.startswith("le "):
        return f"du {said[3:]}"
    return f"d’{said}" if _ELIDED.match(said) else f"de {said}"


def to_body(name: str) -> str:
    """Return a body after « à »: « à la commune de Prisches », « au Syndicat mixte… »."""
    said = in_sentence(name)
    return f"au {said[3:]}" if said.startswith("le ") else f"à {said}"


def town_of(address: str) -> str:
    """Return the town of a postal address, or nothing where it tells none: « 16 rue Haute, 59550 Prisches » → Prisches.

    What is between brackets is a note; a seat told by its department only has no town.
    """
    told = re.sub(r"\([^)]*\)", "", address).strip(" ,")
    if found := re.search(r"\b\d{5}\s+([^\d,]+)", told):
        return re.sub(r"\s+cedex\b.*$", "", found[1], flags=re.IGNORECASE).strip()
    is_place = (
        told and not re.search(r"[\d,]", told) and not folded(told).startswith(("departement", "region", "siege"))
    )
    return told if is_place else ""
