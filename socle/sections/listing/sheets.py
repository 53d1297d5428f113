"""The listing as files: a spreadsheet taken away and taken back, all of it or nothing; its venues as open data."""

from __future__ import annotations

import io
from collections.abc import Mapping

from socle.lib.refusals import Refused
from socle.lib.spreadsheet import Field, Kind, Sheet, as_open_csv
from socle.lib.tables import Bounds, Table
from socle.lib.text import folded
from socle.sections.listing import models as listing
from socle.sections.listing.forms import EntryForm
from socle.sections.listing.models import KEY, PATHS, ListingEntry
from socle.sites.models.sites import WebSite
from socle.sites.publishing.reads import depend_on

MOST_BYTES, MOST_LINES = 1_000_000, 2000
YES, NO = frozenset({"oui", "o", "vrai", "1", "x"}), frozenset({"non", "n", "faux", "0"})
# How many lines at fault are said at once: those who correct twenty correct the others alike.
MOST_FAULTS = 20

SHEET: Sheet[ListingEntry] = Sheet(
    "directory",
    "annuaire",
    "Annuaire",
    (
        Field("Catégorie", lambda entry: entry.get_kind_display()),
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
    "categorie": "kind", "type": "kind", "nom": "name", "activite": "activity", "description": "activity",
    "lieu": "place", "adresse": "place", "telephone": "phone", "tel": "phone", "adresse electronique": "email",
    "courriel": "email", "e mail": "email", "email": "email", "mail": "email", "site internet": "link",
    "site": "link", "page internet": "link", "horaires": "hours", "nomme une personne": "is_person",
    "accord donne le": "agreed_on",
}  # fmt: skip
# A kind as it is written here, in the singular, or in a word.
KINDS: Mapping[str, str] = {
    **{folded(label): code for code, label in listing.Kind.choices},
    **{folded(label).removesuffix("s"): code for code, label in listing.Kind.choices},
    **{folded(path): code for code, path in PATHS.items()},
    **dict.fromkeys(("restaurant", "cafe"), listing.Kind.FOOD),
    **dict.fromkeys(("producteur", "producteurs", "agriculture"), listing.Kind.FARM),
    **dict.fromkeys(("entreprise", "entreprises", "service", "services"), listing.Kind.SERVICE),
    **dict.fromkeys(("equipement", "equipements", "salle", "salles"), listing.Kind.VENUE),
}


def read(content: bytes) -> list[ListingEntry]:
    """Read a file of entries; raise Refused when it is not one at all, `Faulty` with every line at fault."""
    table = Table(io.BytesIO(content), Bounds(MOST_BYTES, MOST_LINES))
    places: dict[str, int] = {}
    for place, header in enumerate(table.headers):
        if (field := COLUMNS.get(folded(header))) is not None:
            places.setdefault(field, place)
    if not {"name", "kind"} <= set(places):
        raise Refused(
            "La première ligne doit nommer au moins les colonnes «\u00a0Catégorie\u00a0» et «\u00a0Nom\u00a0»\u00a0: "
            "partez de l’annuaire emporté en CSV."
        )
    entries: list[ListingEntry] = []
    said: dict[tuple[str, str], int] = {}
    for line in table:
        texts = line.texts
        cells = {field: texts[place] for field, place in places.items()}
        if not any(cells.values()):
            continue
        made = _entry(cells)
        if isinstance(made, str):
            line.note(made)
        elif (first := said.setdefault((made.kind, folded(made.name)), line.number)) != line.number:
            line.note(f"cette fiche est déjà à la ligne {first}.")
        else:
            entries.append(made)
    if not entries:
        raise Refused("Ce fichier ne contient aucune fiche.")
    return entries


def _entry(cells: dict[str, str]) -> ListingEntry | str:
    """Return the entry of a line, or what is wrong in it."""
    kind = KINDS.get(folded(cells["kind"]))
    if kind is None:
        known = ", ".join(str(label) for label in listing.Kind.labels)
        return f"la catégorie «\u00a0{cells['kind'][:40]}\u00a0» n’existe pas. Écrivez {known}."
    says_person = folded(cells.get("is_person", ""))
    if says_person and says_person not in YES | NO:
        return "«\u00a0Nomme une personne\u00a0» se remplit par oui ou par non."
    form = EntryForm({**cells, "kind": kind, "is_person": "on" if says_person in YES else ""})
    if form.is_valid():
        entry: ListingEntry = form.instance
        return entry
    field, reasons = next(iter(form.errors.items()))
    return f"{str(form.fields[field].label).lower()}\u00a0: {reasons[0]}"


# The headers of the national schema of equipment (SCDL « équipements ») that a listing can fill.
OPEN_HEADERS = (
    "COLL_NOM", "COLL_SIRET", "EQUIP_NOM", "ADR_NOMVOIE", "ADR_CODEPOSTAL", "ADR_COMMUNE", "EQUIP_OUVERTURE",
    "EQUIP_TEL", "EQUIP_EMAIL", "EQUIP_WEB",
)  # fmt: skip


def open_data(website: WebSite) -> bytes:
    """Return the venues of a site as CSV, those that name a person left out; nothing while there is none."""
    depend_on(KEY, "facts")
    body, facts = website.beneficiary, website.facts
    venues = ListingEntry.objects.kept().filter(website=website, kind=listing.Kind.VENUE, is_person=False)
    rows = [
        [
            body.name, body.siret or "", one.name, one.place, facts.postal_code, facts.city, one.hours, one.phone,
            one.email, one.link,
        ]
        for one in venues
    ]  # fmt: skip
    # A telephone may begin by a plus: the form lets nothing else of a formula through.
    return as_open_csv(OPEN_HEADERS, rows, computed=frozenset(("EQUIP_TEL",))) if rows else b""
