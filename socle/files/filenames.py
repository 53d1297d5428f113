"""Names a file may bear, so that every computer of the mairie can open it."""

from __future__ import annotations

import re
import unicodedata

from socle.lib.text import folded

# What Windows keeps for its own devices, whatever the extension (Microsoft, « Naming Files, Paths, and Namespaces »).
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_FORBIDDEN = '<>:"/\\|?*'
# Characters that turn the writing round, and make « devis[turn]fdp.exe » read « devisexe.pdf ».
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NUMBER = re.compile(r"0*([0-9]+)")
LONGEST, LONGEST_BYTES, DEEPEST = 200, 255, 30


def clean(name: str) -> str:
    """The name as it is kept: as it was given, its accents composed as keyboards type them (NFC)."""
    return unicodedata.normalize("NFC", name)


def key_of(name: str) -> str:
    """Return the key that two names share when the disk of a computer that ignores case takes them for one.

    Letter by letter, as Windows does: « ß » is the small letter of « ẞ », and never « ss ». Of two names that one disk
    takes for one and another for two, we make two: a name too many is seen, a file written over another is lost.
    """
    return unicodedata.normalize("NFC", "".join(map(str.lower, unicodedata.normalize("NFC", name))))


def search_of(name: str) -> str:
    """The name as it is searched: without accents nor case."""
    return folded(name)


def sort_of(name: str) -> str:
    """The name as it is put in order: « n° 2 » comes before « n° 10 », each number led by how many digits it has."""
    return _NUMBER.sub(lambda found: f"{len(found[1]):03}{found[1]}", search_of(name))


def columns_of(name: str) -> dict[str, str]:
    """Return the columns of an entry that its name gives."""
    return {"name": name, "key": key_of(name), "search_name": search_of(name), "sort_name": sort_of(name)}


def why_not_name(name: str) -> str | None:
    """Say in French why nothing can be called so, or None. `name` was cleaned."""
    if not name:
        return "Donnez un nom."
    if name in (".", ".."):
        return "Un nom n’est pas fait de points seulement\u00a0: choisissez-en un autre."
    if len(name) > LONGEST or len(name.encode("utf-8", "replace")) > LONGEST_BYTES:
        return f"Ce nom est trop long\u00a0: {LONGEST} caractères au plus."
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Co") for letter in name) or _TURNING.search(name):
        return "Ce nom contient des caractères invisibles\u00a0: écrivez-le de nouveau."
    if found := next((letter for letter in name if letter in _FORBIDDEN), None):
        return f"Un nom ne contient pas «\u00a0{found}\u00a0»\u00a0: Windows ne pourrait pas l’ouvrir."
    if name.endswith((".", " ", "\u00a0")):
        return "Un nom ne finit ni par un point ni par une espace\u00a0: Windows ne pourrait pas l’ouvrir."
    if _RESERVED.fullmatch(name):
        return f"«\u00a0{name}\u00a0» est un nom que Windows se réserve\u00a0: choisissez-en un autre."
    return None


def another(name: str, rank: int) -> str:
    """The same name told apart: « devis.pdf » → « devis (2).pdf »."""
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix) > 10:
        stem, dot, suffix = name, "", ""
    mark = f" ({rank})"
    return stem[: LONGEST - len(mark) - len(dot) - len(suffix)] + mark + dot + suffix
