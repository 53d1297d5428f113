"""A directory as a spreadsheet: taken away whole, and taken back, all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from socle.lib.refusals import Refused
from socle.lib.spreadsheet import Field, Kind, Sheet, read_csv
from socle.lib.text import folded
from socle.websites.directory.actions import Described
from socle.websites.directory.forms import EntryForm
from socle.websites.models.directory import PATHS, Category, DirectoryEntry

MOST_BYTES, MOST_LINES = 1_000_000, 2000
# How many lines at fault are said at once: those who correct twenty correct the others alike.
MOST_FAULTS = 20

SHEET: Sheet[DirectoryEntry] = Sheet(
    "directory",
    "annuaire",
    "Annuaire",
    (
        Field("Catégorie", lambda entry: entry.get_category_display()),
        Field("Nom", lambda entry: entry.name),
        Field("Activité", lambda entry: entry.activity),
        Field("Lieu", lambda entry: entry.place),
        Field("Téléphone", lambda entry: entry.phone, Kind.CODE),
        Field("Adresse électronique", lambda entry: entry.email),
        Field("Site internet", lambda entry: entry.link),
        Field("Horaires", lambda entry: entry.hours),
        Field("Nomme une personne", lambda entry: entry.is_person, Kind.YES_NO),
        Field("Accord donné le", lambda entry: entry.agreed_on, Kind.DAY),
    ),
    is_personal=True,
)
# The headers we write, and those that people write: each leads to a field of the form.
COLUMNS: Mapping[str, str] = {
    "categorie": "category",
    "type": "category",
    "nom": "name",
    "activite": "activity",
    "description": "activity",
    "lieu": "place",
    "adresse": "place",
    "telephone": "phone",
    "tel": "phone",
    "adresse electronique": "email",
    "courriel": "email",
    "e mail": "email",
    "email": "email",
    "mail": "email",
    "site internet": "link",
    "site": "link",
    "horaires": "hours",
    "nomme une personne": "is_person",
    "accord donne le": "agreed_on",
}
# A category as it is written here, or in the singular.
CATEGORIES: Mapping[str, str] = {
    **{folded(label): code for code, label in Category.choices},
    **{folded(label).removesuffix("s"): code for code, label in Category.choices},
    **{folded(path): code for code, path in PATHS.items()},
    "restaurant": Category.FOOD,
    "cafe": Category.FOOD,
    "producteur": Category.FARM,
    "producteurs": Category.FARM,
    "agriculture": Category.FARM,
    "hebergement": Category.LODGING,
    "entreprise": Category.SERVICE,
    "entreprises": Category.SERVICE,
    "service": Category.SERVICE,
    "services": Category.SERVICE,
}
YES, NO = {"oui", "o", "vrai", "1", "x"}, {"", "non", "n", "faux", "0"}


@dataclass(frozen=True)
class Fault:
    """One line of the file that cannot be read, and why."""

    line: int
    says: str


@dataclass(frozen=True)
class Reading:
    """What a file says: the entries it holds, and the lines at fault."""

    entries: list[Described]
    faults: list[Fault]


def read(content: bytes) -> Reading:
    """Read a file of entries; raise Refused when it is not one at all. A line at fault is said with its number."""
    lines = read_csv(content, most_bytes=MOST_BYTES)
    places: dict[str, int] = {}
    for place, header in enumerate(lines[0]):
        if (field := COLUMNS.get(folded(header))) is not None:
            places.setdefault(field, place)
    if not {"name", "category"} <= set(places):
        raise Refused(
            "La première ligne doit nommer au moins les colonnes «\u00a0Catégorie\u00a0» et «\u00a0Nom\u00a0»\u00a0: "
            "partez du modèle."
        )
    if len(lines) - 1 > MOST_LINES:
        raise Refused("Ce fichier a plus de deux mille lignes\u00a0: coupez-le en plusieurs.")
    entries: list[Described] = []
    faults: list[Fault] = []
    said: dict[tuple[str, str], int] = {}
    for number, line in enumerate(lines[1:], start=2):
        cells = {field: line[place] if place < len(line) else "" for field, place in places.items()}
        if not any(cells.values()):
            continue
        made = _entry(cells)
        if isinstance(made, str):
            faults.append(Fault(number, made))
            continue
        key = (made.category, folded(made.name))
        if key in said:
            faults.append(Fault(number, f"cette fiche est déjà à la ligne {said[key]}."))
            continue
        said[key] = number
        entries.append(made)
    if not entries and not faults:
        raise Refused("Ce fichier ne contient aucune fiche.")
    return Reading(entries, faults)


def _entry(cells: dict[str, str]) -> Described | str:
    """Return the entry of a line, or what is wrong in it."""
    category = CATEGORIES.get(folded(cells["category"]))
    if category is None:
        known = ", ".join(str(label) for label in Category.labels)
        return f"la catégorie «\u00a0{cells['category'][:40]}\u00a0» n’existe pas. Écrivez {known}."
    says_person = folded(cells.get("is_person", ""))
    if says_person not in YES | NO:
        return "«\u00a0Nomme une personne\u00a0» se remplit par oui ou par non."
    form = EntryForm({**cells, "category": category, "is_person": "on" if says_person in YES else ""})
    if form.is_valid():
        return form.wanted()
    field, reasons = next(iter(form.errors.items()))
    label = form.fields[field].label if field in form.fields else ""
    return f"{str(label).lower()}\u00a0: {reasons[0]}" if label else str(reasons[0])
