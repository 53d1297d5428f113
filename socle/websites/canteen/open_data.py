"""The menus as open data, given and taken: a CSV file of the national schema (SCDL « menus-collectifs » 1.2.3).

The schema has no line for a day without a meal: such a day is on the page and not in the file. Its lists of allergens,
signs and diets are those of its documentation (https://schema.data.gouv.fr/scdl/menus-collectifs/): values that another
version would write are read too, by their words.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from socle.lib.dates import PARIS
from socle.lib.refusals import Refused
from socle.lib.spreadsheet import read_csv
from socle.lib.text import folded
from socle.websites.canteen.cells import WORDS, in_order, joined
from socle.websites.canteen.rules import FURTHEST, MOST_DISHES
from socle.websites.canteen.writings import WrittenDay, WrittenDish
from socle.websites.models.menus import ALLERGENS, DIETS, LONGEST_NAME, SIGNS, Course, Dish, Mark, MenuDay, MenuPage
from socle.websites.models.sites import WebSite
from socle.websites.publishing.reads import reads

FILE = "/menus-collectifs.csv"
HEADERS = (
    "menuCollNom", "menuCollSiret", "menuEtablissementNom", "menuEtablissementSiret", "menuRestaurantNom",
    "menuRestaurantInsee", "menuRestaurantId", "menuRestaurantIdType", "menuRestaurantType", "menuRestaurantConvive",
    "menuDate", "menuRepasType", "menuPlatType", "menuPlatNom", "menuPlatCode", "menuPlatSiqo", "menuPlatLabel",
    "menuPlatPrecision", "menuPlatRegime", "menuPlatAllergene", "menuPlatTexture", "menuPlatNutriscore",
    "menuPlatPrix", "menuPublicationDate", "menuModificationDate", "menuModificationInfo",
)  # fmt: skip
# What the schema writes where we say it shorter.
SCHEMA_WORDS: dict[str, str] = {
    Mark.GLUTEN: "céréales contenant du gluten",
    Mark.EGGS: "oeufs",
    Mark.SESAME: "graines de sésame",
    Mark.SULPHITES: "anhydride sulfureux et sulfites",
    Mark.ORGANIC: "agriculture biologique",
    Mark.PDO: "appellation d’origine protégée",
    Mark.AOC: "appellation d’origine contrôlée",
    Mark.PGI: "indication géographique protégée",
    Mark.TSG: "spécialité traditionnelle garantie",
    Mark.RED_LABEL: "label rouge",
}
# What the file keeps of the past.
KEPT = timedelta(days=366)

# --- Given -----------------------------------------------------------------------------------------------------------


def is_given(website: WebSite, *, on: date) -> bool:
    """Say whether the file has a line."""
    reads("menus", "day")
    dishes = Dish.objects.filter(day__website=website, day__replaced_by=None, day__served_on__gte=on - KEPT)
    return bool(website.beneficiary.siret) and dishes.exists()


def rows_of(website: WebSite, page: MenuPage, *, on: date) -> list[list[str]]:
    """Return the lines of the file, one by dish, of a body whose SIRET is known: three queries at most."""
    reads("menus", "day", f"page:{page.pk}")
    body = website.beneficiary
    if not body.siret:
        return []
    insee_code = body.commune.insee_code if body.commune else ""
    head = [
        body.name, body.siret, page.cook or body.name, page.cook_siret if page.cook else body.siret,
        page.restaurant or page.title, insee_code, page.school_code, "EN" if page.school_code else "sans",
        str(page.get_place_display()), "tous",
    ]  # fmt: skip
    days = MenuDay.objects.kept().whole().select_related("written_by").filter(website=website, served_on__gte=on - KEPT)
    return [
        [
            *head, day.served_on.isoformat(), "déjeuner", str(dish.get_course_display()), dish.name, "",
            _listed(SIGNS, marks), dish.labels.replace("; ", ";"), "", _listed(DIETS, marks),
            _listed(ALLERGENS, marks), "", "", "",
            day.written_by.at.astimezone(PARIS).replace(microsecond=0).isoformat(), "", "",
        ]
        for day in days
        for dish in day.dishes.all()
        for marks in [{mark.code for mark in dish.marks.all()}]
    ]  # fmt: skip


def _listed(among: Iterable[str], marks: set[str]) -> str:
    """Write a list as the schema wants it: ["lait","moutarde"]; nothing for none."""
    # The schema writes straight apostrophes.
    said = [(SCHEMA_WORDS.get(code) or str(Mark(code).label)).replace("’", "'") for code in among if code in marks]
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")) if said else ""


# --- Taken -----------------------------------------------------------------------------------------------------------
MOST_BYTES, MOST_LINES = 10_000_000, 20_000
# How many lines at fault are said at once: those who correct twenty correct the others alike.
MOST_FAULTS = 20
# How many words of a file are repeated to whoever handed it over.
MOST_SAID = 12
COURSES: Mapping[str, str] = {
    **{folded(str(label)): code for code, label in Course.choices},
    "plat": Course.MAIN,
    "plat chaud": Course.MAIN,
    "accompagnement": Course.SIDE,
    "legumes": Course.SIDE,
    "fromage": Course.DAIRY,
    "laitage": Course.DAIRY,
    "hors d oeuvre": Course.STARTER,
}
LUNCH = {"", "dejeuner"}
NEEDED = {"menudate": "menuDate", "menuplattype": "menuPlatType", "menuplatnom": "menuPlatNom"}


@dataclass(frozen=True)
class Fault:
    """One line of the file that cannot be read, and why."""

    line: int
    says: str


@dataclass
class Reading:
    """What a file says: its days, the lines at fault, what was left aside and how often, the words of no list."""

    days: list[WrittenDay] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    aside: Counter[str] = field(default_factory=Counter)
    other_words: list[str] = field(default_factory=list)
    lines: int = 0
    dishes: int = 0


def read(content: bytes, *, on: date, restaurant: str = "") -> Reading:
    """Read a file of menus; raise Refused when it is not one at all. A line at fault is said with its number.

    Only lunches are taken, of one restaurant: when the file has several, `restaurant` names the one to take.
    """
    lines = read_csv(content, most_bytes=MOST_BYTES)
    places: dict[str, int] = {}
    for place, header in enumerate(lines[0]):
        places.setdefault(folded(header).replace(" ", ""), place)
    if missing := [name for key, name in NEEDED.items() if key not in places]:
        raise Refused(
            f"Il manque la colonne «\u00a0{missing[0]}\u00a0»\u00a0: la première ligne nomme les colonnes du schéma "
            "national «\u00a0menus-collectifs\u00a0». Demandez ce format à qui prépare les repas, ou partez du modèle."
        )
    if len(lines) - 1 > MOST_LINES:
        raise Refused("Ce fichier a plus de vingt mille lignes\u00a0: coupez-le, une année scolaire suffit.")

    def cell(line: list[str], name: str) -> str:
        place = places.get(name)
        return " ".join(line[place].split()) if place is not None and place < len(line) else ""

    wanted = _restaurant(lines[1:], cell, restaurant)
    reading = Reading()
    by_day: dict[date, dict[tuple[str, str], WrittenDish]] = {}
    words: dict[str, None] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not any(line):
            continue
        reading.lines += 1
        if wanted and folded(cell(line, "menurestaurantnom")) != wanted:
            reading.aside["d’un autre restaurant"] += 1
            continue
        if folded(cell(line, "menurepastype")) not in LUNCH:
            reading.aside["d’un autre repas que le déjeuner"] += 1
            continue
        day = _day(cell(line, "menudate"))
        if isinstance(day, str):
            reading.faults.append(Fault(number, day))
            continue
        if day < on - FURTHEST:
            reading.aside["de plus d’un an"] += 1
            continue
        if day > on + FURTHEST:
            reading.faults.append(
                Fault(number, f"la date {day.isoformat()} est très loin d’aujourd’hui\u00a0: vérifiez l’année.")
            )
            continue
        dish = _dish(line, cell, words)
        if isinstance(dish, str):
            reading.faults.append(Fault(number, dish))
            continue
        dishes = by_day.setdefault(day, {})
        if (dish.course, folded(dish.name)) in dishes:
            reading.aside["déjà dites plus haut"] += 1
            continue
        if len(dishes) >= MOST_DISHES:
            reading.faults.append(
                Fault(
                    number,
                    f"plus de {MOST_DISHES} plats le même jour\u00a0: ce fichier réunit sans doute plusieurs "
                    "restaurants.",
                )
            )
            continue
        dishes[dish.course, folded(dish.name)] = dish
        reading.dishes += 1
    order = {code: rank for rank, code in enumerate(Course.values)}
    reading.days = [
        WrittenDay(day, tuple(sorted(dishes.values(), key=lambda dish: order[dish.course])))
        for day, dishes in sorted(by_day.items())
    ]
    reading.other_words = list(words)[:MOST_SAID]
    if not reading.days and not reading.faults:
        raise Refused("Ce fichier ne contient aucun menu de déjeuner à venir, ni de l’année écoulée.")
    return reading


def _restaurant(lines: list[list[str]], cell: Callable[[list[str], str], str], asked: str) -> str:
    """Return the folded name of the restaurant to take; empty: the file has one, or names none. Raises Refused."""
    names: dict[str, str] = {}
    for line in lines:
        if any(line) and (name := cell(line, "menurestaurantnom")):
            names.setdefault(folded(name), name)
    known = ", ".join(f"«\u00a0{name[:60]}\u00a0»" for name in list(names.values())[:MOST_SAID])
    if asked:
        if folded(asked) not in names:
            raise Refused(f"Ce fichier ne nomme pas ce restaurant. Il nomme\u00a0: {known or 'aucun restaurant'}.")
        return folded(asked)
    if len(names) > 1:
        raise Refused(
            f"Ce fichier réunit plusieurs restaurants\u00a0: {known}. Écrivez le nom du vôtre dans «\u00a0Restaurant à "
            "retenir\u00a0», et recommencez."
        )
    return ""


def _day(said: str) -> date | str:
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(said[:10], form).date()  # noqa: DTZ007 — a day, not an instant
        except ValueError:
            continue
    return f"la date «\u00a0{said[:20]}\u00a0» n’existe pas\u00a0: écrivez-la comme 2026-11-23."


def _dish(line: list[str], cell: Callable[[list[str], str], str], others: dict[str, None]) -> WrittenDish | str:
    """Return the dish of a line, or what is wrong in it. Words of no list are kept among its other labels."""
    said = cell(line, "menuplattype")
    course = COURSES.get(folded(said))
    if course is None:
        return f"le type de plat «\u00a0{said[:40]}\u00a0» n’existe pas. Écrivez {', '.join(Course.labels)}."
    name = cell(line, "menuplatnom")
    if not name:
        return "le nom du plat manque."
    if len(name) > LONGEST_NAME:
        return f"le nom du plat dépasse {LONGEST_NAME} caractères."
    marks: list[str] = []
    labels = _words(cell(line, "menuplatlabel"))
    for column in ("menuplatallergene", "menuplatsiqo", "menuplatregime"):
        for word in _words(cell(line, column)):
            if (code := WORDS.get(folded(word))) is not None:
                marks.append(code)
            elif folded(word) not in {"aucun", "neant", "sans allergene", "non"}:
                labels.append(word)
                others.setdefault(word[:40])
    text = joined(labels)
    if len(text) > 200:
        return "les labels du plat dépassent deux cents caractères."
    return WrittenDish(course, name, in_order(marks), text)


def _words(said: str) -> list[str]:
    """Read a list as the schema writes it, or as people do: semicolons, bars, commas."""
    if said.startswith("["):
        try:
            found = json.loads(said)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list):
            return [" ".join(str(word).split()) for word in found if str(word).strip()]
        said = said.strip("[]").replace('"', "").replace("“", "").replace("”", "")
    separator = ";" if ";" in said else "|" if "|" in said else ","
    return [word for part in said.split(separator) if (word := " ".join(part.split()))]
