"""A dish as one writes it in one line: « Gratin de poisson (poissons, lait, Label Rouge) [Pêche locale] ».

In brackets at the end of the line, words of the lists; in square brackets, any other label. Brackets that hold none of
these words belong to the name: « Compote (pomme et coing) ».
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from socle.lib.text import folded
from socle.websites.canteen.writings import WrittenDish
from socle.websites.models.menus import ALLERGENS, DIETS, LONGEST_NAME, SIGNS, Mark

# The words of people, in the singular or in full, and those of the schema.
WORDS: dict[str, str] = {
    **{folded(str(label)): code for code, label in Mark.choices},
    "cereales contenant du gluten": Mark.GLUTEN,
    "cereales": Mark.GLUTEN,
    "ble": Mark.GLUTEN,
    "crustace": Mark.CRUSTACEANS,
    "oeuf": Mark.EGGS,
    "poisson": Mark.FISH,
    "arachide": Mark.PEANUTS,
    "cacahuetes": Mark.PEANUTS,
    "lactose": Mark.MILK,
    "fruit a coque": Mark.NUTS,
    "fruits a coque": Mark.NUTS,
    "graines de sesame": Mark.SESAME,
    "anhydride sulfureux et sulfites": Mark.SULPHITES,
    "anhydride sulfureux": Mark.SULPHITES,
    "sulfite": Mark.SULPHITES,
    "mollusque": Mark.MOLLUSCS,
    "agriculture biologique": Mark.ORGANIC,
    "ab": Mark.ORGANIC,
    "biologique": Mark.ORGANIC,
    "appellation d origine protegee": Mark.PDO,
    "appellation d origine controlee": Mark.AOC,
    "indication geographique protegee": Mark.PGI,
    "specialite traditionnelle garantie": Mark.TSG,
    "vegetarienne": Mark.VEGETARIAN,
}
_LINE = re.compile(r"(?P<name>.*?)\s*(?:\((?P<marks>[^()]*)\))?\s*(?:\[(?P<labels>[^\[\]]*)\])?\s*", re.DOTALL)
_BETWEEN = re.compile(r"[,;/]| et ")
# Close enough to an allergen for a slip of the keyboard: « glutten », « poissson ».
CLOSE = 0.8


class Unread(ValueError):
    """A line that cannot be taken for a dish; the sentence says what to correct."""


def read_dish(line: str, *, course: str) -> WrittenDish:
    """Read one line. Raises Unread for a word that nearly is one of the lists, and for a name too long."""
    line = " ".join(line.split())
    found = _LINE.fullmatch(line)
    assert found is not None  # Every part of it may be empty.
    name, labels = found["name"], joined((found["labels"] or "").split(";"))
    marks: list[str] = []
    if found["marks"] is not None:
        words = [word.strip() for word in _BETWEEN.split(found["marks"]) if word.strip()]
        # « anhydride sulfureux et sulfites » is one of the lists although it holds « et ».
        if (whole := WORDS.get(folded(found["marks"]))) is not None:
            marks, words = [whole], []
        unknown = [word for word in words if folded(word) not in WORDS]
        if unknown and (len(unknown) < len(words) or any(_close_to(word) for word in unknown)):
            close = _close_to(unknown[0])
            said = f"Vouliez-vous écrire «\u00a0{close}\u00a0»\u00a0? " if close else ""
            raise Unread(
                f"«\u00a0{unknown[0][:40]}\u00a0» n’est ni un allergène ni un label de la liste. {said}Un autre "
                "label s’écrit entre crochets\u00a0: [Mangez local]."
            )
        if unknown:
            name = f"{name} ({found['marks']})"
        else:
            marks = marks or [WORDS[folded(word)] for word in words]
    if not name.strip():
        raise Unread("Écrivez le nom du plat avant ses allergènes.")
    if len(name) > LONGEST_NAME:
        raise Unread(f"«\u00a0{name[:40]}…\u00a0» est trop long\u00a0: {LONGEST_NAME} caractères au plus.")
    if len(labels) > 200:
        raise Unread("Les autres labels sont trop longs\u00a0: deux cents caractères au plus.")
    return WrittenDish(course, name, in_order(marks), labels)


def _close_to(word: str) -> str:
    near = difflib.get_close_matches(folded(word), WORDS, n=1, cutoff=CLOSE)
    # « laitue » is no slip for « lait »: a finger adds, forgets or changes one letter.
    if not near or abs(len(near[0]) - len(folded(word))) > 1:
        return ""
    return str(Mark(WORDS[near[0]]).label)


def in_order(marks: Iterable[str]) -> tuple[str, ...]:
    """Return each mark once, in the order of the lists."""
    kept = set(marks)
    return tuple(code for code in Mark.values if code in kept)


def joined(labels: Iterable[str]) -> str:
    """Return other labels as they are kept: each once, « ; » between two."""
    return "; ".join(dict.fromkeys(filter(None, (one.strip() for one in labels))))


def write_dish(dish: WrittenDish) -> str:
    """Write a dish as it is read."""
    said = [str(Mark(code).label) for code in (*ALLERGENS, *SIGNS, *DIETS) if code in dish.marks]
    return dish.name + (f" ({', '.join(said)})" if said else "") + (f" [{dish.labels}]" if dish.labels else "")
