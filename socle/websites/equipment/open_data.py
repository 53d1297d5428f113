"""The equipment as open data: a CSV file that follows the national schema (SCDL « équipements » 0.1.5).

The schema wants, of each place, a code of a nomenclature kept elsewhere and a position: what has none is on the page
and not in the file. Its patterns take neither an apostrophe in the name of a commune nor « œ »: names are
written as they allow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from socle.websites.models.equipment import Equipment, Theme
from socle.websites.models.sites import WebSite

FILE = "/equipements.csv"
SCHEMA = "https://schema.data.gouv.fr/scdl/equipements/"
# Where the codes are, as the schema says.
NOMENCLATURE = "https://docs.google.com/spreadsheets/d/157WPWMUDC6w58Aep1dgWzzunKEjzSd-QmyuEHa8RFqc"
HEADERS = (
    "COLL_NOM", "COLL_SIRET", "EQUIP_UID", "EQUIP_THEME", "EQUIP_CODE", "EQUIP_TYPE", "EQUIP_NOM", "ADR_NUMERO",
    "ADR_NOMVOIE", "ADR_CODEPOSTAL", "ADR_COMMUNE", "ADR_CLE_INTEROP", "ERP_ID", "ERP_TYPE", "ERP_CATEGORIE",
    "EQUIP_LAT", "EQUIP_LONG", "EQUIP_OUVERTURE", "EQUIP_TEL", "EQUIP_EMAIL", "EQUIP_WEB",
)  # fmt: skip
THEMES: dict[str, str] = {
    Theme.ADMINISTRATIVE: "Equipement administratif",
    Theme.SOCIAL: "Equipement social et d'animation",
    Theme.SPORT: "Equipement sportif et de loisirs",
    Theme.CULTURE: "Equipement culturel",
    Theme.SCHOOL: "Equipement d'enseignement",
    Theme.HEALTH: "Equipement sanitaire",
    Theme.WORSHIP: "Equipement cultuel",
    Theme.MOBILITY: "Equipement de mobilité",
    Theme.JUSTICE: "Equipement de justice",
    Theme.OTHER: "Autre équipement",
}
# Of our own writing, and no formula: a longitude may begin by a minus, a telephone by a plus.
COMPUTED = frozenset(("EQUIP_LAT", "EQUIP_LONG", "EQUIP_TEL"))
# In a way that has no number, as the schema asks.
NO_NUMBER = "99999"
NUMBER = re.compile(r"\d+\s?(?:bis|ter|qua|qui|[a-z0-9]+)?(?:/\d+)?", re.ASCII)
UNKNOWN_IN_STREET = re.compile(r"[^a-zA-Z0-9\-'\sÀ-ÿ]")
UNKNOWN_IN_CITY = re.compile(r"[^A-Za-z\s\-À-ÿ]")
# Of the letters: multiplication and division are among them in the schema's own range.
LIGATURES = str.maketrans({"œ": "oe", "Œ": "Oe", "’": "'", "Ÿ": "Y"})


def why_not_exported(equipment: Equipment) -> str | None:
    """Say what is missing for this place to be in the file."""
    if equipment.latitude is None or equipment.longitude is None:
        return "il manque sa position"
    if not equipment.code:
        return "il manque son code dans la nomenclature"
    if len(street_of(equipment.street)) < 3:
        return "le nom de sa voie est trop court"
    if not city_of(equipment.city):
        return "le nom de sa commune ne se lit pas"
    return None


def street_of(street: str) -> str:
    """Write a street with the signs that the schema knows."""
    return " ".join(UNKNOWN_IN_STREET.sub(" ", street.translate(LIGATURES)).split())


def city_of(city: str) -> str:
    """Write a commune with the signs that the schema knows."""
    return " ".join(UNKNOWN_IN_CITY.sub(" ", city.translate(LIGATURES)).split())


def number_of(number: str) -> str:
    """Write a number in a street; without one that can be read, the schema's own way to say so."""
    found = " ".join(number.lower().split())
    return found if NUMBER.fullmatch(found) else NO_NUMBER


def phone_of(phone: str) -> str:
    """« 03 20 00 00 00 » → « +33 320000000 »; what is no French number is left out."""
    digits = "".join(character for character in phone if character.isdigit())
    if phone.strip().startswith("+33") and len(digits) == 11:
        digits = f"0{digits[2:]}"
    return f"+33 {digits[1:]}" if len(digits) == 10 and digits[0] == "0" else ""


def rows_of(website: WebSite, equipment: Iterable[Equipment]) -> list[list[str]]:
    """Return the lines of the file: the places, of a commune whose SIRET is known, that have all the schema wants."""
    body = website.beneficiary
    if body.commune is None or not body.siret:
        return []
    insee_code = body.commune.insee_code
    rows = []
    for one in equipment:
        if why_not_exported(one) is not None:
            continue
        code = f"{one.code}-{one.number:03d}"
        rows.append(
            [
                body.name[:140], body.siret, f"{insee_code}-{code}", THEMES[one.theme], code,
                one.kind.replace(",", " "), one.name, number_of(one.street_number), street_of(one.street),
                one.postal_code, city_of(one.city), "", "", "", "", f"{one.latitude:.6f}", f"{one.longitude:.6f}", "",
                phone_of(one.phone), one.email, one.link,
            ]
        )  # fmt: skip
    return rows
